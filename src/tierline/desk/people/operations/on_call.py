"""On-call rotations, and who takes over for a while. Each change stands on the group's timeline."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import one_line
from tierline.desk.people.events import OnCallTakenOver, RotationPlanned
from tierline.desk.people.models import OnCallPlace, OnCallRotation, OnCallSwap, SupportGroup
from tierline.desk.people.rules import Right, require

from .recording import note


def plan_rotation(
    *, actor: Actor, group_id: int, name: str, timezone: str, first_at: datetime, days: int, people: Sequence[int]
) -> OnCallRotation:
    """Who answers out of hours for a group: these people in turn, each for `days` days. Replaces the one before.

    Raises NotFound, also for somebody who does not work in the group, and Invalid.
    """
    if not people or not 1 <= days <= 366:  # noqa: PLR2004 (a year)
        raise Invalid({"people": "A rotation needs people, and turns of 1 to 366 days."})
    with transaction.atomic():
        group = _locked(actor, group_id)
        if not set(people) <= set(group.memberships.values_list("person_id", flat=True)):
            raise NotFound
        before = _people_of(group)
        OnCallRotation.objects.filter(group=group, active=True).update(active=False)
        rotation = OnCallRotation.objects.create(
            group=group, name=one_line(name, 80), timezone=timezone, first_at=first_at, days=days
        )
        OnCallPlace.objects.bulk_create(
            OnCallPlace(rotation=rotation, person_id=pk, place=place) for place, pk in enumerate(people)
        )
        payload = RotationPlanned(
            rotation_id=rotation.pk, people=list(people), before=before, first_at=first_at.isoformat(), days=days
        )
        note(group, payload, actor=actor)
        return rotation


def take_over_on_call(
    *, actor: Actor, rotation_id: int, person_id: int, starts_at: datetime, ends_at: datetime
) -> OnCallSwap:
    """Let somebody of the group take over for a while, whoever's turn it is. Raises NotFound and Invalid."""
    if ends_at <= starts_at:
        raise Invalid({"ends_at": "It ends after it starts."})
    with transaction.atomic():
        rotation = OnCallRotation.objects.filter(pk=rotation_id, active=True).first()
        if rotation is None or not rotation.group.memberships.filter(person_id=person_id).exists():
            raise NotFound
        group = _locked(actor, rotation.group_id)
        swap = OnCallSwap.objects.create(rotation=rotation, person_id=person_id, starts_at=starts_at, ends_at=ends_at)
        payload = OnCallTakenOver(
            rotation_id=rotation.pk,
            person_id=person_id,
            starts_at=starts_at.isoformat(),
            ends_at=ends_at.isoformat(),
        )
        note(group, payload, actor=actor)
        return swap


def _people_of(group: SupportGroup) -> list[int]:
    """Whose turns the group's rotation has, in order."""
    places = OnCallPlace.objects.filter(rotation__group=group, rotation__active=True).order_by("place")
    return list(places.values_list("person_id", flat=True))


def _locked(actor: Actor, group_id: int) -> SupportGroup:
    """The group, locked until the transaction ends, for somebody who plans its desk. Raises NotFound."""
    group = SupportGroup.objects.select_for_update().filter(pk=group_id).first()
    if group is None:
        raise NotFound
    require(actor, Right.STAFF_PLAN, desk_id=group.desk_id)
    return group
