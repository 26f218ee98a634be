"""What happens to a person's own record: who changed their roles, skills, certificates and working time.

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
