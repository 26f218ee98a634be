"""What the pages of problems and known errors show."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.text import one_line
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.tickets.models import Ticket
from tierline.doors.web.console.pages.queue import MOST_IDS
from tierline.doors.web.words import number, tier_name
from tierline.ladder.problems import queries as problems
from tierline.ladder.problems.models import KnownError
from tierline.work.diagnosis.rules.match import RELATIONS
from tierline.work.lab import queries as lab

RECIPES = 50


def problem_page(viewer: Actor, problem_id: int) -> dict[str, Any]:
    """Everything the page of a problem shows. Raises NotFound."""
    found = problems.problem_page(viewer, problem_id)
    return {
        "section": "known",
        "page": found,
        "problem": found.problem,
        "is_open": found.problem.state != "closed",
        "told": {fix.pk: problems.told_of(fix) for fix in found.fixes},
        "recipe_options": [
            ("", _("none")),
            *((r.pk, f"{r.reference} {r.title}") for r in lab.recipes(viewer, limit=RECIPES)),
        ],
        "tier_options": [(n, f"{n} {tier_name(n)}") for n in range(5)],
        "relation_options": [(r, r) for r in RELATIONS],
        "lead": lead_words(found),
    }


def lead_words(found: problems.ProblemPage) -> str:
    """Say what is next for a problem: the first rule that fits wins."""
    published = any(one.status == "published" for one in found.known_errors)
    proven = any(one.state == "verified" for one in found.fixes)
    sentences = [
        (found.problem.state == "closed", _("Closed.")),
        (not found.problem.cause, _("Find the cause and write down what proves it.")),
        (not found.known_errors, _("The cause is known. Write the workaround as a known error.")),
        (not published, _("Publish the known error: the next such log is then recognised.")),
        (not found.fixes, _("The workaround is in force. Record the fix when there is one.")),
        (not proven, _("Prove the fix: the recipe must no longer show the fault.")),
        (True, _("The fix is proven. Close the problem.")),
    ]
    return next(sentence for holds, sentence in sentences if holds)


def past_tickets(viewer: Actor, known_error: KnownError) -> dict[str, Any] | None:
    """How far the scan of a known error is, what it showed in a sentence, and the tickets; None before the first."""
    found = problems.past_tickets(viewer, known_error)
    if found is None:
        return None
    scan = found.scan
    return {
        "running": scan.state == "running",
        "done": scan.done,
        "total": scan.total,
        "share": scan.done / scan.total if scan.total else 1,
        "sentence": caught_words(found.caught, found.false, found.days),
        "view": _view_of(found.ids),
        "view_false": _view_of(found.false_ids),
        "hits": found.hits,
        "more": found.caught - len(found.hits),
    }


def _view_of(ids: tuple[int, ...]) -> str:
    """The address of the list with exactly these tickets; empty for none, or for more than a list holds."""
    return f"{reverse('console:queue')}?ids={','.join(map(str, ids))}" if 0 < len(ids) <= MOST_IDS else ""


FIELDS = {
    "title": _l("title"),
    "symptoms": _l("symptoms"),
    "workaround": _l("workaround"),
    "matcher": _l("what it recognises itself by"),
    "fixtures": _l("examples"),
    "lowest_tier": _l("lowest tier"),
    "risk": _l("risk"),
    "affected_versions": _l("affected versions"),
    "audience": _l("who may read it"),
    "review_on": _l("day of review"),
}


def history(viewer: Actor, known_error: KnownError) -> list[tuple[TimelineEntry, str, list[str]]]:
    """What happened to a known error, newest first: the entry, what it says, and what was there before."""
    return [(entry, *_happened(entry.data, entry.kind)) for entry in problems.history(viewer, known_error)]


def _happened(data: Mapping[str, Any], kind: str) -> tuple[str, list[str]]:
    if kind == "known_error.revised":
        names = ", ".join(str(FIELDS.get(name, name)) for name in data["fields"])
        return _("Changed: %(fields)s") % {"fields": names}, _before(data["before"])
    if kind == "known_error.scanned":
        return caught_words(data["caught"], data["false"], data["days"]), []
    if kind == "known_error.retired":
        return _("Taken out of force. %(reason)s") % {"reason": data["reason"]}, []
    return _("Put in force") if kind == "known_error.published" else _("Written down"), []


def _before(before: Mapping[str, Any]) -> list[str]:
    """What a change replaced, each in words."""
    found = [_("before: %(words)s") % {"words": words} for words in conditions(before.get("matcher") or {})]
    if before.get("workaround"):
        found.append(_("before: %(words)s") % {"words": one_line(str(before["workaround"]), 300)})
    if "lowest_tier" in before:
        found.append(_("before: from tier %(tier)s") % {"tier": before["lowest_tier"]})
    if before.get("affected_versions"):
        found.append(_("before: versions %(list)s") % {"list": ", ".join(before["affected_versions"])})
    return found


def caught_words(caught: int, false: int, days: int) -> str:
    """Say what a scan showed, such as "Would have caught 41 tickets of 90 days, 2 of them false."."""
    head = ngettext(
        "Would have caught %(caught)s ticket of %(days)s days",
        "Would have caught %(caught)s tickets of %(days)s days",
        caught,
    ) % {"caught": number(caught), "days": days}
    tail = ngettext("%(false)s of them false", "%(false)s of them false", false) % {"false": false} if false else ""
    return f"{head}, {tail}." if tail else f"{head}."


def matcher_of(said: Mapping[str, Any]) -> dict[str, Any] | None:
    """Make a matcher of the simple form: a log line, a fact and words, all of them; None when all are empty."""
    conditions: list[dict[str, str]] = []
    if said["line"]:
        conditions.append({"kind": "template", "value": said["line"]})
    if said["fact"] and said["fact_value"]:
        relation = said["relation"] or "is"
        conditions.append({"kind": "fact", "name": said["fact"], "relation": relation, "value": said["fact_value"]})
    if said["words"]:
        conditions.append({"kind": "text", "value": said["words"]})
    return {"all_of": conditions} if conditions else None


def examples(viewer: Actor, known_error: KnownError) -> list[tuple[bool, str, str]]:
    """The examples: whether it must catch each, its name, and where it is; a ticket only as far as it may be seen."""
    parts = [(one, part == "must") for part in ("must", "must_not") for one in known_error.fixtures.get(part, ())]
    ids = [one["ticket"] for one, _wanted in parts if "ticket" in one]
    seen = {one.pk: one for one in Ticket.objects.visible_to(viewer).filter(pk__in=ids)}
    found = []
    for one, wanted in parts:
        ticket = seen.get(one["ticket"]) if "ticket" in one else None
        words = f"{ticket.reference} {ticket.title}" if ticket else str(one.get("name", "")) or _("a ticket")
        found.append((wanted, words, reverse("console:ticket", args=[ticket.reference]) if ticket else ""))
    return found


def conditions(matcher: Mapping[str, Any]) -> list[str]:
    """Say each condition of a matcher in words."""
    every, some = ([sentence(one) for one in listed(matcher, part)] for part in ("all_of", "any_of"))
    return every + ([_("one of these: %(list)s") % {"list": "; ".join(some)}] if len(some) > 1 else some)


def listed(matcher: object, part: str) -> list[Mapping[str, Any]]:
    """The conditions of a part; of a matcher that cannot be read, those that are some."""
    given = matcher.get(part) if isinstance(matcher, Mapping) else None
    return [one for one in given if isinstance(one, Mapping)] if isinstance(given, list) else []


def sentence(condition: Mapping[str, Any]) -> str:
    """Say one condition in words."""
    kind, value = str(condition.get("kind", "")), condition.get("value", "")
    if kind == "fact":
        return f"{condition.get('name', '')} {condition.get('relation', 'is')} {value}"
    words = {
        "template": _("the log holds the line “%(value)s”"),
        "fingerprint": _("a stack trace has the fingerprint %(value)s"),
        "exception": _("a stack trace is of type %(value)s"),
        "text": _("the ticket says %(value)s"),
    }
    return words.get(kind, "%(value)s") % {"value": value}
