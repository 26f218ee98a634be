"""What quotes a log outside of its view: matches, facts, entries of the timeline. It follows the view's rules."""

from typing import Any

from tierline.core.kernel import rows
from tierline.core.kernel.actors import Actor
from tierline.core.timeline.models import TimelineEntry
from tierline.core.timeline.operations import rewrite
from tierline.desk.tickets.events import FactsRecorded
from tierline.desk.tickets.models import Ticket
from tierline.work.diagnosis.events import EvidenceAnalysed, KnownErrorMatched
from tierline.work.diagnosis.models import Match

from .detecting import detectors_in_force
from .examining import find_facts, note
from .matching import matching
from .naming import keep_names, known_to
from .past import observed_of
from .process import masked

QUOTES = {
    EvidenceAnalysed.kind: ("reason", "sentence"),
    KnownErrorMatched.kind: ("reasons",),
    FactsRecorded.kind: ("facts",),
}
"""Kinds of entries that may quote a log, and their fields that do."""


def cleanse(ticket: Ticket) -> int:
    """Mask by today's rules what was quoted of a ticket's logs; returns how many entries changed.

    When a detector fails nothing is changed here: the views themselves are withheld then.
    """
    entries = TimelineEntry.objects.of("ticket", ticket.pk).filter(kind__in=QUOTES)
    found = {text for entry in entries for text in _texts(entry.kind, entry.data)}
    matches = list(Match.objects.filter(ticket=ticket))
    found |= {text for match in matches for text in match.reasons}
    safe = _safe(ticket, sorted(found))
    if not safe:
        return 0
    for match in matches:
        match.reasons = [safe.get(text, text) for text in match.reasons]
        match.save(update_fields=["reasons"])
    facts = {key: safe.get(value, value) for key, value in ticket.facts.items()}
    if facts != ticket.facts:
        ticket.facts = facts
        rows.update(ticket, ("facts",))
    return sum(
        rewrite(
            subject_kind="ticket",
            subject_id=ticket.pk,
            kinds=[kind],
            change=lambda data, fields=fields: _replaced(data, fields, safe),  # type: ignore[misc]  # bound at once
        )
        for kind, fields in QUOTES.items()
    )


def match_again(actor: Actor, ticket: Ticket) -> None:
    """Facts and known errors by what is readable now; a match that no longer holds goes."""
    find_facts(actor, ticket)
    holding = matching(observed_of(ticket.pk), ticket.desk_id)
    for row, found in holding:
        note(actor, ticket, row, found, None)
    kept = [row.pk for row, _ in holding]
    Match.objects.filter(ticket=ticket, matcher__active=True).exclude(matcher__in=kept).delete()


def _safe(ticket: Ticket, texts: list[str]) -> dict[str, str]:
    """What each text becomes, for those that change."""
    safe = mask_texts(ticket, texts) if texts else None
    return {old: new for old, new in zip(texts, safe, strict=True) if old != new} if safe else {}


def mask_texts(ticket: Ticket, texts: list[str]) -> list[str] | None:
    """Short texts by the detectors and with the names of the ticket's files, in the caller's transaction.

    None when a detector failed: then nothing of them may be shown. Raises ReaderUnavailable.
    """
    while True:
        known = known_to(ticket)
        told = masked(texts, {**known.task, **detectors_in_force()})
        if told["texts"] is None:
            return None
        if keep_names(ticket.pk, known, told["names"]):
            return [str(text) for text in told["texts"]]


def _texts(kind: str, data: dict[str, Any]) -> list[str]:
    return [text for name in QUOTES[kind] for text in _strings(data.get(name))]


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _strings(inner)]
    return [text for inner in value for text in _strings(inner)] if isinstance(value, list) else []


def _replaced(data: dict[str, Any], fields: tuple[str, ...], safe: dict[str, str]) -> dict[str, Any]:
    return {**data, **{name: _by(data[name], safe) for name in fields if name in data}}


def _by(value: Any, safe: dict[str, str]) -> Any:  # noqa: ANN401 (any JSON value)
    if isinstance(value, str):
        return safe.get(value, value)
    if isinstance(value, dict):
        return {key: _by(inner, safe) for key, inner in value.items()}
    return [_by(inner, safe) for inner in value] if isinstance(value, list) else value
