"""Reads for pages: why routing decided as it did, its rules with their versions, and a group's board."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.people.models import Desk, SupportGroup
from tierline.desk.people.queries import group as group_row
from tierline.desk.people.rules import Right, may, require
from tierline.desk.tickets.models import Ticket
from tierline.work.routing.models import Decision, RoutingRule
from tierline.work.routing.rules.assignment import Candidate, Setting, setting_of
from tierline.work.routing.rules.dealing import Deal, deal

from . import staffing

DEAL_LIMIT = 200
"""Tickets that are dealt out at once; the most urgent first."""

SHOWN_EACH = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyRow:
    """One decision about a ticket: what was chosen, and the receipt that says why."""

    kind: str
    chosen: str
    receipt: dict[str, Any]
    by: str
    at: datetime


def why(viewer: Actor, ticket_id: int) -> list[WhyRow]:
    """Every triage and assignment of a ticket of one's desks, newest first."""
    require(viewer, Right.CONSOLE)
    found = Decision.objects.filter(ticket__in=Ticket.objects.inside(viewer), ticket_id=ticket_id)
    return [
        WhyRow(kind=one.kind, chosen=one.chosen, receipt=one.receipt, by=one.by, at=one.at)
        for one in found.order_by("-id")
    ]


def _may_read_rules(viewer: Actor, desk_id: int) -> None:
    """Receipts name the rules, so whoever works on the desk reads them; whoever may change them needs no sight."""
    if not may(viewer, Right.AUTOMATION_CHANGE, desk_id=desk_id):
        require(viewer, Right.CONSOLE, desk_id=desk_id)


def desks_to_change(viewer: Actor) -> list[Desk]:
    """The desks whose rules the viewer may change, by name. Raises NotFound without the right."""
    require(viewer, Right.AUTOMATION_CHANGE)
    found = Desk.objects.order_by("name", "pk")
    return [one for one in found if may(viewer, Right.AUTOMATION_CHANGE, desk_id=one.pk)]


def rules(viewer: Actor, desk_id: int) -> list[RoutingRule]:
    """The current routing rules of a desk by name, for set-up."""
    _may_read_rules(viewer, desk_id)
    return list(
        RoutingRule.objects.filter(desk_id=desk_id, active=True).select_related("service", "group").order_by("name")
    )


def versions(viewer: Actor, desk_id: int, name: str) -> list[RoutingRule]:
    """Every version of a rule, newest first: who wrote what, and when."""
    _may_read_rules(viewer, desk_id)
    found = RoutingRule.objects.filter(desk_id=desk_id, name=name).select_related("service", "group")
    return list(found.order_by("-version"))


def retired(viewer: Actor, desk_id: int) -> list[RoutingRule]:
    """The newest version of each rule that is out of use, by name."""
    _may_read_rules(viewer, desk_id)
    used = RoutingRule.objects.filter(desk_id=desk_id, active=True).values("name")
    found = RoutingRule.objects.filter(desk_id=desk_id).exclude(name__in=used)
    return list(found.order_by("name", "-version").distinct("name"))


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardPerson:
    """A member of a group as the board shows them, with their open tickets."""

    person: Candidate
    tickets: Sequence[Ticket]

    @property
    def state(self) -> str:
        """``here``, ``full``, ``off_shift`` or ``absent``."""
        if self.person.absent:
            return "absent"
        if not self.person.on_shift:
            return "off_shift"
        return "here" if self.person.free else "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A group now: its people with their tickets, and what waits for one of them. `total` counts all that wait."""

    group: SupportGroup
    people: Sequence[BoardPerson]
    waiting: Sequence[Ticket]
    total: int
    left: dict[int, dict[str, Any]]
    setting: Setting


def visible_group(viewer: Actor, group_id: int) -> SupportGroup:
    """A group of a desk that the viewer sees: how much others carry is nobody else's business. Raises NotFound."""
    group = group_row(viewer, group_id)
    if not (viewer.is_machine or group.desk_id in viewer.desk_ids):
        raise NotFound
    return group


def boards(viewer: Actor) -> list[SupportGroup]:
    """The active groups above tier 0 whose boards the viewer may look at, their own first."""
    require(viewer, Right.CONSOLE)
    found = SupportGroup.objects.filter(desk_id__in=viewer.desk_ids, active=True, tier__gt=0)
    return sorted(found.order_by("tier", "name", "pk"), key=lambda one: one.pk not in viewer.group_ids)


def board(viewer: Actor, group_id: int) -> Board:
    """A group's board; tickets that the viewer may not see are not on it. Raises NotFound."""
    group, at = visible_group(viewer, group_id), clock.now()
    people = staffing.candidates(group.pk, at)
    owned: dict[int, list[Ticket]] = {one.id: [] for one in people}
    open_here = Ticket.objects.visible_to(viewer).open().filter(group=group).select_related("requester", "service")
    for ticket in open_here.filter(assignee_id__in=list(owned)).order_by("priority", "opened_at", "id"):
        owned[ticket.assignee_id or 0].append(ticket)
    waiting = waiting_in(viewer, group.pk)
    return Board(
        group=group,
        people=[BoardPerson(person=one, tickets=owned[one.id][:SHOWN_EACH]) for one in people],
        waiting=list(waiting[:DEAL_LIMIT]),
        total=waiting.count(),
        left=_left(list(waiting[:DEAL_LIMIT])),
        setting=setting_of(people, at),
    )


def waiting_in(viewer: Actor, group_id: int) -> Any:  # noqa: ANN401 (a TicketQuerySet)
    """The open tickets of a group that nobody has, the most urgent first, then the oldest."""
    found = Ticket.objects.visible_to(viewer).open().filter(group_id=group_id, assignee=None)
    found = found.filter(status__in=["new", "open"]).select_related("requester", "service")
    return found.order_by("priority", "opened_at", "id")


def _left(tickets: Sequence[Ticket]) -> dict[int, dict[str, Any]]:
    """The receipts of those that routing could give to nobody when it tried last."""
    newest = Decision.objects.filter(ticket__in=tickets, kind="assignment").order_by("ticket_id", "-id")
    return {one.ticket_id: one.receipt for one in newest.distinct("ticket_id") if one.person_id is None}


def preview(viewer: Actor, group_id: int) -> tuple[Deal, dict[int, Ticket]]:
    """Who would get what if the waiting tickets of a group were dealt out now, with the tickets by id."""
    group, at = visible_group(viewer, group_id), clock.now()
    tickets = list(waiting_in(viewer, group.pk)[:DEAL_LIMIT])
    people = staffing.candidates(group.pk, at)
    return deal(people, staffing.waiting_tickets(tickets, people, at), at), {one.pk: one for one in tickets}
