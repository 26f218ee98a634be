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
    from tierline.work.diagnosis.rules.match import Observed

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
    yield {"measure": "retro_scan", **_retro_scan()}


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
        rule.text_words.cache_clear()
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


def _retro_scan() -> dict[str, Any]:
    from tierline.core.kernel import clock
    from tierline.core.kernel.actors import Actor
    from tierline.desk.tickets.models import Ticket
    from tierline.work.diagnosis import operations

    actor = Actor.machine("diagnosis")
    operations.register_matcher(
        actor=actor, ref="KE-scan", title="scan",
        matcher={"all_of": [{"kind": "text", "value": f"{WORDS[40]} {WORDS[3]}"},
                            {"kind": "fact", "name": "version", "relation": "from", "value": "5.2.3"}]},
    )  # fmt: skip
    started = time.perf_counter()
    hits = operations.retro_scan(actor=actor, matcher_ref="KE-scan", since=clock.now() - timedelta(days=3_650))
    spent = time.perf_counter() - started
    return {"tickets": Ticket.objects.count(), "hits": len(hits), "seconds": round(spent, 1)}
