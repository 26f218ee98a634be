"""What happens to a person's own record, to a skill, to a group's on-call rotation, and to an organisation.

Days are ISO dates, moments ISO with a zone; weeks are `[weekday, from, to]` with minutes from midnight.
"""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from tierline.core.timeline.rules import ERASED, Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class RolesChanged(Payload):
    """Roles were given or taken: on every desk, or on one (`desk_id`, else 0)."""

    kind: ClassVar[str] = "person.roles_changed"
    given: list[str]
    taken: list[str]
    desk_id: int = 0
    desk: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillRecorded(Payload):
    """A skill has this level now; 0 for none. `suggested` tells that it follows the suggestion of the evidence."""

    kind: ClassVar[str] = "person.skill_recorded"
    skill: str
    level: int
    before: int = 0
    suggested: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageRecorded(Payload):
    """A language at a level of the Common European Framework; an empty level for none."""

    kind: ClassVar[str] = "person.language_recorded"
    code: str
    level: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRecorded(Payload):
    kind: ClassVar[str] = "person.certificate_recorded"
    certificate_id: int
    name: str
    skill: str
    expires_on: str = ""

    def erase(self) -> Self:
        return replace(self, name=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateWithdrawn(Payload):
    kind: ClassVar[str] = "person.certificate_withdrawn"
    certificate_id: int
    name: str
    skill: str

    def erase(self) -> Self:
        return replace(self, name=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateExpires(Payload):
    """A reminder: so many days before the last day on which a certificate counts."""

    kind: ClassVar[str] = "person.certificate_expires"
    certificate_id: int
    name: str
    skill: str
    expires_on: str
    days_before: int

    def erase(self) -> Self:
        return replace(self, name=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekPlanned(Payload):
    kind: ClassVar[str] = "person.week_planned"
    before: list[list[int]]
    after: list[list[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPlanned(Payload):
    """One day differs from the week: `spans` as `[from, to]`, none for a day off. `lifted` when it does no longer."""

    kind: ClassVar[str] = "person.day_planned"
    day: str
    spans: list[list[int]]
    lifted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceRecorded(Payload):
    """Away from one moment to another. The reason is kept with the absence only."""

    kind: ClassVar[str] = "person.absence_recorded"
    absence_id: int
    starts_at: str
    ends_at: str
    deputy_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceCancelled(Payload):
    kind: ClassVar[str] = "person.absence_cancelled"
    absence_id: int
    starts_at: str
    ends_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacitySet(Payload):
    """How many open tickets somebody can look after at the same time."""

    kind: ClassVar[str] = "person.capacity_set"
    before: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillNamed(Payload):
    """A skill was made (`before` is empty) or renamed or described anew."""

    kind: ClassVar[str] = "skill.named"
    name: str
    description: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillLinked(Payload):
    """The skill brings some of `toward` (a key) now: `link` is the kind of the link, empty when it was taken away."""

    kind: ClassVar[str] = "skill.linked"
    toward: str
    link: str
    before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationPlanned(Payload):
    """A group's on-call rotation: whose turn in which order (ids), each for `days` days from `first_at` on."""

    kind: ClassVar[str] = "group.rotation_planned"
    rotation_id: int
    people: list[int]
    before: list[int]
    first_at: str
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCallTakenOver(Payload):
    """Somebody (an id) takes the on-call telephone for a while."""

    kind: ClassVar[str] = "group.on_call_taken_over"
    rotation_id: int
    person_id: int
    starts_at: str
    ends_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationChanged(Payload):
    """An organisation is described so now. `before` is empty for one that was just made; managers are ids, 0 nobody."""

    kind: ClassVar[str] = "organisation.changed"
    name: str
    domain: str
    account_manager_id: int
    before: dict[str, str]
