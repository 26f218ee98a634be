"""Problems by ITIL: identification, control, error control. What a fixture is, and when a fix counts. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from tierline.core.kernel.errors import Invalid

CLUSTER = 3
"""So many tickets with the same fault suggest a problem ..."""
CLUSTER_DAYS = 14
"""... when they were opened within so many days."""
RETRO_DAYS = 90
"""A newly published known error is tried on the tickets of so many days."""
MOST_FIXTURES = 50
MOST_LOG = 200_000
"""Characters of log in one fixture."""


class ProblemState(StrEnum):
    """The reportable phases: found, cause known, a known error or fix is in force, closed."""

    IDENTIFIED = "identified"
    CONTROLLED = "controlled"
    ERROR_CONTROLLED = "error_controlled"
    CLOSED = "closed"


_ORDER = list(ProblemState)


class KnownErrorState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class KnownErrorAudience(StrEnum):
    """Who may read the record. Its workaround is told to requesters only where `lowest_tier` is 0."""

    INTERNAL = "internal"
    REQUESTER = "requester"


class ScanState(StrEnum):
    """A scan of past tickets runs, is done, or was dropped for a newer one."""

    RUNNING = "running"
    DONE = "done"
    DROPPED = "dropped"


class FixState(StrEnum):
    """A fix counts when the reproduction that failed now passes."""

    RECORDED = "recorded"
    VERIFIED = "verified"
    FAILED = "failed"


def forward(state: str, to: ProblemState) -> ProblemState:
    """The later of two phases: what was learned is not unlearned."""
    return max(ProblemState(state), to, key=_ORDER.index)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixture:
    """An example a matcher must or must not catch: a past ticket, or words, facts and a log written down."""

    name: str
    ticket_id: int | None = None
    text: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    log: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixtures:
    """The examples of one known error."""

    must: tuple[Fixture, ...] = ()
    must_not: tuple[Fixture, ...] = ()


def parse_fixtures(data: object) -> Fixtures:
    """`{"must": [...], "must_not": [...]}` with objects of `ticket` or of `name`, `text`, `facts`, `log`.

    Raises Invalid naming the place of each fault.
    """
    if not isinstance(data, Mapping) or set(data) - {"must", "must_not"}:
        raise Invalid({"fixtures": "Fixtures are an object with two lists, must and must_not."})
    faults: dict[str, str] = {}
    must, must_not = (_fixtures(data.get(key, []), key, faults) for key in ("must", "must_not"))
    if faults:
        raise Invalid(faults)
    return Fixtures(must=must, must_not=must_not)


def _fixtures(given: object, key: str, faults: dict[str, str]) -> tuple[Fixture, ...]:
    if not isinstance(given, list) or len(given) > MOST_FIXTURES:
        faults[f"fixtures.{key}"] = f"This is a list of at most {MOST_FIXTURES} examples."
        return ()
    return tuple(_fixture(one, f"fixtures.{key}.{at}", faults) for at, one in enumerate(given, start=1))


def _fixture(one: object, place: str, faults: dict[str, str]) -> Fixture:
    known = {"ticket", "name", "text", "facts", "log"}
    if not isinstance(one, Mapping) or not one or set(one) - known:
        faults[place] = f"An example is an object with some of: {', '.join(sorted(known))}."
        return Fixture(name=place)
    if "ticket" in one:
        if not isinstance(one["ticket"], int) or isinstance(one["ticket"], bool):
            faults[place] = "A ticket is named by its number."
            return Fixture(name=place)
        return Fixture(name=str(one.get("name") or f"ticket {one['ticket']}"), ticket_id=one["ticket"])
    facts, log = one.get("facts", {}), one.get("log", "")
    if not isinstance(facts, Mapping):
        faults[place] = "Facts are an object: name to text."
        return Fixture(name=place)
    if not isinstance(log, str) or len(log) > MOST_LOG:
        faults[place] = f"A log is a text of at most {MOST_LOG:,} characters."
        return Fixture(name=place)
    name = str(one.get("name") or f"example {place.rpartition('.')[2]}")
    plain = {str(key): str(value) for key, value in facts.items()}
    return Fixture(name=name, text=str(one.get("text", "")), facts=plain, log=log)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a recipe gave on one release: the fault showed in `reproduced` of `asked` runs."""

    release: str
    reproduced: int
    asked: int

    def __str__(self) -> str:
        return f"{self.reproduced} of {self.asked} on {self.release or 'the only release'}"


def judge_fix(affected: Proof | None, fixed: Proof | None) -> tuple[FixState, str]:
    """Whether a fix counts, and why in one sentence.

    `affected` is the proof from a release with the fault, `fixed` that from the release with the fix; None where no
    run could decide anything.
    """
    if fixed is None:
        return FixState.FAILED, "Not verified: the recipe could not be run on the fixed release."
    if fixed.reproduced:
        return FixState.FAILED, f"Not fixed: the fault still shows in {fixed}."
    if affected is None or not affected.reproduced:
        seen = f" ({affected})" if affected else ""
        return FixState.FAILED, f"Not proven: the recipe never showed the fault on an affected release{seen}."
    return FixState.VERIFIED, f"Verified: {affected}, {fixed}."


def told_of_fix(*, title: str, product: str, fixed_in: str, version: str) -> str:
    """What the requester of a linked ticket reads when the fix is verified, in plain words."""
    what = f"{product} {fixed_in}".strip()
    lines = [f"We found the cause of what you reported (“{title}”), and it is fixed in {what}."]
    if version and version != fixed_in:
        lines.append(f"You told us that you use version {version}. Please update to {fixed_in}.")
    lines.append("If it still happens afterwards, answer this message: your request stays open until you say so.")
    return "\n\n".join(lines)


def told_of_article(*, title: str, reference: str) -> str:
    """What the requester of a linked ticket reads when an article about its problem is published."""
    return (
        f"There is now an article about what you reported: “{title}” ({reference}). You find it in the help portal.\n\n"
        "If it does not help, answer this message: we are still working on the cause."
    )


def closing_gap(*, fix_states: Sequence[str], reason: str) -> str:
    """Why a problem cannot be closed yet; empty when it can."""
    if FixState.VERIFIED in fix_states or reason.strip():
        return ""
    if FixState.RECORDED in fix_states:
        return "The fix is recorded and not verified. Verify it, or give the reason for closing without."
    return "There is no verified fix. Give the reason for closing without one, such as an accepted risk."
