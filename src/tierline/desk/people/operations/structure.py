"""Desks, support groups with their members, and organisations."""

from django.db import IntegrityError, transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import one_line
from tierline.desk.people.errors import KeyTaken
from tierline.desk.people.events import OrganisationChanged
from tierline.desk.people.models import (
    Desk,
    Membership,
    Organisation,
    Person,
    SupportGroup,
)
from tierline.desk.people.rules import (
    Right,
    require,
)

from .recording import note


def create_organisation(*, actor: Actor, name: str, domain: str = "") -> Organisation:
    """A customer or a part of the own house. Raises KeyTaken for a name in use."""
    require(actor, Right.SETUP)
    made = Organisation(name=one_line(name, 120), domain=domain.strip().lower(), created_at=clock.now())
    return _write(made, {}, actor=actor)


def change_organisation(
    *, actor: Actor, organisation_id: int, name: str, domain: str, account_manager_id: int | None
) -> Organisation:
    """Rename an organisation, say which mail domain is its own, and who looks after it; None for nobody.

    Raises NotFound, Invalid without a name, and KeyTaken for a name in use.
    """
    require(actor, Right.SETUP)
    if not one_line(name, 120):
        raise Invalid({"name": "An organisation needs a name."})
    if account_manager_id is not None and not Person.objects.staff().filter(pk=account_manager_id).exists():
        raise NotFound
    with transaction.atomic():
        found = _organisation(organisation_id)
        before = _described(found)
        found.name, found.domain = one_line(name, 120), domain.strip().lower()
        found.account_manager_id = account_manager_id
        return found if before == _described(found) else _write(found, before, actor=actor)


def name_account_manager(*, actor: Actor, organisation_id: int, person_id: int | None) -> None:
    """Say who looks after a customer; None for nobody. Raises NotFound."""
    require(actor, Right.SETUP)
    with transaction.atomic():
        found = _organisation(organisation_id)
        change_organisation(
            actor=actor,
            organisation_id=organisation_id,
            name=found.name,
            domain=found.domain,
            account_manager_id=person_id,
        )


def _organisation(organisation_id: int) -> Organisation:
    found = Organisation.objects.select_for_update().filter(pk=organisation_id).first()
    if found is None:
        raise NotFound
    return found


def _described(one: Organisation) -> dict[str, str]:
    manager = str(one.account_manager_id or 0)
    return {"name": one.name, "domain": one.domain, "account_manager_id": manager}


def _write(one: Organisation, before: dict[str, str], *, actor: Actor) -> Organisation:
    payload = OrganisationChanged(
        name=one.name, domain=one.domain, account_manager_id=one.account_manager_id or 0, before=before
    )
    try:
        with transaction.atomic():
            one.save()
            note(one, payload, actor=actor)
            return one
    except IntegrityError as problem:
        raise KeyTaken from problem


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
