"""What people can do: skills with levels, how skills help with others, and languages."""

from django.db import IntegrityError, connection, transaction

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import one_line
from tierline.desk.people.errors import KeyTaken, SkillsGoInCircles
from tierline.desk.people.events import LanguageRecorded, SkillLinked, SkillNamed, SkillRecorded
from tierline.desk.people.models import PersonLanguage, PersonSkill, Skill, SkillLink
from tierline.desk.people.queries import links
from tierline.desk.people.rules import LANGUAGE_LEVELS, LEVELS, LinkKind, Right, require
from tierline.desk.people.rules.skills import leads_back

from .recording import locked, note

_GRAPH_LOCK = 8421  # any number, but the same in every process: two links at once could close a cycle


def create_skill(*, actor: Actor, key: str, name: str, description: str = "") -> Skill:
    """A skill that people can have. Raises KeyTaken, and Invalid without a name."""
    require(actor, Right.STAFF_PLAN)
    if not one_line(name, 80) or not key:
        raise Invalid({"name": "A skill needs a name."})
    try:
        with transaction.atomic():
            skill = Skill.objects.create(key=key, name=one_line(name, 80), description=one_line(description, 300))
            note(skill, SkillNamed(name=skill.name, description=skill.description), actor=actor)
            return skill
    except IntegrityError as problem:
        raise KeyTaken from problem


def change_skill(*, actor: Actor, skill_id: int, name: str, description: str = "") -> Skill:
    """Rename or describe a skill; its key stays, since rules point to it. Raises NotFound and Invalid."""
    require(actor, Right.STAFF_PLAN)
    if not one_line(name, 80):
        raise Invalid({"name": "A skill needs a name."})
    with transaction.atomic():
        skill = _skill(skill_id)
        before = skill.name
        skill.name, skill.description = one_line(name, 80), one_line(description, 300)
        skill.save(update_fields=["name", "description"])
        note(skill, SkillNamed(name=skill.name, description=skill.description, before=before), actor=actor)
        return skill


def link_skills(*, actor: Actor, skill_id: int, toward_id: int, kind: LinkKind) -> SkillLink:
    """Say that a skill is a part of another or helps with it; linking twice changes the kind.

    Raises NotFound, and SkillsGoInCircles when following the links would lead back.
    """
    require(actor, Right.STAFF_PLAN)
    with transaction.atomic():
        _lock_graph()
        skill, toward = _skill(skill_id), _skill(toward_id)
        if leads_back(links(), skill.key, toward.key):
            raise SkillsGoInCircles(f"{toward} leads back to {skill} already.")
        before = _kind_of(skill, toward)
        link, _ = SkillLink.objects.update_or_create(
            skill=skill, toward=toward, defaults={"kind": LinkKind(kind).value}
        )
        if before != link.kind:
            note(skill, SkillLinked(toward=toward.key, link=link.kind, before=before), actor=actor)
        return link


def unlink_skills(*, actor: Actor, skill_id: int, toward_id: int) -> None:
    """Take a link away; none being there is fine. Raises NotFound for a skill that is not there."""
    require(actor, Right.STAFF_PLAN)
    with transaction.atomic():
        _lock_graph()
        skill, toward = _skill(skill_id), _skill(toward_id)
        if before := _kind_of(skill, toward):
            SkillLink.objects.filter(skill=skill, toward=toward).delete()
            note(skill, SkillLinked(toward=toward.key, link="", before=before), actor=actor)


def record_skill(*, actor: Actor, person_id: int, skill: str, level: int, suggested: bool = False) -> None:
    """Note that a person has a skill at a level from 1 (learns) to 3 (teaches), 0 for none; the last word counts.

    `skill` is its short name; a new one is made. Raises NotFound, and Invalid for another level.
    """
    if level != 0 and level not in LEVELS:
        raise Invalid({"level": "Levels run from 1 to 3."})
    with transaction.atomic():
        person = locked(actor, person_id)
        known, _ = Skill.objects.get_or_create(key=skill, defaults={"name": skill.replace("-", " ").capitalize()})
        held = PersonSkill.objects.filter(person=person, skill=known)
        before = held.values_list("level", flat=True).first() or 0
        if before == level:
            return
        if level == 0:
            held.delete()
        else:
            PersonSkill.objects.update_or_create(person=person, skill=known, defaults={"level": level})
        note(person, SkillRecorded(skill=skill, level=level, before=before, suggested=suggested), actor=actor)


def record_language(*, actor: Actor, person_id: int, code: str, level: str) -> None:
    """Note a language (two letters of ISO 639-1) with its level from A1 to C2, empty for none. One's own, or planned.

    Raises NotFound and Invalid.
    """
    code = code.strip().lower()
    if len(code) != 2 or not code.isascii() or not code.isalpha():  # noqa: PLR2004 (ISO 639-1)
        raise Invalid({"code": "Name the language in two letters: de, en, fr."})
    if level and level not in LANGUAGE_LEVELS:
        raise Invalid({"level": f"Levels run from {LANGUAGE_LEVELS[0]} to {LANGUAGE_LEVELS[-1]}."})
    with transaction.atomic():
        person = locked(actor, person_id, own=True)
        if level:
            PersonLanguage.objects.update_or_create(person=person, code=code, defaults={"level": level})
        else:
            PersonLanguage.objects.filter(person=person, code=code).delete()
        note(person, LanguageRecorded(code=code, level=level), actor=actor)


def _lock_graph() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_GRAPH_LOCK])


def _kind_of(skill: Skill, toward: Skill) -> str:
    """The kind of the link between two skills; empty for none."""
    return SkillLink.objects.filter(skill=skill, toward=toward).values_list("kind", flat=True).first() or ""


def _skill(skill_id: int) -> Skill:
    """A skill, locked until the transaction ends. Raises NotFound."""
    found = Skill.objects.select_for_update().filter(pk=skill_id).first()
    if found is None:
        raise NotFound
    return found
