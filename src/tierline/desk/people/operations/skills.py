"""What people can do, and the certificates that prove it."""

from datetime import date

from django.db import transaction

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid
from tierline.core.kernel.text import one_line
from tierline.desk.people.models import (
    Certificate,
    PersonSkill,
    Skill,
)
from tierline.desk.people.rules import (
    Right,
    require,
)


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
