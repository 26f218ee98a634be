"""How fast known errors are matched: one ticket against thousands, and one new known error against past tickets.

./tierline bench matching --matchers 5000 --tickets 100000
"""

import argparse
import random
import statistics
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bench import seed
from bench.mails import WORDS

if TYPE_CHECKING:
    from datetime import datetime

    from tierline.ladder.problems.models import Problem
    from tierline.work.diagnosis.rules.match import Observed

_EVIDENCE = (
    """
    INSERT INTO tickets_attachment (ticket_id, message_id, name, content_type, size, blob_id, content_id, threat, apart)
    SELECT ticket_id, min(id), 'client.log', 'text/plain', 4, %(blob)s, '', '', false
      FROM tickets_message WHERE ticket_id %% 4 = 0 GROUP BY ticket_id""",
    """
    INSERT INTO diagnosis_evidence
           (ticket_id, attachment_id, original_id, redacted_id, name, state, collected_at, facts, reason, sentence,
            format, size, lines, masked, traces, fingerprints, buckets, bursts, offsets, gone, compared_with,
            masked_at, files, marks, skew, skew_to, sha256, retention)
    SELECT ticket_id, id, blob_id, blob_id, name, 'ready', now(), '{"version": "5.2.4"}', '', '',
           '', 4, 200, '{}', '[]', '{}', '[]', '[]', '[]', '[]', 0,
           '{}', '[]', '{}', 0, '', blob_id, 'ticket'
      FROM tickets_attachment""",
    """
    INSERT INTO diagnosis_evidencetemplate (evidence_id, template_id, template, count, first_line, is_new, is_rare)
    SELECT e.id, 't' || n, w.one || ' <*> ' || w.two || ' <*> exceeded', n, n, false, false
      FROM diagnosis_evidence e, generate_series(1, 200) n,
           LATERAL (SELECT (%(words)s::text[])[1 + (e.id * 7 + n * 13) %% 400] AS one,
                           (%(words)s::text[])[1 + (e.id * 3 + n) %% 400] AS two) w""",
)
LOOKS = 30  # tickets that are matched
_pick = random.Random(11)
TERMS = [_pick.choice(WORDS) + _pick.choice(WORDS) for _ in range(30_000)]  # what error messages are made of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--matchers", type=int, default=5_000, metavar="N", help="known errors in force (5000)")
    parser.add_argument("--tickets", type=int, default=10_000, metavar="N", help="past tickets (10000)")
    parser.add_argument("--keep", metavar="NAME", help="keep the database under this name; use it if it is there")


def run(args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    from tierline.desk.tickets.models import Ticket

    if not Ticket.objects.exists():
        seed.fill(args.tickets)
        seed.settle()
    yield {"measure": "match_one_ticket", **_one_ticket(args.matchers)}
    yield from _retro_scan()


def _one_ticket(matchers: int) -> dict[str, Any]:
    from tierline.work.diagnosis.operations.matching import matching
    from tierline.work.diagnosis.rules import match as rule

    _fill(matchers)
    observed = [_observed(at) for at in range(LOOKS)]
    started = time.perf_counter()
    matching(observed[0])
    first = time.perf_counter() - started
    spent: list[float] = []
    found = 0
    for one in observed:
        rule.text_forms.cache_clear()
        started = time.perf_counter()
        found += len(matching(one))
        spent.append((time.perf_counter() - started) * 1000)
    return {
        "matchers": matchers, "templates": len(observed[0].templates), "found": found,
        "first_ms": round(first * 1000, 1), "median_ms": round(statistics.median(spent), 2),
        "worst_ms": round(max(spent), 2),
    }  # fmt: skip


def _fill(many: int) -> None:
    """Known errors of every kind of condition; every third asks for words, every third for a template."""
    from tierline.core.kernel import clock
    from tierline.work.diagnosis.models import Matcher

    pick = random.Random(3)
    rows = []
    for at in range(many):
        one, two = pick.choice(TERMS), pick.choice(TERMS)
        condition = (
            {"kind": "template", "value": f"{one} {two} exceeded"},
            {"kind": "text", "value": f"{one} {two} | {two} e{at}"},
            {"kind": "fingerprint", "value": f"f{at:012x}"},
        )[at % 3]
        fact = {"kind": "fact", "name": "version", "relation": "from", "value": "5.1"}
        rows.append(
            Matcher(ref=f"KE-{at}", title=f"{one} {two}", rule={"all_of": [condition, fact]}, changed_at=clock.now())
        )
    Matcher.objects.all().delete()
    Matcher.objects.bulk_create(rows)


def _observed(at: int) -> "Observed":
    """What a ticket with a log shows: 300 words, 400 templates, two stack traces."""
    from tierline.work.diagnosis.rules.match import Observed, SeenTemplate

    pick = random.Random(at)
    return Observed(
        text=" ".join(pick.choices(TERMS, k=300)),
        facts={"version": "5.2.1", "product": "Secure Access"},
        templates=tuple(
            SeenTemplate(f"t{one:012x}", f"{' '.join(pick.choices(TERMS, k=9))} exceeded <*>", 3) for one in range(400)
        ),
        fingerprints=frozenset({f"f{pick.randrange(5000):012x}", "fx"}),
    )


def _retro_scan() -> Iterator[dict[str, Any]]:
    """One known error on all past tickets, by a log line, by words and a fact, and by all of these."""
    from tierline.desk.people.models import Desk
    from tierline.ladder.problems.models import Problem

    _evidence()
    problem = Problem.objects.create(
        title="scan", desk=Desk.objects.order_by("pk")[0], opened_at=_now(), changed_at=_now(), cause="known"
    )
    line = {"kind": "template", "value": f"{WORDS[40]} <*> exceeded"}
    words = {"kind": "text", "value": f"{WORDS[40]} {WORDS[3]}"}
    fact = {"kind": "fact", "name": "version", "relation": "from", "value": "5.2.3"}
    for name, matcher in (
        ("line", {"all_of": [line]}), ("words_and_fact", {"all_of": [words, fact]}), ("any", {"any_of": [line, words]})
    ):  # fmt: skip
        yield {"measure": "retro_scan", "matcher": name, **_scanned(problem, matcher)}


def _now() -> "datetime":
    from tierline.core.kernel import clock

    return clock.now()


def _evidence() -> None:
    """Every fourth ticket has a log of 200 templates."""
    from tierline.core.kernel import rows, storage
    from tierline.work.diagnosis.models import Evidence

    if Evidence.objects.exists():
        return
    blob = storage.put(b"made").pk
    for statement in _EVIDENCE:
        rows.run(statement, {"blob": blob, "words": list(WORDS)})
    seed.settle()


def _scanned(problem: "Problem", matcher: dict[str, Any]) -> dict[str, Any]:
    from tierline.core.kernel.actors import Actor
    from tierline.ladder.problems.models import KnownError, RetroScan
    from tierline.ladder.problems.operations import run_scan, scan_past

    machine = Actor.machine("problems")
    known = KnownError.objects.create(
        problem=problem, title="scan", symptoms="x", workaround="x", matcher=matcher,
        created_at=_now(), changed_at=_now(),
    )  # fmt: skip
    scan = scan_past(actor=machine, known_error_id=known.pk)
    RetroScan.objects.filter(pk=scan.pk).update(since=_now() - timedelta(days=3_650))
    started, spent = time.perf_counter(), time.process_time()
    run_scan(actor=machine, scan_id=scan.pk)
    scan.refresh_from_db()
    return {
        "tickets": scan.done, "caught": scan.hits.count(), "seconds": round(time.perf_counter() - started, 1),
        "cpu_seconds": round(time.process_time() - spent, 1),
    }  # fmt: skip
