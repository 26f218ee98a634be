"""Reads about people and groups."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from tierline.core.kernel import rows
from tierline.core.kernel.actors import ADMINISTRATOR, LEAD, STAFF, Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.kernel.text import one_line
from tierline.desk.people.models import Absence, ApiToken, Desk, Organisation, Person, SignInAttempt, SupportGroup
from tierline.desk.people.rules import (
    SIGN_IN_WINDOW,
    Right,
    Role,
    desk_role,
    may,
    may_try_again,
    read_desk_roles,
    require,
    token_digest,
)

_WITH_RIGHTS = """
SELECT p.*,
       ARRAY(SELECT m.group_id FROM people_membership AS m JOIN people_supportgroup AS g ON g.id = m.group_id
              WHERE m.person_id = p.id AND g.active) AS own_groups,
       ARRAY(SELECT d.id FROM people_desk AS d
              WHERE NOT d.confidential
                 OR EXISTS (SELECT FROM people_supportgroup AS g JOIN people_membership AS m ON m.group_id = g.id
                             WHERE g.desk_id = d.id AND m.person_id = p.id)) AS own_desks
  FROM people_person AS p
 WHERE p.id = %s"""


def with_rights(person_id: int) -> Person | None:
    """A person with the groups they work in and the desks they may see, in one statement; None for nobody.

    Staff see every desk that is not confidential, a confidential one when they work in a group of it, and each desk for
    which they were given a role. Written as
    SQL because every request asks it: Django takes three times as long to compile it as PostgreSQL to answer it.
    """
    return next(iter(Person.objects.raw(_WITH_RIGHTS, [person_id])), None)


def actor_for(person: Person, *, request_id: str = "") -> Actor:
    """The person as an actor, in one statement; in none for a requester and for somebody `with_rights` gave."""
    everywhere, given = bool(set(person.roles) & STAFF), read_desk_roles(person.desk_roles)
    is_staff = everywhere or bool(given)
    held = person if hasattr(person, "own_groups") or not is_staff else with_rights(person.pk)
    seen = frozenset(getattr(held, "own_desks", ()) if everywhere else ())
    return Actor(
        label=person.name or person.email,
        person_id=person.pk,
        roles=frozenset(person.roles),
        group_ids=frozenset(getattr(held, "own_groups", ()) if is_staff else ()),
        desk_ids=seen | {desk for _, desk in given},
        desk_roles=given,
        organisation_id=person.organisation_id,
        request_id=request_id,
    )


def desks_of(person_id: int) -> set[int]:
    """The desks on which somebody works in a group."""
    groups = SupportGroup.objects.filter(memberships__person_id=person_id, active=True)
    return set(groups.values_list("desk_id", flat=True))


def may_plan(actor: Actor, person_id: int) -> bool:
    """Whether the actor plans the skills and the working time of a person."""
    if may(actor, Right.SETUP) or actor.is_machine:
        return True
    return any(may(actor, Right.STAFF_PLAN, desk_id=desk) for desk in desks_of(person_id) & actor.desk_ids)


def leads_of(person_id: int) -> list[Person]:
    """Who leads somebody, by name: the leads in their own groups; where those have none, the leads of their desks."""
    groups = set(
        SupportGroup.objects.filter(memberships__person_id=person_id, active=True).values_list("pk", "desk_id")
    )
    desks = {desk for _, desk in groups}
    given = Q(desk_roles__overlap=[desk_role(Role.LEAD, desk) for desk in desks])
    leads = Person.objects.get_queryset().filter(given | Q(roles__contains=[LEAD]), is_active=True)
    others = leads.exclude(pk=person_id).order_by("name", "pk")
    near = others.filter(memberships__group_id__in=[group for group, _ in groups]).distinct()
    return list(near) or list(others.filter(memberships__group__desk_id__in=desks).distinct())


def has_administrator() -> bool:
    """Whether the desk has been set up: somebody can administer it."""
    return Person.objects.filter(is_active=True, roles__contains=[ADMINISTRATOR]).exists()


def person(viewer: Actor, person_id: int) -> Person:
    """Any person for staff, oneself for a requester. Raises NotFound."""
    found = Person.objects.select_related("organisation").filter(pk=person_id).first()
    if found is None or not (viewer.is_agent or viewer.is_machine or viewer.person_id == person_id):
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A support group for lists, with the number of its members."""

    id: int
    key: str
    name: str
    tier: int
    desk: str
    members: int
    active: bool


_GROUPS = """
SELECT g.id, g.key, g.name, g.tier, d.name,
       (SELECT count(*) FROM people_membership AS m JOIN people_person AS p ON p.id = m.person_id
         WHERE m.group_id = g.id AND p.is_active),
       g.active
  FROM people_supportgroup AS g JOIN people_desk AS d ON d.id = g.desk_id
 ORDER BY d.name, g.tier, g.name"""


def groups(viewer: Actor) -> list[GroupRow]:
    """All support groups, lowest tier first; for staff only."""
    require(viewer, Right.CONSOLE)
    return [GroupRow(*values) for values in rows.run(_GROUPS, []).fetchall()]


def group(viewer: Actor, group_id: int) -> SupportGroup:
    """One support group. Raises NotFound."""
    require(viewer, Right.CONSOLE)
    found = SupportGroup.objects.select_related("desk").filter(pk=group_id).first()
    if found is None:
        raise NotFound
    return found


def members(viewer: Actor, group_id: int) -> list[Person]:
    """The active members of a group, by name."""
    require(viewer, Right.CONSOLE)
    return list(Person.objects.get_queryset().filter(is_active=True, memberships__group_id=group_id).order_by("name"))


def absent(person_ids: list[int], *, at: datetime) -> set[int]:
    """Who of these persons is away at the moment `at`."""
    away = Absence.objects.covering(at).filter(person_id__in=person_ids)
    return set(away.values_list("person_id", flat=True))


def may_sign_in(*, email: str, remote: str, at: datetime) -> bool:
    """Whether a sign-in for this account from this address may be tried at the moment `at`."""
    recent = SignInAttempt.objects.filter(
        address=email.strip().lower(), remote=remote, at__gt=at - timedelta(seconds=SIGN_IN_WINDOW)
    )
    return may_try_again(recent.count())


def people(viewer: Actor, *, text: str = "", limit: int = 200) -> list[Person]:
    """People by name or address, with organisation and groups; for those who set up the desk."""
    require(viewer, Right.SETUP)
    found = (
        Person.objects.get_queryset().select_related("organisation").prefetch_related("groups").order_by("name", "pk")
    )
    for word in one_line(text).split():
        found = found.filter(Q(name__icontains=word) | Q(email__icontains=word))
    return list(found[:limit])


def found_by_words(viewer: Actor, words: str, *, limit: int = 20) -> list[Person]:
    """Who has this address, else everybody whose name has all of the words; for those who audit access."""
    require(viewer, Right.ACCESS_AUDIT)
    exact = Person.objects.with_address(words).first()
    if exact is not None:
        return [exact]
    found = Person.objects.get_queryset().order_by("name", "pk")
    for word in one_line(words).split():
        found = found.filter(name__icontains=word)
    return list(found[:limit])


def desks(viewer: Actor) -> list[Desk]:
    """All desks by name, for those who set them up."""
    require(viewer, Right.SETUP)
    return list(Desk.objects.order_by("name"))


def organisations(viewer: Actor) -> list[Organisation]:
    """All organisations by name, for those who set the desk up."""
    require(viewer, Right.SETUP)
    return list(Organisation.objects.order_by("name"))


def staff(viewer: Actor) -> list[Person]:
    """Everyone who works on tickets, by name; for staff only."""
    require(viewer, Right.CONSOLE)
    return list(Person.objects.staff().order_by("name"))


def desk_of_kind(kind: str) -> Desk | None:
    """The first desk of a kind (it, hr or customer), for forms that know where their requests belong."""
    return Desk.objects.filter(kind=kind).order_by("pk").first()


@dataclass(frozen=True, slots=True)
class TokenHolder:
    """Who a token stands for, and when its use was noted last."""

    actor: Actor
    token_id: int
    last_used_at: datetime | None


def actor_by_token(secret: str, *, at: datetime, request_id: str = "") -> TokenHolder | None:
    """The person whose usable token this is, as an actor, in two statements; None for anything else."""
    found = ApiToken.objects.usable(at).select_related("person").filter(sha256=token_digest(secret)).first()
    if found is None:
        return None
    return TokenHolder(actor_for(found.person, request_id=request_id), found.pk, found.last_used_at)


def tokens_of(viewer: Actor, person_id: int) -> list[ApiToken]:
    """A person's tokens, newest first: one's own, or anybody's for those who set up the desk. Raises NotFound."""
    if viewer.person_id != person_id:
        require(viewer, Right.SETUP)
    return list(ApiToken.objects.filter(person_id=person_id).order_by("-created_at", "-pk"))
