"""What people can do at a moment: skills with their graph, valid certificates and languages."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from tierline.core.kernel.errors import NotFound
from tierline.desk.people.models import Certificate, PersonLanguage, PersonSkill, SkillLink
from tierline.desk.people.rules.skills import Link, can_help_in, effective_levels


@dataclass(frozen=True, slots=True)
class Abilities:
    """What somebody can do on a day. `levels` counts what links bring, `recorded` only what was written down.

    `certificates` maps a skill to the last day of its longest certificate, None for one without an end; those that
    lapsed are in it too, so that one can say when. `languages` are those one can help in, `spoken` all with levels.
    """

    recorded: dict[str, int] = field(default_factory=dict)
    levels: dict[str, int] = field(default_factory=dict)
    certificates: dict[str, date | None] = field(default_factory=dict)
    spoken: dict[str, str] = field(default_factory=dict)

    @property
    def languages(self) -> frozenset[str]:
        """Two-letter codes of the languages good enough to help people in."""
        return frozenset(code for code, level in self.spoken.items() if can_help_in(level))

    def certified(self, skill: str, on: date) -> bool:
        """Whether a certificate of the skill counts on a day: up to and including its last."""
        last = self.certificates.get(skill, date.min)
        return last is None or on <= last


def links() -> list[Link]:
    """The graph of skills, by their keys."""
    found = SkillLink.objects.order_by("skill__key", "toward__key")
    return list(found.values_list("skill__key", "toward__key", "kind"))


def certificate(certificate_id: int) -> Certificate:
    """A certificate with its holder and its skill. Raises NotFound."""
    found = Certificate.objects.select_related("person", "skill").filter(pk=certificate_id).first()
    if found is None:
        raise NotFound
    return found


def abilities(person_ids: Iterable[int]) -> dict[int, Abilities]:
    """What each of these persons can do, in four statements; everybody asked for is in it."""
    wanted = sorted(set(person_ids))
    graph = links()
    found = {pk: Abilities() for pk in wanted}
    skills = PersonSkill.objects.filter(person_id__in=wanted)
    for pk, key, level in skills.values_list("person_id", "skill__key", "level"):
        found[pk].recorded[key] = level
    held = Certificate.objects.filter(person_id__in=wanted, skill__isnull=False, withdrawn_at__isnull=True)
    for pk, key, last in held.values_list("person_id", "skill__key", "expires_on"):
        _longest(found[pk].certificates, str(key), last)
    for one in PersonLanguage.objects.filter(person_id__in=wanted).order_by("code"):
        found[one.person_id].spoken[one.code] = one.level
    for able in found.values():
        able.levels.update(effective_levels(able.recorded, graph))
    return found


def _longest(known: dict[str, date | None], key: str, last: date | None) -> None:
    """Of two certificates of one skill the one that lasts longer counts."""
    other = known.get(key, last)
    known[key] = None if last is None or other is None else max(last, other)
