"""Choosing one person for one ticket, with the reasons and what would have been otherwise.

Duties (present, not absent, certificate valid on the day, skill) exclude; wishes (language, load) rank.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

NO_CAPACITY = 99.0
"""Load of somebody with a capacity of zero: last in every ranking."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member of the group. `certificates` maps a key to its last valid day, None if it does not expire.

    `skills` maps a key to a level from 1; `load` counts open tickets, `capacity` how many are healthy.
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

    @property
    def relative_load(self) -> float:
        """Open tickets per place; 1.0 is full."""
        return self.load / self.capacity if self.capacity > 0 else NO_CAPACITY


@dataclass(frozen=True, slots=True)
class Need:
    """What the ticket asks of its owner: skills with levels, certificates as a duty, a language."""

    skills: Mapping[str, int] = field(default_factory=dict)
    certificates: tuple[str, ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True)
class Excluded:
    """Somebody who may not be chosen, and the first duty that says so."""

    id: int
    name: str
    rule: str
    because: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """The choice. `person_id` is None if nobody may take it: it stays with the group, and `why` says so."""

    person_id: int | None
    name: str
    why: tuple[str, ...]
    runner_up: str = ""
    otherwise: tuple[str, ...] = ()
    excluded: tuple[Excluded, ...] = ()

    def receipt(self) -> dict[str, Any]:
        """The choice as JSON, for the timeline and for the page's "why"."""
        return asdict(self) | {
            "why": list(self.why),
            "otherwise": list(self.otherwise),
            "excluded": [asdict(one) for one in self.excluded],
        }


Duty = Callable[[Candidate, Need, datetime], str]
"""Returns why the candidate fails the duty, or an empty text."""


def _shift(candidate: Candidate, _: Need, __: datetime) -> str:
    return "" if candidate.on_shift else "is not on shift"


def _absence(candidate: Candidate, _: Need, __: datetime) -> str:
    return "is absent" if candidate.absent else ""


def _certificate(candidate: Candidate, need: Need, at: datetime) -> str:
    for key in need.certificates:
        if key not in candidate.certificates:
            return f"has no certificate {key}"
        last_day = candidate.certificates[key]
        if last_day is not None and last_day < at.date():
            return f"has a certificate {key} that lapsed on {last_day.isoformat()}"
    return ""


def _skill(candidate: Candidate, need: Need, _: datetime) -> str:
    for key, level in need.skills.items():
        has = candidate.skills.get(key, 0)
        if has < level:
            return f"has {key} at level {has}, {level} is needed"
    return ""


DUTIES: dict[str, Duty] = {
    "shift": _shift,
    "absence": _absence,
    "certificate": _certificate,
    "skill": _skill,
}


def choose_assignee(candidates: Sequence[Candidate], need: Need, at: datetime) -> Assignment:
    """The candidate who meets every duty and ranks first.

    Ranking: speaks the language, lower load relative to capacity, higher skill, then the lower id, so that
    the same question always has the same answer. Where one duty changed the outcome, `otherwise` names it.
    """
    fit, excluded = _sift(candidates, need, at, without="")
    ranked = sorted(fit, key=lambda one: _rank(one, need))
    otherwise = _counterfactuals(candidates, need, at, ranked[0] if ranked else None)
    if not ranked:
        return Assignment(None, "", (_nobody(excluded),), otherwise=otherwise, excluded=excluded)
    first = ranked[0]
    return Assignment(
        person_id=first.id,
        name=first.name,
        why=_reasons(first, ranked, need),
        runner_up=ranked[1].name if len(ranked) > 1 else "",
        otherwise=otherwise,
        excluded=excluded,
    )


def _sift(
    candidates: Sequence[Candidate], need: Need, at: datetime, *, without: str
) -> tuple[list[Candidate], tuple[Excluded, ...]]:
    fit: list[Candidate] = []
    excluded: list[Excluded] = []
    for candidate in candidates:
        failed = next(
            ((rule, why) for rule, duty in DUTIES.items() if rule != without and (why := duty(candidate, need, at))),
            None,
        )
        if failed is None:
            fit.append(candidate)
        else:
            excluded.append(Excluded(candidate.id, candidate.name, failed[0], failed[1]))
    return fit, tuple(excluded)


def _rank(candidate: Candidate, need: Need) -> tuple[bool, float, int, int]:
    speaks = not need.language or need.language in candidate.languages
    strength = sum(candidate.skills.get(key, 0) for key in need.skills)
    return not speaks, candidate.relative_load, -strength, candidate.id


def _reasons(first: Candidate, ranked: Sequence[Candidate], need: Need) -> tuple[str, ...]:
    reasons = ["on shift and not absent"]
    if need.certificates:
        reasons.append("certificate valid: " + ", ".join(need.certificates))
    if need.skills:
        reasons.append(", ".join(f"{key} at level {first.skills.get(key, 0)}" for key in need.skills))
    if need.language:
        speaks = need.language in first.languages
        reasons.append(f"speaks {need.language}" if speaks else f"nobody fit speaks {need.language}")
    reasons.append(f"{first.load} of {first.capacity} places taken")
    if len(ranked) > 1:
        second = ranked[1]
        reasons.append(f"next would be {second.name} with {second.load} of {second.capacity}")
    else:
        reasons.append("nobody else could")
    return tuple(reasons)


def _nobody(excluded: Sequence[Excluded]) -> str:
    if not excluded:
        return "the group has no members: stays with the group"
    if all(one.rule in {"shift", "absence"} for one in excluded):
        return "nobody present: stays with the group"
    return "nobody present may take it: stays with the group"


def _counterfactuals(
    candidates: Sequence[Candidate], need: Need, at: datetime, chosen: Candidate | None
) -> tuple[str, ...]:
    found = []
    for rule in DUTIES:
        fit, _ = _sift(candidates, need, at, without=rule)
        other = min(fit, key=lambda one: _rank(one, need), default=None)
        if other is not None and other != chosen:
            found.append(f"without the {rule} rule it would be {other.name}")
    return tuple(found)


def on_shift(shifts: Sequence[tuple[int, int, int]], timezone: str, at: datetime) -> bool:
    """Whether a weekly shift covers the moment; somebody without shifts always counts as present.

    A shift is (weekday, from, to): Monday is 0, minutes count from midnight in the person's time zone.
    """
    if not shifts:
        return True
    local = at.astimezone(ZoneInfo(timezone))
    minute = local.hour * 60 + local.minute
    return any(weekday == local.weekday() and start <= minute < end for weekday, start, end in shifts)
