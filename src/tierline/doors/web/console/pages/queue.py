"""What the queue shows, composed from the rooms' queries. No ORM, no rules."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.text import one_line, whole_number
from tierline.desk.people import queries as people
from tierline.desk.tickets import queries as tickets
from tierline.desk.tickets.queries import Counts, Cursor, QueueFilter, QueueRow
from tierline.doors.web import labels, words
from tierline.doors.web.console import owed
from tierline.doors.web.shapes import Clock, Pager, Receipt, ReceiptRow, Told, View
from tierline.insight.economics import queries as economics
from tierline.insight.economics.rules import Cost

MOST_IDS = 500  # tickets behind one figure
PAGE_ROWS = 50
TITLE_SHOWN = 110  # characters; a list of fifty stays a light page
VIEW_KEYS = {"mine": "g m", "group": "g g", "unassigned": "g u", "all": "g a"}


@dataclass(frozen=True)
class Row:
    """One line of the queue, ready to print."""

    id: int
    reference: str
    href: str
    title: str
    tier: int
    tried: tuple[int, ...]
    priority: int
    requester: str
    tags: list[Told]
    owner: str
    yours: bool
    group: str
    owed: str
    clock: Clock | None
    age: str
    cost: str = ""


def row_of(row: QueueRow, viewer: Actor, now: datetime, cost: Cost | None = None) -> Row:
    """Make one line of the queue."""
    return Row(
        id=row.id,
        reference=row.reference,
        href=f"{ticket_folder()}{row.reference}",
        title=one_line(row.title, TITLE_SHOWN),
        tier=row.tier,
        tried=tuple(row.tiers_tried),
        priority=row.priority,
        requester=owed.from_words(row),
        tags=owed.tags_of(row),
        owner=row.assignee or "",
        yours=row.assignee_id is not None and row.assignee_id == viewer.person_id,
        group=row.group or "",
        owed=owed.owed_next(row),
        clock=owed.clock_of(row, now),
        age=words.span(((row.resolved_at or now) - row.opened_at).total_seconds()),
        cost=words.money(float(cost.total), cost.currency) if cost is not None else "",
    )


@cache
def ticket_folder() -> str:
    """The address of all tickets; a list asks for fifty of them."""
    return reverse("console:ticket", args=[0]).removesuffix("0")


def view_names() -> dict[str, str]:
    """Name the views of the queue."""
    return {
        "mine": _("Mine"),
        "group": _("My groups"),
        "unassigned": _("Nobody has it"),
        "offered": _("To accept"),
        "waiting": _("Waiting"),
        "breached": _("Past its clock"),
        "all": _("All open"),
        "resolved": _("Solved lately"),
    }


def filter_from(query: Mapping[str, str]) -> QueueFilter:
    """Read the queue's filter from the address; what is not a number is left out."""
    view = query.get("view", "group")
    number = {name: whole_number(query.get(name, "")) for name in ("group", "tier", "priority", "service")}
    ids = tuple(n for v in query.get("ids", "").split(",") if (n := whole_number(v)) is not None)
    return QueueFilter(
        view=view if view in tickets.QUEUE_VIEWS else "group",
        group_id=number["group"],
        tier=number["tier"],
        priority=number["priority"],
        service_id=number["service"],
        ids=ids[:MOST_IDS],
    )


def queue_page(viewer: Actor, query: Mapping[str, str]) -> dict[str, Any]:
    """Everything the queue shows: rows with their cost, honest counts, the groups to choose from: four statements."""
    now = clock.now()
    wanted = filter_from(query)
    found, cursor = tickets.queue(viewer, wanted, after=Cursor.read(query.get("after", "")), limit=PAGE_ROWS)
    shown = ("mine", "group", "unassigned", "offered", "waiting", "breached", "all")
    counts = tickets.counts(viewer, shown)
    groups = people.groups(viewer)
    costs = economics.path_cost([row.id for row in found])
    base = {name: value for name, value in query.items() if name != "after" and value}
    return {
        "section": "queue",
        "view": wanted.view,
        "view_title": view_names()[wanted.view] if not wanted.ids else _("Tickets behind a figure"),
        "views": views(wanted.view, counts),
        "summary": summary_words(counts),
        "rows": [row_of(row, viewer, now, costs[row.id]) for row in found],
        "pages": Pager(
            len(found),
            next_href=f"?{urlencode({**base, 'after': cursor.word()})}" if cursor else "",
            first_href=f"?{urlencode(base)}" if "after" in query else "",
        ),
        "chips": chips(base, {g.id: g.name for g in groups}),
        "filters": {name: query.get(name, "") for name in ("tier", "group", "priority")},
        "group_options": [("", _("any")), *((g.id, f"{g.name}, {_('tier')} {g.tier}") for g in groups if g.active)],
        "tier_options": [("", _("any")), *((n, f"{n} {words.tier_name(n)}") for n in range(5))],
        "priority_options": [("", _("any")), *((n, f"P{n}") for n in range(1, 6))],
        "urgency_options": [(n, labels.urgency(n)) for n in (1, 2, 3)],
        "order_receipt": order_receipt(),
        "cost_meaning": _("What each visit to a tier costs by the rate card of the desk, along the path so far."),
    }


def views(current: str, counts: Counts) -> list[View]:
    """Make the tabs over the queue with their counts; what is solved is not counted."""
    base = reverse("console:queue")
    return [
        View(
            name,
            f"{base}?view={key}",
            "" if key == "resolved" else counts.words(key),
            current=key == current,
            key=VIEW_KEYS.get(key, ""),
        )
        for key, name in view_names().items()
    ]


def chips(query: Mapping[str, str], group_names: Mapping[int, str]) -> list[View]:
    """Make a chip for each filter in the address, each linking to the list without it."""
    say: dict[str, tuple[str, Callable[[str], str]]] = {
        "tier": (_("Tier"), str),
        "priority": (_("Priority"), lambda v: f"P{v}"),
        "group": (_("Group"), lambda v: group_names.get(whole_number(v) or 0, v)),
        "ids": (_("Tickets"), lambda v: str(len(v.split(",")))),
    }
    made = []
    for name, (label, words_of) in say.items():
        if query.get(name):
            without = urlencode({key: value for key, value in query.items() if key != name})
            made.append(View(label, f"?{without}", words_of(query[name])))
    return made


def order_receipt() -> Receipt:
    """Explain the order of the queue."""
    rows = [
        ReceiptRow(_("1."), _("priority: P1 first, from impact and urgency")),
        ReceiptRow(_("2."), _("age: the oldest first, so that nothing starves")),
    ]
    return Receipt(_("This order, because"), rows, _("A clock that runs out turns red, it does not jump the queue."))


def summary_words(counts: Counts) -> dict[str, Any]:
    """Say the queue in one line."""
    total = counts.values.get("group", 0)
    return {
        "total": ngettext("%(n)s open in my groups", "%(n)s open in my groups", total) % {"n": counts.words("group")},
        "to_accept": counts.words("offered") if counts.values.get("offered") else "",
        "late": counts.words("breached") if counts.values.get("breached") else "",
    }
