"""Who is on call: the turns of a group's rotation as they come, and what a planned rotation would change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.people.models import OnCallRotation, Person, SupportGroup
from tierline.desk.people.queries.presence import absences_between, rotation_of
from tierline.desk.people.rules import Right, may, require
from tierline.desk.people.rules.availability import Rotation, Span, Turn, turns

AHEAD = timedelta(days=42)
"""How far ahead the turns are shown."""


@dataclass(frozen=True, slots=True)
class TurnRow:
    """A turn with the name of whose it is; `away` when they are absent during some of it."""

    turn: Turn
    name: str
    away: bool


@dataclass(frozen=True, slots=True)
class GroupOnCall:
    """A group with its rotation, the turns up to `AHEAD`, and whether the viewer plans it."""

    group: SupportGroup
    rotation: OnCallRotation | None
    people: Sequence[Person]
    turns: Sequence[TurnRow]
    plans: bool


def everywhere(viewer: Actor) -> list[GroupOnCall]:
    """The groups of the desks that the viewer sees, with who is on call; lowest tier first, in six statements."""
    require(viewer, Right.CONSOLE)
    groups = SupportGroup.objects.filter(desk_id__in=viewer.desk_ids, active=True).select_related("desk")
    found = groups.prefetch_related("rotations__places__person", "rotations__swaps").order_by("desk_id", "tier", "name")
    current = {one.pk: next((row for row in one.rotations.all() if row.active), None) for one in found}
    named = shown({pk: rotation_of(row) for pk, row in current.items() if row is not None})
    return [_row(viewer, one, current[one.pk], named.get(one.pk, ())) for one in found]


def group(viewer: Actor, group_id: int) -> GroupOnCall:
    """One group. Raises NotFound."""
    found = next((one for one in everywhere(viewer) if one.group.pk == group_id), None)
    if found is None:
        raise NotFound
    return found


def _row(viewer: Actor, one: SupportGroup, rotation: OnCallRotation | None, named: Sequence[TurnRow]) -> GroupOnCall:
    plans = may(viewer, Right.STAFF_PLAN, desk_id=one.desk_id)
    people = [place.person for place in rotation.places.all()] if rotation is not None else []
    return GroupOnCall(one, rotation, people, named, plans)


def shown(rotations: Mapping[int, Rotation]) -> dict[int, list[TurnRow]]:
    """The turns of rotations (by any key) from now on, with names; in two statements."""
    begin = clock.now()
    end = begin + AHEAD
    found = {key: turns(one, begin, end) for key, one in rotations.items()}
    ids = {turn.person_id for some in found.values() for turn in some}
    names = dict(Person.objects.get_queryset().filter(pk__in=ids).values_list("pk", "name"))
    away = absences_between(ids, begin, end)
    return {
        key: [TurnRow(one, names.get(one.person_id, ""), _away(one, away.get(one.person_id, ()))) for one in some]
        for key, some in found.items()
    }


def _away(turn: Turn, absences: Sequence[Span]) -> bool:
    return any(begin < turn.ends_at and end > turn.starts_at for begin, end in absences)
