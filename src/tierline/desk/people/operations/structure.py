"""Desks, support groups with their members, and organisations."""

from django.db import IntegrityError, transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import one_line
from tierline.desk.people.errors import KeyTaken
from tierline.desk.people.models import (
    Desk,
    Membership,
    Organisation,
    SupportGroup,
)
from tierline.desk.people.rules import (
    Right,
    require,
)


def create_organisation(*, actor: Actor, name: str, domain: str = "") -> Organisation:
    """A customer or a part of the own house. Raises KeyTaken for a name in use."""
    require(actor, Right.SETUP)
    try:
        with transaction.atomic():
            return Organisation.objects.create(
                name=one_line(name, 120), domain=domain.strip().lower(), created_at=clock.now()
            )
    except IntegrityError as problem:
        raise KeyTaken from problem


def name_account_manager(*, actor: Actor, organisation_id: int, person_id: int | None) -> None:
    """Say who looks after a customer; None for nobody. Raises NotFound."""
    require(actor, Right.SETUP)
    if not Organisation.objects.filter(pk=organisation_id).update(account_manager_id=person_id):
        raise NotFound


def create_desk(*, actor: Actor, key: str, name: str, kind: str, confidential: bool = False) -> Desk:
    """A desk: IT, HR or customer support. Raises KeyTaken."""
    require(actor, Right.SETUP)
    try:
        with transaction.atomic():
            return Desk.objects.create(key=key, name=one_line(name, 80), kind=kind, confidential=confidential)
    except IntegrityError as problem:
        raise KeyTaken from problem


def create_group(*, actor: Actor, desk: Desk, key: str, name: str, tier: int, email: str = "") -> SupportGroup:
    """A support group on one tier of one desk. Raises KeyTaken, and Invalid for a tier outside 0 to 4."""
    require(actor, Right.SETUP)
    if tier not in range(5):
        raise Invalid({"tier": "Tiers run from 0 to 4."})
    try:
        with transaction.atomic():
            return SupportGroup.objects.create(desk=desk, key=key, name=one_line(name, 80), tier=tier, email=email)
    except IntegrityError as problem:
        raise KeyTaken from problem


def change_group(*, actor: Actor, group_id: int, name: str, tier: int, email: str, active: bool) -> SupportGroup:
    """Rename, move or retire a group. Tickets it owns stay with it. Raises NotFound and Invalid."""
    require(actor, Right.SETUP)
    if tier not in range(5):
        raise Invalid({"tier": "Tiers run from 0 to 4."})
    group = SupportGroup.objects.filter(pk=group_id).first()
    if group is None:
        raise NotFound
    group.name, group.tier, group.email, group.active = one_line(name, 80), tier, email, active
    group.save(update_fields=["name", "tier", "email", "active"])
    return group


def join_group(*, actor: Actor, person_id: int, group_id: int) -> None:
    """Put a person into a group; being in it already is fine."""
    require(actor, Right.SETUP)
    Membership.objects.get_or_create(person_id=person_id, group_id=group_id, defaults={"since": clock.now()})


def leave_group(*, actor: Actor, person_id: int, group_id: int) -> None:
    """Take a person out of a group; not being in it is fine."""
    require(actor, Right.SETUP)
    Membership.objects.filter(person_id=person_id, group_id=group_id).delete()
