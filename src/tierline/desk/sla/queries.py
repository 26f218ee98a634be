"""Reads about calendars and policies."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from tierline.core.kernel import rows
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.people.models import Desk
from tierline.desk.people.rules import Right, may, require

from .models import BusinessCalendar, ClockChange, ClockMove, Policy
from .rules import Book, Hours, Scope, Version

Plan = Callable[[int, date], str]
LOOKED_AT = 100  # changes of which those of somebody's own desk are listed


def hours_of(calendar: BusinessCalendar) -> Hours:
    """The calendar as a value for the rules. Raises ValueError for hours that overlap."""
    return _hours(calendar.zone, json.dumps(calendar.week), json.dumps(calendar.closures))


@lru_cache(maxsize=64)
def _hours(zone: str, week: str, closures: str) -> Hours:
    """The same hours for the same JSON; the rules remember the days they have laid out."""
    windows = tuple(tuple((int(begin), int(end)) for begin, end in day) for day in json.loads(week))
    closed = [(date.fromisoformat(one["day"]), one.get("from"), one.get("until")) for one in json.loads(closures)]
    return Hours(
        zone,
        windows,
        frozenset(day for day, begin, _end in closed if begin is None),
        frozenset((day, int(begin), int(end)) for day, begin, end in closed if begin is not None),
    )


def version_of(policy: Policy, hours: Hours | None = None) -> Version:
    """A policy's row as a value for the rules; `hours` when the calendar is not to be asked."""
    return Version(
        key=policy.key,
        name=policy.name,
        number=policy.version,
        since=policy.since,
        hours=hours or hours_of(policy.calendar),
        targets=policy.targets,
        scope=Scope(
            desk_id=policy.desk_id,
            service_id=policy.service_id,
            kind=policy.kind,
            plan=policy.plan,
            vendor_id=policy.vendor_id,
        ),
        pauses=tuple(policy.pauses),
        warn_at=policy.warn_at,
        withdrawn=policy.withdrawn,
    )


_STAMP = "SELECT count(*), max(id) FROM sla_policy"
_PROMISED = f"""
SELECT stamp.count, stamp.max, c.id, c.organisation_id, c.plan, c.starts_on, c.ends_on
  FROM ({_STAMP}) AS stamp
  LEFT JOIN catalogue_servicecontract AS c ON c.organisation_id = ANY(%s)
 ORDER BY c.id DESC"""


@dataclass(frozen=True, slots=True)
class Promised:
    """What is promised to whom: every version of every policy, and the plans of some organisations."""

    book: Book
    stamp: tuple[int, int]
    contracts: dict[int, list[tuple[str, date, date | None]]]

    def plan(self, organisation_id: int, on: date) -> str:
        """The plan of an organisation's contract on a day: the newest counts; empty without one."""
        for plan, starts, ends in self.contracts.get(organisation_id, ()):
            if starts <= on and (ends is None or on <= ends):
                return plan
        return ""


def promised(organisation_ids: Iterable[int]) -> Promised:
    """The book as it is now, and what these organisations have agreed, in one statement.

    Versions never change: how many there are and the last one's key say which book it is, so it is read but once.
    """
    found = rows.run(_PROMISED, [sorted(set(organisation_ids))]).fetchall()
    stamp = (int(found[0][0]), int(found[0][1] or 0))
    contracts: dict[int, list[tuple[str, date, date | None]]] = {}
    for _count, _max, pk, organisation_id, plan, starts, ends in found:
        if pk is not None:
            contracts.setdefault(organisation_id, []).append((plan, starts, ends))
    return Promised(_book(stamp), stamp, contracts)


@lru_cache(maxsize=4)
def _book(stamp: tuple[int, int]) -> Book:
    del stamp  # what it is remembered by
    return Book([version_of(one) for one in Policy.objects.select_related("calendar").order_by("id")])


def require_setup(viewer: Actor, desk_id: int | None) -> None:
    """What holds for one desk is its administrator's to change; what holds for every desk, the house's."""
    require(viewer, Right.SETUP if desk_id is None else Right.DESK_SETUP, desk_id=desk_id)


def require_change(viewer: Actor, change: ClockChange) -> None:
    """Whoever may write everything that a change proposes may try, apply and drop it. Raises NotFound."""
    if change.proposal.get("calendar") is not None:
        require(viewer, Right.SETUP)
    for policy in change.proposal.get("policies", ()):
        require_setup(viewer, policy.get("desk_id"))
        before = Policy.objects.newest().filter(key=policy["key"]).first()
        if before is not None:
            require_setup(viewer, before.desk_id)


def _is_theirs(viewer: Actor, desk_id: int | None) -> bool:
    return desk_id is None or may(viewer, Right.DESK_SETUP, desk_id=desk_id)


def policies(viewer: Actor) -> list[Policy]:
    """The newest version of each policy that is in force, the most general first."""
    require(viewer, Right.DESK_SETUP)
    related = ("calendar", "desk", "service", "vendor")
    newest = Policy.objects.newest().select_related(*related)
    found = [one for one in newest if not one.withdrawn and _is_theirs(viewer, one.desk_id)]
    return sorted(found, key=lambda one: (version_of(one).scope.weight, one.name))


def desks_to_change(viewer: Actor) -> list[Desk]:
    """The desks whose policies the viewer may change, by name. Raises NotFound without the right."""
    require(viewer, Right.DESK_SETUP)
    return [one for one in Desk.objects.order_by("name", "pk") if may(viewer, Right.DESK_SETUP, desk_id=one.pk)]


def calendars(viewer: Actor) -> list[BusinessCalendar]:
    """The newest version of each calendar, by name."""
    require(viewer, Right.DESK_SETUP)
    return sorted(BusinessCalendar.objects.newest(), key=lambda one: one.name)


def policy_versions(viewer: Actor, key: str) -> Sequence[Policy]:
    """Every version of a policy, the newest first. Raises NotFound."""
    require(viewer, Right.DESK_SETUP)
    found = list(
        Policy.objects.filter(key=key).select_related("calendar", "desk", "service", "vendor").order_by("-version")
    )
    if not found or not _is_theirs(viewer, found[0].desk_id):
        raise NotFound
    return found


def calendar_versions(viewer: Actor, key: str) -> Sequence[BusinessCalendar]:
    """Every version of a calendar, the newest first. Raises NotFound."""
    require(viewer, Right.DESK_SETUP)
    found = list(BusinessCalendar.objects.filter(key=key).order_by("-version"))
    if not found:
        raise NotFound
    return found


def change(viewer: Actor, change_id: int) -> ClockChange:
    """A change with its preview. Raises NotFound."""
    require(viewer, Right.DESK_SETUP)
    found = ClockChange.objects.filter(pk=change_id).first()
    if found is None:
        raise NotFound
    require_change(viewer, found)
    return found


def changes(viewer: Actor, *, limit: int = 10) -> list[ClockChange]:
    """The newest changes, whatever became of them."""
    require(viewer, Right.DESK_SETUP)
    found = ClockChange.objects.order_by("-pk")
    if not may(viewer, Right.SETUP):
        found = found.filter(pk__in=[one.pk for one in found[:LOOKED_AT] if _may_change(viewer, one)])
    return list(found[:limit])


def _may_change(viewer: Actor, change: ClockChange) -> bool:
    try:
        require_change(viewer, change)
    except NotFound:
        return False
    return True


def moves(viewer: Actor, change_id: int, *, limit: int = 1000) -> list[ClockMove]:
    """What a change moves: what it breaches first."""
    require(viewer, Right.DESK_SETUP)
    change(viewer, change_id)
    return list(ClockMove.objects.filter(change_id=change_id).order_by("-breaches", "pk")[:limit])
