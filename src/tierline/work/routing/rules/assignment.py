"""Who may have a ticket, and what speaks for and against each of them.

Duties exclude (shift, absence, certificate on the day where the person is, skill, capacity). Wishes are counted in
points, fewer being better. `deal` sets both against each other for a whole queue.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LANGUAGE_POINTS = 40
LOAD_POINTS = 100
"""For a person whose places are all taken; each place counts its part."""

LEVEL_POINTS = 3
AFFINITY_POINTS = 30
FAIRNESS_POINTS = 20
"""At most, for having received more than the others of the group in the last week; as much less for fewer."""

STRETCH_POINTS = 25
STRETCH_EVERY = 5
STRETCH_PRIORITY = 3
"""Every fifth ticket by its number, unless more urgent than P3, is open to people one level below, with a mentor."""

TEACHES = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member of the group. `certificates` maps a key to its last valid day, None if it does not expire.

    `skills` maps a key to a level from 1; `load` counts open tickets, `capacity` how many are healthy, `received` those
    given in the last week. The last day of a certificate ends at midnight in the person's own time zone.
    """

    id: int
    name: str
    on_shift: bool = True
    absent: bool = False
    skills: Mapping[str, int] = field(default_factory=dict)
    certificates: Mapping[str, date | None] = field(default_factory=dict)
    languages: frozenset[str] = frozenset()
    load: int = 0
    capacity: int = 10
    received: int = 0
    timezone: str = "UTC"
    away_until: datetime | None = None
    deputy: str = ""

    @property
    def present(self) -> bool:
        """Whether work can be given to them now."""
        return self.on_shift and not self.absent

    @property
    def free(self) -> int:
        """Places not taken."""
        return max(self.capacity - self.load, 0)

    @property
    def relative_load(self) -> float:
        """Open tickets per place; 1.0 is full."""
        return self.load / self.capacity if self.capacity > 0 else 1.0


@dataclass(frozen=True, slots=True)
class Need:
    """What the ticket asks of its owner: skills with levels, certificates as a duty, a language.

    `stretch`: people one level below may have it, if a colleague who teaches the skill is there.
    """

    skills: Mapping[str, int] = field(default_factory=dict)
    certificates: tuple[str, ...] = ()
    language: str = ""
    stretch: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """One line of the receipt: a rule, its points (fewer are better), and the sentence for it."""

    rule: str
    points: int
    because: str


@dataclass(frozen=True, slots=True)
class Excluded:
    """Somebody who may not be chosen, and the first duty that says so."""

    id: int
    name: str
    rule: str
    because: str


@dataclass(frozen=True, slots=True)
class Setting:
    """What duties and wishes look at beside the person: the moment, who teaches which skill, and the group's mean."""

    at: datetime
    mentors: Mapping[str, tuple[Candidate, ...]] = field(default_factory=dict)
    mean_received: float = 0.0


def setting_of(people: Sequence[Candidate], at: datetime) -> Setting:
    """The setting in which a group's tickets are dealt."""
    mentors: dict[str, tuple[Candidate, ...]] = {}
    for one in sorted(people, key=lambda one: (one.relative_load, one.id)):
        for key, level in one.skills.items():
            if one.present and level >= TEACHES:
                mentors[key] = (*mentors.get(key, ()), one)
    places = sum(one.capacity for one in people)
    return Setting(at, mentors, sum(one.received for one in people) / places if places else 0.0)


def learns(person: Candidate, need: Need, setting: Setting) -> tuple[str, Candidate] | None:
    """The skill that somebody would stretch for, with the colleague who teaches it; None if it would be no stretch.

    They lack exactly one level of exactly one skill, which they have begun, and a mentor is there.
    """
    if not need.stretch:
        return None
    lacking = [(key, level - person.skills.get(key, 0)) for key, level in need.skills.items()]
    short = [(key, gap) for key, gap in lacking if gap > 0]
    if len(short) != 1 or short[0][1] != 1 or short[0][0] not in person.skills:
        return None
    key = short[0][0]
    mentor = next((one for one in setting.mentors.get(key, ()) if one.id != person.id), None)
    return (key, mentor) if mentor is not None else None


Duty = Callable[[Candidate, Need, Setting], str]
"""Returns why the candidate fails the duty, or an empty text."""


def _shift(person: Candidate, _: Need, __: Setting) -> str:
    return "" if person.on_shift else "is not on shift"


def _absence(person: Candidate, _: Need, __: Setting) -> str:
    if not person.absent:
        return ""
    until = f" until {_local(person, person.away_until):%Y-%m-%d %H:%M}" if person.away_until else ""
    return f"is absent{until}" + (f"; {person.deputy} stands in" if person.deputy else "")


def _certificate(person: Candidate, need: Need, setting: Setting) -> str:
    for key in need.certificates:
        if key not in person.certificates:
            return f"has no certificate {key}"
        last_day = person.certificates[key]
        if last_day is not None and last_day < _local(person, setting.at).date():
            return f"has a certificate {key} that lapsed on {last_day.isoformat()}"
    return ""


def _skill(person: Candidate, need: Need, setting: Setting) -> str:
    for key, level in need.skills.items():
        has = person.skills.get(key, 0)
        if has < level and learns(person, need, setting) is None:
            return f"has {key} at level {has}, {level} is needed"
    return ""


def _capacity(person: Candidate, _: Need, __: Setting) -> str:
    return "" if person.free else f"has {person.load} of {person.capacity} places taken"


DUTIES: dict[str, Duty] = {
    "shift": _shift,
    "absence": _absence,
    "certificate": _certificate,
    "skill": _skill,
    "capacity": _capacity,
}

Wish = Callable[[Candidate, Need, Setting], Point | None]
"""Returns what a person's side of a wish counts, or None where the ticket or the person has nothing to do with it."""


def _language(person: Candidate, need: Need, _: Setting) -> Point | None:
    if not need.language:
        return None
    if need.language in person.languages:
        return Point("language", 0, f"speaks {need.language}")
    return Point("language", LANGUAGE_POINTS, f"does not speak {need.language}")


def _level(person: Candidate, need: Need, _: Setting) -> Point | None:
    if not need.skills:
        return None
    above = sum(max(person.skills.get(key, 0) - level, 0) for key, level in need.skills.items())
    words = ", ".join(f"{key} at level {person.skills.get(key, 0)}" for key in need.skills)
    return Point("level", -LEVEL_POINTS * above, words)


def _fairness(person: Candidate, _: Need, setting: Setting) -> Point | None:
    if person.capacity == 0:
        return None
    ahead = round(LOAD_POINTS * (person.received / person.capacity - setting.mean_received))
    if ahead == 0:
        return None
    points = max(-FAIRNESS_POINTS, min(FAIRNESS_POINTS, ahead))
    words = "more" if points > 0 else "less"
    return Point("fairness", points, f"received {person.received} in seven days, {words} than their part")


def _stretch(person: Candidate, need: Need, setting: Setting) -> Point | None:
    stretch = learns(person, need, setting)
    if stretch is None:
        return None
    return Point("stretch", -STRETCH_POINTS, f"learns {stretch[0]}, with {stretch[1].name} as mentor")


WISHES: dict[str, Wish] = {"language": _language, "level": _level, "fairness": _fairness, "stretch": _stretch}
RULES = (*DUTIES, *WISHES, "load", "affinity")
"""Every rule that can be left out. Load and affinity depend on the other tickets and on this one, not on its need."""

PARTS: dict[str, Callable[[Need], Hashable]] = {
    "certificate": lambda need: need.certificates,
    "skill": lambda need: (tuple(sorted(need.skills.items())), need.stretch),
    "language": lambda need: need.language,
    "level": lambda need: tuple(sorted(need.skills.items())),
    "stretch": lambda need: (tuple(sorted(need.skills.items())), need.stretch),
}
"""The part of a need that a rule looks at; rules that are not here look at the person alone."""


def wishes(person: Candidate, need: Need, setting: Setting) -> list[Point]:
    """What speaks for and against a person, the load and the affinity apart: those depend on the tickets."""
    return [point for wish in WISHES.values() if (point := wish(person, need, setting)) is not None]


def load_points(person: Candidate, taken: int) -> int:
    """The points for the next ticket of somebody who has `taken` open ones: the share of places, half of its own in."""
    return LOAD_POINTS * (2 * taken + 1) // (2 * person.capacity) if person.capacity else LOAD_POINTS


def _local(person: Candidate, at: datetime) -> datetime:
    """The moment on the person's own clock; one whose time zone is unknown counts in UTC."""
    try:
        return at.astimezone(ZoneInfo(person.timezone))
    except (KeyError, ValueError, OSError):  # a name that never was, or a path
        return at.astimezone(UTC)


def open_to_learners(number: int, priority: int) -> bool:
    """Whether a ticket belongs to the share that people one level below may have."""
    return number % STRETCH_EVERY == 0 and priority >= STRETCH_PRIORITY
