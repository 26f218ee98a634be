"""Making people known, what they are to the desk, and whether they may come in."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction

from tierline.core.kernel import clock, rows
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound, Refused
from tierline.core.kernel.text import one_line
from tierline.desk.people.errors import AddressTaken, AlreadySetUp
from tierline.desk.people.models import (
    Membership,
    Organisation,
    Person,
    SupportGroup,
)
from tierline.desk.people.queries import has_administrator
from tierline.desk.people.rules import (
    Right,
    Role,
    require,
)

_FIRST_RUN_LOCK = 8420  # any number, but the same in every process
PHONE_LENGTH, FEWEST_DIGITS = 40, 3
ADDRESS_LENGTH = 254  # characters: what fits between the brackets of a path (RFC 5321 §4.5.3.1.3)


def create_person(
    *,
    actor: Actor,
    email: str,
    name: str,
    roles: Iterable[Role] = (Role.REQUESTER,),
    password: str | None = None,
    organisation: Organisation | None = None,
    timezone: str = "UTC",
    locale: str = "en",
    job_title: str = "",
) -> Person:
    """Make somebody known to the desk. Raises Invalid for a bad address and AddressTaken for a known one."""
    require(actor, Right.SETUP)
    return _make(email, name, roles, password, organisation, timezone=timezone, locale=locale, job_title=job_title)


def create_first_administrator(*, email: str, name: str, password: str) -> Person:
    """The first visit makes the administrator, once, who works in every group until others join.

    Raises AlreadySetUp afterwards.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_FIRST_RUN_LOCK])
        if has_administrator():
            raise AlreadySetUp
        person = _make(email, name, [Role.ADMINISTRATOR, Role.LEAD, Role.AGENT], password, None)
        groups = SupportGroup.objects.filter(active=True)
        Membership.objects.bulk_create(Membership(person=person, group=group, since=clock.now()) for group in groups)
        return person


def ensure_requester(*, actor: Actor, email: str, name: str = "") -> Person:
    """The person with this address, made known as a requester when they are new.

    A new person joins the organisation whose mail domain matches. Raises Invalid for something that is no address.
    """
    known = rows.first(Person, "email = %s", [email.strip().lower()])
    if known is not None:
        return known
    del actor  # anybody who writes to the desk becomes known; the actor is named for the caller's sake
    domain = email.rpartition("@")[2]
    organisation = rows.first(Organisation, "lower(domain) = lower(%s) AND domain <> ''", [domain])
    try:
        return _make(email, name or email.partition("@")[0], [Role.REQUESTER], None, organisation)
    except AddressTaken:
        return Person.objects.get_by_natural_key(email)


def set_preferences(*, actor: Actor, locale: str, timezone: str, theme: str) -> Person:
    """A person's own language, time zone and theme."""
    person = known_person(actor.person_id or 0)
    person.locale, person.timezone, person.theme = locale, timezone, theme
    person.save(update_fields=["locale", "timezone", "theme"])
    return person


def set_phone(*, actor: Actor, person_id: int, phone: str) -> Person:
    """The telephone number, or extension, by which a person is known when they call: one's own, or anybody's in set-up.

    Raises NotFound, and Invalid for what has no three digits.
    """
    if person_id != actor.person_id:
        require(actor, Right.SETUP)
    person = known_person(person_id)
    given = one_line(phone, PHONE_LENGTH)
    if given and sum(sign.isdecimal() for sign in given) < FEWEST_DIGITS:
        raise Invalid(
            {"phone": "Write a telephone number, such as +49 40 123456, or an extension of three digits or more."}
        )
    person.phone = given
    person.save(update_fields=["phone"])
    return person


def set_active(*, actor: Actor, person_id: int, active: bool) -> Person:
    """Let a person in or keep them out; nothing they wrote is lost. Nobody locks themselves out: Refused."""
    require(actor, Right.SETUP)
    person = known_person(person_id)
    if person.pk == actor.person_id and not active:
        raise Refused("You cannot close your own account.", todo="Ask another administrator.")
    person.is_active = active
    person.save(update_fields=["is_active"])
    return person


def mark_mail_failed(*, actor: Actor, email: str) -> bool:
    """Remember that mail to this address came back (RFC 3464); says whether a person has the address."""
    del actor
    return bool(Person.objects.with_address(email).update(mail_failed_at=clock.now()))


def known_person(person_id: int) -> Person:
    """A person by id, for the verbs of this room. Raises NotFound."""
    found = Person.objects.get_queryset().filter(pk=person_id).first()
    if found is None:
        raise NotFound
    return found


def _make(
    email: str,
    name: str,
    roles: Iterable[Role],
    password: str | None,
    organisation: Organisation | None,
    **rest: str,
) -> Person:
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError as problem:
        raise Invalid({"email": "This is not an e-mail address."}) from problem
    if len(address) > ADDRESS_LENGTH:
        raise Invalid({"email": f"No mail server takes an address of more than {ADDRESS_LENGTH} characters."})
    person = Person(
        email=address,
        name=one_line(name, 120),
        roles=[Role(role).value for role in roles],
        organisation=organisation,
        created_at=clock.now(),
        **rest,
    )
    person.set_password(password) if password else person.set_unusable_password()
    if not rows.insert(person, or_ignore=True).pk:
        raise AddressTaken
    return person
