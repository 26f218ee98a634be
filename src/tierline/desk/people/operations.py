"""The verbs on people, groups and organisations."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, connection, transaction

from tierline.core.kernel import clock, ids, rows
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound, Refused
from tierline.core.kernel.text import one_line

from .errors import AddressTaken, AlreadySetUp, KeyTaken, UnknownToken
from .models import (
    Absence,
    ApiToken,
    Certificate,
    Desk,
    Membership,
    Organisation,
    Person,
    PersonSkill,
    Shift,
    SignInAttempt,
    Skill,
    SupportGroup,
)
from .queries import actor_by_token, has_administrator
from .rules import (
    SIGN_IN_WINDOW,
    TOKEN_DAYS,
    TOKEN_DAYS_MOST,
    TOKEN_USE_NOTED,
    TOKENS_EACH,
    Right,
    Role,
    require,
    token_digest,
)

_FIRST_RUN_LOCK = 8420  # any number, but the same in every process


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
    organisation = Organisation.objects.filter(domain__iexact=domain).exclude(domain="").first()
    try:
        return _make(email, name or email.partition("@")[0], [Role.REQUESTER], None, organisation)
    except AddressTaken:
        return Person.objects.get_by_natural_key(email)


def set_roles(*, actor: Actor, person_id: int, roles: Iterable[Role]) -> Person:
    """Give a person exactly these roles."""
    require(actor, Right.SETUP)
    person = _person(person_id)
    person.roles = [Role(role).value for role in roles]
    person.save(update_fields=["roles"])
    return person


def set_preferences(*, actor: Actor, locale: str, timezone: str, theme: str) -> Person:
    """A person's own language, time zone and theme."""
    person = _person(actor.person_id or 0)
    person.locale, person.timezone, person.theme = locale, timezone, theme
    person.save(update_fields=["locale", "timezone", "theme"])
    return person


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


def mark_mail_failed(*, actor: Actor, email: str) -> bool:
    """Remember that mail to this address came back (RFC 3464); says whether a person has the address."""
    del actor
    return bool(Person.objects.with_address(email).update(mail_failed_at=clock.now()))


def change_password(*, actor: Actor, current: str, new: str) -> Person:
    """Replace one's own password. Raises Invalid when the current one is wrong or the new one too easy to guess."""
    person = _person(actor.person_id or 0)
    if not person.check_password(current):
        raise Invalid({"current": "This is not your current password."})
    check_password_strength(new, person)
    person.set_password(new)
    person.save(update_fields=["password"])
    return person


def set_password(*, actor: Actor, person_id: int, password: str) -> Person:
    """Give a person a first or a new password. Raises NotFound, and Invalid when it is too easy to guess."""
    require(actor, Right.SETUP)
    person = _person(person_id)
    check_password_strength(password, person)
    person.set_password(password)
    person.save(update_fields=["password"])
    return person


def set_active(*, actor: Actor, person_id: int, active: bool) -> Person:
    """Let a person in or keep them out; nothing they wrote is lost. Nobody locks themselves out: Refused."""
    require(actor, Right.SETUP)
    person = _person(person_id)
    if person.pk == actor.person_id and not active:
        raise Refused("You cannot close your own account.", todo="Ask another administrator.")
    person.is_active = active
    person.save(update_fields=["is_active"])
    return person


def check_password_strength(password: str, person: Person | None = None) -> None:
    """Raise Invalid with the reasons when a password is too easy to guess."""
    try:
        validate_password(password, person)
    except ValidationError as problem:
        raise Invalid({"password": " ".join(problem.messages)}) from problem


def note_failed_sign_in(*, email: str, remote: str) -> None:
    """Keep a failed sign-in, known account or not, and forget those that no longer count."""
    now = clock.now()
    SignInAttempt.objects.filter(at__lt=now - timedelta(seconds=SIGN_IN_WINDOW)).delete()
    SignInAttempt.objects.create(address=email.strip().lower()[:254], remote=remote[:64], at=now)


def forget_failed_sign_ins(*, email: str, remote: str) -> None:
    """A sign-in that worked starts the count anew."""
    SignInAttempt.objects.filter(address=email.strip().lower(), remote=remote).delete()


def _person(person_id: int) -> Person:
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
    person = Person(
        email=address,
        name=one_line(name, 120),
        roles=[Role(role).value for role in roles],
        organisation=organisation,
        created_at=clock.now(),
        **rest,
    )
    person.set_password(password) if password else person.set_unusable_password()
    try:
        with transaction.atomic():
            person.save(force_insert=True)
    except IntegrityError as problem:
        raise AddressTaken from problem
    return person


def name_account_manager(*, actor: Actor, organisation_id: int, person_id: int | None) -> None:
    """Say who looks after a customer; None for nobody. Raises NotFound."""
    require(actor, Right.SETUP)
    if not Organisation.objects.filter(pk=organisation_id).update(account_manager_id=person_id):
        raise NotFound


def record_skill(*, actor: Actor, person_id: int, skill: str, level: int) -> None:
    """Note that a person has a skill at a level from 1 (learns) to 3 (teaches); the last word counts.

    `skill` is its short name; a new one is made. Raises Invalid for another level.
    """
    require(actor, Right.SETUP)
    if level not in (1, 2, 3):
        raise Invalid({"level": "Levels run from 1 to 3."})
    with transaction.atomic():
        known, _ = Skill.objects.get_or_create(key=skill, defaults={"name": skill.replace("-", " ").capitalize()})
        PersonSkill.objects.update_or_create(person_id=person_id, skill=known, defaults={"level": level})


def record_certificate(
    *,
    actor: Actor,
    person_id: int,
    name: str,
    issuer: str,
    issued_on: date,
    expires_on: date | None,
    number: str = "",
    skill: str = "",
) -> Certificate:
    """Note a person's certificate, with the skill it proves. Raises Invalid when it expires before its issue."""
    require(actor, Right.SETUP)
    if expires_on is not None and expires_on < issued_on:
        raise Invalid({"expires_on": "A certificate cannot expire before it was issued."})
    return Certificate.objects.create(
        person_id=person_id,
        name=one_line(name, 120),
        issuer=one_line(issuer, 120),
        number=one_line(number, 80),
        skill=Skill.objects.filter(key=skill).first(),
        issued_on=issued_on,
        expires_on=expires_on,
    )


def plan_week(*, actor: Actor, person_id: int, week: Mapping[int, tuple[int, int]]) -> None:
    """Set a person's working week: weekday (0 is Monday) to first and last minute of the day, local time."""
    require(actor, Right.SETUP)
    shifts = [
        Shift(person_id=person_id, weekday=day, from_minute=begin, to_minute=end) for day, (begin, end) in week.items()
    ]
    if any(not (0 <= s.weekday <= 6 and 0 <= s.from_minute < s.to_minute <= 1440) for s in shifts):  # noqa: PLR2004 (a week, a day)
        raise Invalid({"week": "A shift begins before it ends, within one day."})
    with transaction.atomic():
        Shift.objects.filter(person_id=person_id).delete()
        Shift.objects.bulk_create(shifts)


def record_absence(
    *,
    actor: Actor,
    person_id: int,
    starts_at: datetime,
    ends_at: datetime,
    reason: str = "leave",
    deputy_id: int | None = None,
) -> Absence:
    """Note that a person is away, up to but not including `ends_at`. One's own, or with the right to set up."""
    if actor.person_id != person_id:
        require(actor, Right.SETUP)
    if ends_at <= starts_at:
        raise Invalid({"ends_at": "An absence ends after it starts."})
    return Absence.objects.create(
        person_id=person_id,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=one_line(reason, 20),
        deputy_id=deputy_id,
    )


def issue_token(*, actor: Actor, person_id: int, name: str, days: int | None = TOKEN_DAYS) -> tuple[ApiToken, str]:
    """Make a token for oneself, or for anybody with the right to set up; the secret is told now and never again.

    `days` until it expires, None for never. Raises Invalid without a name, Refused past `TOKENS_EACH`, and NotFound.
    """
    if actor.person_id != person_id:
        require(actor, Right.SETUP)
    if not one_line(name, 80):
        raise Invalid({"name": "Say what the token is for."})
    if days is not None and not 0 < days <= TOKEN_DAYS_MOST:
        raise Invalid({"days": f"A token lives from 1 day to {TOKEN_DAYS_MOST:,}, or without an end."})
    now = clock.now()
    with transaction.atomic():
        person = Person.objects.get_queryset().select_for_update().filter(pk=person_id, is_active=True).first()
        if person is None:
            raise NotFound
        if ApiToken.objects.usable(now).filter(person=person).count() >= TOKENS_EACH:
            raise Refused(f"{person} has {TOKENS_EACH} tokens already.", todo="Revoke one that is no longer needed.")
        secret = f"tierline_{ids.token(32)}"
        token = ApiToken.objects.create(
            person=person,
            name=one_line(name, 80),
            sha256=token_digest(secret),
            created_at=now,
            expires_at=None if days is None else now + timedelta(days=days),
        )
    return token, secret


def revoke_token(*, actor: Actor, token_id: int) -> ApiToken:
    """End a token at once; ending it twice is fine. One's own, or anybody's with the right to set up: else NotFound."""
    token = ApiToken.objects.filter(pk=token_id).first()
    if token is None:
        raise NotFound
    if actor.person_id != token.person_id:
        require(actor, Right.SETUP)
    if token.revoked_at is None:
        token.revoked_at = clock.now()
        token.save(update_fields=["revoked_at"])
    return token


def admit_by_token(*, secret: str, request_id: str = "") -> tuple[Actor, int]:
    """Who comes in with a token, and the token's id; its use is noted once an hour. Raises UnknownToken."""
    now = clock.now()
    holder = actor_by_token(secret, at=now, request_id=request_id) if secret else None
    if holder is None:
        raise UnknownToken
    if holder.last_used_at is None or (now - holder.last_used_at).total_seconds() >= TOKEN_USE_NOTED:
        ApiToken.objects.filter(pk=holder.token_id).update(last_used_at=now)
    return holder.actor, holder.token_id
