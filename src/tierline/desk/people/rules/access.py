"""Why somebody sees a desk and what they may do there, told from the very values that decide. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from tierline.core.kernel.actors import ADMINISTRATOR, STAFF, Actor

from .rights import RIGHTS, Right, Role, carries, roles_on


@dataclass(frozen=True, slots=True)
class DeskFacts:
    """A desk as it bears on access; `groups` are the names of the person's own groups there."""

    id: int
    name: str
    confidential: bool = False
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RightHeld:
    """A right on a desk, and the roles that carry it there; none: they may not."""

    right: Right
    roles: tuple[str, ...]


def named(roles: Iterable[str]) -> str:
    """Roles in the order of the house, as words."""
    held = set(roles)
    return ", ".join(role.value.replace("_", " ") for role in Role if role.value in held)


def why_desk(actor: Actor, desk: DeskFacts) -> str:
    """Why a desk is among those the actor sees, or why it is not. The answer follows `desk_ids`, which decides."""
    given = [role for role, desk_id in actor.desk_roles if desk_id == desk.id]
    if desk.id in actor.desk_ids:
        if given:
            return f"was given the role {named(given)} for the desk {desk.name}"
        held = named(actor.roles & STAFF)
        if desk.confidential:
            return f"is {held} and works in {', '.join(desk.groups)} of the confidential desk {desk.name}"
        return f"is {held}, and the desk {desk.name} is open to everybody who works here"
    if given:
        return f"has the role {named(given)} for the desk {desk.name}, but acts by a right that it does not carry"
    if desk.confidential and actor.roles & STAFF:
        return f"the desk {desk.name} is confidential, and they work in none of its groups"
    return f"has no role that opens the desk {desk.name}"


def why_not_administrator(actor: Actor, desk: DeskFacts) -> str:
    """Administrators arrange confidential desks without reading them: said where somebody might expect otherwise."""
    hidden = ADMINISTRATOR in actor.roles and desk.id not in actor.desk_ids
    return "an administrator arranges this desk, but does not read its tickets" if hidden else ""


def rights_on(actor: Actor, desk_id: int, rights: Iterable[Right]) -> tuple[RightHeld, ...]:
    """Each right on a desk with the roles that carry it, by the roles that count there."""
    counted = roles_on(actor, desk_id) if desk_id in actor.desk_ids else frozenset()
    return tuple(
        RightHeld(right, tuple(sorted(role for role in counted if right in RIGHTS.get(role, ())))) for right in rights
    )


def rights_anywhere(actor: Actor, rights: Iterable[Right]) -> tuple[RightHeld, ...]:
    """Each right with the roles that carry it on any desk."""
    everywhere = {*actor.roles, *(role for role, _ in actor.desk_roles)}
    return tuple(
        RightHeld(right, tuple(sorted(role for role in everywhere if carries([role], right)))) for right in rights
    )
