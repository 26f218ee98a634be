"""Passwords, and failed sign-ins that slow down guessing."""

from datetime import timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid
from tierline.desk.people.models import (
    Person,
    SignInAttempt,
)
from tierline.desk.people.rules import (
    SIGN_IN_WINDOW,
    Right,
    require,
)

from .accounts import known_person


def change_password(*, actor: Actor, current: str, new: str) -> Person:
    """Replace one's own password. Raises Invalid when the current one is wrong or the new one too easy to guess."""
    person = known_person(actor.person_id or 0)
    if not person.check_password(current):
        raise Invalid({"current": "This is not your current password."})
    check_password_strength(new, person)
    person.set_password(new)
    person.save(update_fields=["password"])
    return person


def set_password(*, actor: Actor, person_id: int, password: str) -> Person:
    """Give a person a first or a new password. Raises NotFound, and Invalid when it is too easy to guess."""
    require(actor, Right.SETUP)
    person = known_person(person_id)
    check_password_strength(password, person)
    person.set_password(password)
    person.save(update_fields=["password"])
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
