"""Giving and taking roles: on every desk, or on one. Each change stands on the person's timeline."""

from collections.abc import Iterable

from django.db import transaction

from tierline.core.kernel.actors import ADMINISTRATOR, Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.desk.people.errors import LastAdministrator
from tierline.desk.people.events import RolesChanged
from tierline.desk.people.models import Desk, Person
from tierline.desk.people.rules import DESK_ROLES, Right, Role, desk_role, require

from .recording import locked, note


def set_roles(*, actor: Actor, person_id: int, roles: Iterable[Role]) -> Person:
    """Give a person exactly these roles on every desk they see.

    Raises NotFound, and LastAdministrator when nobody would be left to set the desk up.
    """
    require(actor, Right.SETUP)
    wanted = [role.value for role in Role if role in {Role(one) for one in roles}]
    with transaction.atomic():
        person = locked(actor, person_id)
        before = set(person.roles)
        if ADMINISTRATOR in before - set(wanted):
            _must_leave_one(person_id)
        person.roles = wanted
        person.save(update_fields=["roles"])
        _tell(person, before, set(wanted), actor=actor)
        return person


def set_desk_roles(*, actor: Actor, person_id: int, desk_id: int, roles: Iterable[Role]) -> Person:
    """Give a person exactly these roles on one desk; there they count instead of their other roles. None: as elsewhere.

    Raises NotFound, and Invalid for a role that is not for one desk.
    """
    require(actor, Right.SETUP)
    wanted = {Role(one) for one in roles}
    if not wanted <= set(DESK_ROLES):
        raise Invalid({"roles": "Requesters and administrators are that on every desk."})
    with transaction.atomic():
        person = locked(actor, person_id)
        desk = Desk.objects.filter(pk=desk_id).first()
        if desk is None:
            raise NotFound
        here = {desk_role(role, desk_id): role.value for role in DESK_ROLES}
        before = {here[one] for one in person.desk_roles if one in here}
        elsewhere = [one for one in person.desk_roles if one not in here]
        person.desk_roles = elsewhere + [desk_role(role, desk_id) for role in DESK_ROLES if role in wanted]
        person.save(update_fields=["desk_roles"])
        _tell(person, before, {role.value for role in wanted}, actor=actor, desk=desk)
        return person


def _must_leave_one(person_id: int) -> None:
    others = Person.objects.get_queryset().filter(is_active=True, roles__contains=[ADMINISTRATOR]).exclude(pk=person_id)
    if not others.exists():
        raise LastAdministrator(todo="Give the role to somebody else first.")


def _tell(person: Person, before: set[str], after: set[str], *, actor: Actor, desk: Desk | None = None) -> None:
    if before == after:
        return
    payload = RolesChanged(
        given=sorted(after - before),
        taken=sorted(before - after),
        desk_id=desk.pk if desk else 0,
        desk=desk.name if desk else "",
    )
    note(person, payload, actor=actor)
