"""What matchers look at: all that one ticket shows, and of many tickets what the conditions of one matcher ask about.

Both read the same rows by at most five statements, so that a past ticket is judged as it would be today.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q

from tierline.core.kernel.actors import Actor
from tierline.core.timeline.rules import Audience
from tierline.desk.tickets.models import Message, Ticket
from tierline.work.diagnosis.models import Evidence, EvidenceTemplate
from tierline.work.diagnosis.queries.compared import readable
from tierline.work.diagnosis.rules import match as rule

TEXT_LIMIT = 50_000  # characters of a ticket's words that are looked at
_OF_EVIDENCE = frozenset({"fact", "template", "fingerprint", "exception"})


@dataclass(slots=True)
class _Files:
    """What was read of one ticket's files."""

    facts: dict[str, str] = field(default_factory=dict)
    templates: list[rule.SeenTemplate] = field(default_factory=list)
    fingerprints: set[str] = field(default_factory=set)
    exceptions: set[str] = field(default_factory=set)


def caught(matcher: rule.Matcher, ticket_ids: Sequence[int]) -> dict[int, rule.Match]:
    """The tickets that the matcher holds for, as `matching` would find them; the caller says which may be looked at."""
    conditions = (*matcher.all_of, *matcher.any_of)
    kinds = {one.kind for one in conditions}
    texts = _texts(ticket_ids) if "text" in kinds else {}
    files = _files(ticket_ids, conditions) if kinds & _OF_EVIDENCE else {}
    found: dict[int, rule.Match] = {}
    rows = Ticket.objects.filter(pk__in=ticket_ids).order_by("pk").values_list("pk", "title", "facts")
    for ticket_id, title, facts in rows:
        seen = _observed("\n".join([title, *texts.get(ticket_id, ())]), facts, files.get(ticket_id) or _Files())
        if held := rule.match(matcher, seen):
            found[ticket_id] = held
    return found


def observed_of(ticket_id: int) -> rule.Observed:
    """Everything a matcher may look at; nothing for a ticket that does not exist."""
    row = Ticket.objects.filter(pk=ticket_id).values_list("title", "facts").first()
    if row is None:
        return rule.Observed()
    title, facts = row
    words = "\n".join([title, *_texts([ticket_id]).get(ticket_id, ())])
    return _observed(words, facts, _files([ticket_id], None).get(ticket_id) or _Files())


def observed_in(viewer: Actor, evidence_id: int) -> rule.Observed:
    """What one file shows a matcher. Raises NotFound."""
    evidence = readable(viewer, evidence_id)
    files = _files([evidence.ticket_id], None, only=evidence.pk).get(evidence.ticket_id) or _Files()
    return _observed("", {}, files)


def _observed(words: str, facts: Mapping[str, str], files: _Files) -> rule.Observed:
    return rule.Observed(
        text=words[:TEXT_LIMIT],
        facts={**files.facts, **facts},
        templates=tuple(files.templates),
        fingerprints=frozenset(files.fingerprints),
        exceptions=frozenset(files.exceptions),
    )


def _texts(ticket_ids: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    asked = Message.objects.filter(ticket_id__in=ticket_ids, direction="in", audience=Audience.REQUESTER)
    rows = asked.order_by("pk")
    for ticket_id, text in rows.values_list("ticket_id", "text"):
        found[ticket_id].append(text)
    return found


def _files(
    ticket_ids: Sequence[int], conditions: Iterable[rule.Condition] | None, *, only: int | None = None
) -> dict[int, _Files]:
    """What files showed, or the one of them; of their templates those that the conditions can fit, or all of them."""
    found: dict[int, _Files] = defaultdict(_Files)
    owners: dict[int, int] = {}
    rows = Evidence.objects.ready().filter(ticket_id__in=ticket_ids).order_by("pk")
    if only is not None:
        rows = rows.filter(pk=only)
    for pk, ticket_id, facts, prints, traces in rows.values_list("pk", "ticket_id", "facts", "fingerprints", "traces"):
        owners[pk] = ticket_id
        one = found[ticket_id]
        one.facts |= facts
        one.fingerprints.update(prints)
        one.exceptions.update(trace["type"] for trace in traces if trace["type"])
    for pk, template_id, text, count in _templates(owners, conditions):
        found[owners[pk]].templates.append(rule.SeenTemplate(template_id, text, count))
    return found


def _templates(evidence_ids: Iterable[int], conditions: Iterable[rule.Condition] | None) -> Iterable[tuple[Any, ...]]:
    """The rows that one of the conditions can fit: of a desk's millions of templates these are few."""
    rows = EvidenceTemplate.objects.filter(evidence_id__in=list(evidence_ids)).order_by("pk")
    if conditions is None:
        return rows.values_list("evidence_id", "template_id", "template", "count")
    wanted = [one.value for one in conditions if one.kind == "template"]
    if not wanted:
        return ()
    may_fit = [_may_fit(value) for value in wanted]
    if all(may_fit):
        rows = rows.filter(reduce(or_, may_fit))
    return rows.values_list("evidence_id", "template_id", "template", "count")


def _may_fit(value: str) -> Q:
    """What leaves no template out that fits; empty where only reading tells.

    Letters beyond ASCII have small forms that the database sees differently.
    """
    parts = rule.literal_parts(value)
    if not all(part.isascii() for part in parts):
        return Q()
    itself = Q(template_id=value) | Q(template=value)
    return itself | Q(*(Q(template__icontains=part) for part in parts)) if parts else itself
