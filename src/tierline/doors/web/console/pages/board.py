"""A group's board and the deal of its queue, composed from the rooms' queries. No ORM, no rules."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.text import one_line
from tierline.desk.people.rules import Right, may
from tierline.desk.tickets import queries as tickets
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.queries import QueueFilter, QueueRow
from tierline.doors.web import words
from tierline.doors.web.console import owed
from tierline.doors.web.console.pages.queue import ticket_folder
from tierline.doors.web.shapes import Clock, Receipt, Tone, View
from tierline.doors.web.whys import receipt_of, signed
from tierline.work.routing import queries as routing
from tierline.work.routing.queries import Board, BoardPerson
from tierline.work.routing.rules.dealing import Choice, Deal, plan_of

CARDS = 200
TITLE_SHOWN = 90  # characters
WHYS_SHOWN = 40  # receipts of a plan; the rest are read on the tickets afterwards
STATE_TONES: dict[str, Tone] = {"here": "good", "full": "warn", "off_shift": "", "absent": ""}


@dataclass(frozen=True)
class Card:
    """One ticket on the board. `left` says why routing could give it to nobody, where it tried."""

    id: int
    reference: str
    href: str
    title: str
    priority: int
    requester: str
    owner: str
    clock: Clock | None
    left: Receipt | None = None


@dataclass(frozen=True)
class Column:
    """One column: what waits, a person with their load, or a status. `share` is the part of the places taken."""

    key: str
    title: str
    cards: Sequence[Card] = ()
    state: str = ""
    tone: Tone = ""
    load: str = ""
    share: float | None = None
    more: int = 0
    you: bool = False


def state_words(state: str, until: datetime | None = None, now: datetime | None = None) -> str:
    """Say whether work can be given to somebody."""
    if state == "absent" and until is not None and now is not None:
        return _("away until %(when)s") % {"when": words.when(until, now)}
    known = {"here": _("here"), "full": _("full"), "off_shift": _("off shift"), "absent": _("away")}
    return known.get(state, state)


def board_page(viewer: Actor, group_id: int, query: Mapping[str, str]) -> dict[str, Any]:
    """Everything the board shows; `by` of the address is person or status. Raises NotFound."""
    now = clock.now()
    found = routing.board(viewer, group_id)
    rows, cursor = tickets.queue(viewer, QueueFilter(view="all", group_id=group_id), limit=CARDS)
    by = "status" if query.get("by") == "status" else "person"
    columns = by_status(rows, now) if by == "status" else by_person(found, rows, viewer, now)
    return {
        "section": "queue",
        "group": found.group,
        "by": by,
        "boards": _boards(viewer, group_id),
        "columns": columns,
        "people": [(one.person.id, one.person.name) for one in found.people],
        "summary": summary(found),
        "cut": cursor is not None,
        "left": sum(card.left is not None for column in columns for card in column.cards),
        "may_deal": found.total and may(viewer, Right.STAFF_PLAN, desk_id=found.group.desk_id),
        "may_give": may(viewer, Right.TICKET_WORK, desk_id=found.group.desk_id),
        "total": found.total,
    }


def _boards(viewer: Actor, group_id: int) -> list[View]:
    return [
        View(one.name, reverse("console:board", args=[one.pk]), current=one.pk == group_id)
        for one in routing.boards(viewer)
    ]


def summary(board: Board) -> str:
    """The board in one line: what waits, and how many places are free among those who are here."""
    free = sum(one.person.free for one in board.people if one.state == "here")
    waiting = ngettext("%(n)s waits for somebody", "%(n)s wait for somebody", board.total) % {"n": board.total}
    places = ngettext("%(n)s place is free", "%(n)s places are free", free) % {"n": free}
    return f"{waiting}, {places}"


def by_person(board: Board, rows: Iterable[QueueRow], viewer: Actor, now: datetime) -> list[Column]:
    """Make a column of what nobody has, then one for each person: those who are here first."""
    owned: dict[int | None, list[QueueRow]] = {}
    for row in rows:
        owned.setdefault(row.assignee_id, []).append(row)
    nobody = [one for one in owned.get(None, []) if one.status != "waiting"]
    waiting = Column(
        "nobody",
        _("Nobody has it"),
        [card_of(one, now, receipt_of(board.left[one.id]) if one.id in board.left else None) for one in nobody],
        more=max(board.total - len(nobody), 0),
    )
    order = {"here": 0, "full": 1, "off_shift": 2, "absent": 3}
    sorted_people = sorted(board.people, key=lambda one: (order[one.state], one.person.name, one.person.id))
    return [waiting, *(_person_column(one, owned.get(one.person.id, []), viewer, now) for one in sorted_people)]


def _person_column(one: BoardPerson, rows: Sequence[QueueRow], viewer: Actor, now: datetime) -> Column:
    person = one.person
    return Column(
        f"p{person.id}",
        person.name,
        [card_of(row, now) for row in rows],
        state=state_words(one.state, person.away_until, now),
        tone=STATE_TONES[one.state],
        load=_("%(load)s of %(capacity)s places") % {"load": person.load, "capacity": person.capacity},
        share=person.relative_load,
        you=person.id == viewer.person_id,
    )


def by_status(rows: Iterable[QueueRow], now: datetime) -> list[Column]:
    """Make a column for each status of an open ticket."""
    cards: dict[str, list[Card]] = {"new": [], "open": [], "waiting": []}
    for row in rows:
        cards.setdefault(row.status, []).append(card_of(row, now))
    titles = {"new": _("New"), "open": _("In work"), "waiting": _("Waiting")}
    return [Column(status, titles.get(status, status), found) for status, found in cards.items()]


def card_of(row: QueueRow, now: datetime, left: Receipt | None = None) -> Card:
    """Make one card."""
    return Card(
        id=row.id,
        reference=row.reference,
        href=f"{ticket_folder()}{row.reference}",
        title=one_line(row.title, TITLE_SHOWN),
        priority=row.priority,
        requester=owed.from_words(row),
        owner=row.assignee or "",
        clock=owed.clock_of(row, now),
        left=left,
    )


@dataclass(frozen=True)
class DealRow:
    """One line of a plan: a ticket, who would get it (empty: it stays), and why."""

    reference: str
    href: str
    title: str
    priority: int
    name: str
    mentor: str
    words: str
    why: Receipt | None


@dataclass(frozen=True)
class Plan:
    """What would happen if a queue was dealt out now. `proof` says that no plan is better by the stated points."""

    name: str
    rows: Sequence[DealRow]
    shares: Sequence[tuple[str, int]] = ()
    given: int = 0
    left: int = 0
    proof: str = ""


def deal_page(viewer: Actor, group_id: int) -> dict[str, Any]:
    """The plan for a group's waiting tickets. Raises NotFound."""
    group = routing.visible_group(viewer, group_id)
    dealt, by_id = routing.preview(viewer, group_id)
    return {
        "section": "queue",
        "group": group,
        "plan": plan(dealt, by_id),
        "limit": routing.DEAL_LIMIT,
        "whys": WHYS_SHOWN,
    }


def plan(dealt: Deal, by_id: Mapping[int, Ticket]) -> Plan:
    """Put a deal into words."""
    counted = Counter(one.name for one in dealt.choices if one.person_id is not None)
    rows = [_deal_row(one, by_id[one.ticket_id], shown=n < WHYS_SHOWN) for n, one in enumerate(dealt.choices)]
    return Plan(
        name=plan_of(dealt.choices) if dealt.choices else "",
        rows=rows,
        shares=sorted(counted.items(), key=lambda one: (-one[1], one[0])),
        given=counted.total(),
        left=len(rows) - counted.total(),
        proof=_("%(points)s points in all, and no way to deal it costs less.") % {"points": signed(dealt.cost)}
        if dealt.choices and dealt.cost == dealt.floor
        else "",
    )


def _deal_row(choice: Choice, ticket: Ticket, *, shown: bool) -> DealRow:
    said = [one.because for one in choice.points if one.points] or list(choice.why)
    return DealRow(
        reference=ticket.reference,
        href=f"{ticket_folder()}{ticket.reference}",
        title=one_line(ticket.title, TITLE_SHOWN),
        priority=ticket.priority,
        name=choice.name,
        mentor=choice.mentor,
        words="; ".join(said[:3]),
        why=receipt_of(choice.receipt()) if shown else None,
    )


def own_page(viewer: Actor) -> dict[str, Any]:
    """How much somebody carries, and why what routing gave them lately is theirs."""
    load = routing.own_load(viewer)
    boards = [one for one in routing.boards(viewer) if one.pk in viewer.group_ids]
    return {
        "load": load,
        "share": load.taken / load.capacity if load.capacity else 1.0,
        "given": [(one.reference, one.title, receipt_of(one.receipt)) for one in load.given],
        "boards": boards,
    }
