"""What a rule would have changed: a desk's newest tickets, sorted anew with it and without. Nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tierline.core.kernel.actors import Actor
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.catalogue.queries import contract_of
from tierline.desk.people.rules import Right, require
from tierline.desk.tickets.models import Message, Ticket
from tierline.work.routing.rules.triage import Decision, KnownErrorHit, RuleRow, TriageFacts
from tierline.work.routing.rules.triage import triage as decide

from .facts import KNOWN_ERROR_MATCHED, group_rows, known_error_hit, rule_rows, service_rows

TRIED_ON = 200
"""Tickets that a rule is tried on, the newest first."""

DRAFT = 1 << 40
"""The id of a rule that is not written: ties go to the lower id, so to rules that are there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A rule as somebody typed it. It stands in for the one with its name; without words that one is left out."""

    name: str
    words: tuple[str, ...] = ()
    weight: float = 1.0
    service_id: int | None = None
    group_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where triage would put a ticket, in names; empty where nothing is chosen."""

    service: str
    group: str
    tier: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A ticket that would have gone somewhere else; `because` is the reason of what changed."""

    reference: str
    title: str
    before: Place
    after: Place
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTrial:
    """How many tickets were looked at, and which of them would have moved."""

    total: int
    moved: tuple[Moved, ...]


def tried_on_past(viewer: Actor, desk_id: int, draft: Draft) -> RuleTrial:
    """Sort the desk's newest tickets that the viewer sees with the rules of now, and with the draft among them.

    What a learned model says is left out: rules come first, and a rule is judged by what it does itself.
    """
    require(viewer, Right.AUTOMATION_CHANGE, desk_id=desk_id)
    past = _past(viewer, desk_id)
    now = rule_rows(desk_id)
    then = _with(now, draft)
    services, groups = service_rows(desk_id), group_rows(desk_id)
    names = {one.id: one.name for one in services}, {one.id: one.name for one in groups}
    moved = []
    for ticket, facts in past:
        before = decide(facts, rules=now, services=services, groups=groups)
        after = decide(facts, rules=then, services=services, groups=groups)
        if _where(before) != _where(after):
            places = _place(before, *names), _place(after, *names)
            moved.append(
                Moved(
                    reference=ticket.reference,
                    title=ticket.title,
                    before=places[0],
                    after=places[1],
                    because=_because(before, after),
                )
            )
    return RuleTrial(total=len(past), moved=tuple(moved))


def _with(rules: Sequence[RuleRow], draft: Draft) -> list[RuleRow]:
    known = next((one.id for one in rules if one.name == draft.name), DRAFT)
    kept = [one for one in rules if one.name != draft.name]
    if not draft.words:
        return kept
    new = RuleRow(known, draft.name, draft.words, draft.weight, draft.service_id, draft.group_id)
    return sorted([*kept, new], key=lambda one: one.id)


def _where(decided: Decision) -> tuple[int | None, int | None, int]:
    return decided.service_id, decided.group_id, decided.tier


def _place(decided: Decision, services: dict[int, str], groups: dict[int, str]) -> Place:
    return Place(
        service=services.get(decided.service_id or 0, ""),
        group=groups.get(decided.group_id or 0, ""),
        tier=decided.tier,
    )


def _because(before: Decision, after: Decision) -> str:
    what = "service" if before.service_id != after.service_id else "group"
    return next((one.because for one in after.reasons if one.what == what), "")


def _past(viewer: Actor, desk_id: int) -> list[tuple[Ticket, TriageFacts]]:
    """The newest tickets of a desk as triage met them: with the service named at opening, not the one of now."""
    found = Ticket.objects.visible_to(viewer).filter(desk_id=desk_id, merged_into=None)
    tickets = list(found.select_related("organisation", "requester").order_by("-pk")[:TRIED_ON])
    ids = [one.pk for one in tickets]
    first = Message.objects.filter(ticket_id__in=ids, direction="in").order_by("ticket_id", "id").distinct("ticket_id")
    texts = dict(first.values_list("ticket_id", "text"))
    entries = TimelineEntry.objects.filter(subject_kind="ticket", subject_id__in=ids)
    opened = dict(entries.filter(kind="ticket.opened").values_list("subject_id", "data"))
    hits: dict[int, list[KnownErrorHit]] = {}
    for entry in entries.filter(kind=KNOWN_ERROR_MATCHED):
        hits.setdefault(entry.subject_id, []).append(known_error_hit(entry))
    direct = _direct_tiers(tickets)
    return [
        (
            one,
            TriageFacts(
                title=one.title,
                text=texts.get(one.pk, ""),
                kind=str(opened.get(one.pk, {}).get("ticket_kind", one.kind)),
                product_key=str(one.facts.get("product", "")).casefold(),
                service_id=opened.get(one.pk, {}).get("service_id"),
                known_errors=tuple(hits.get(one.pk, ())),
                direct_tier=direct[one.organisation_id, one.opened_at.date()],
                vip=one.requester.vip,
            ),
        )
        for one in tickets
    ]


def _direct_tiers(tickets: Sequence[Ticket]) -> dict[tuple[int | None, date], int]:
    """The tier that each organisation reached at once on the day it asked."""
    asked = {(one.organisation_id, one.opened_at.date()): one.organisation for one in tickets}
    contracts = {key: contract_of(organisation, key[1]) for key, organisation in asked.items()}
    return {key: max(one.direct_tier if one else 1, 1) for key, one in contracts.items()}
