"""Vendors (tier 4): what a contract entitles to, the life of a case, the vendor's own references, and their figures.

Pure.
"""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from statistics import median

from tierline.core.kernel.text import one_line

REFERENCE_LIMIT = 60  # characters of a vendor's own token
PATTERN_LIMIT = 40  # characters of a reference pattern
LINK_DAYS = 30
LINK_DAYS_MOST = 90
_RUN = r"\d{1,20}"
_LETTERS = r"[A-Z0-9]{1,20}"
_TAG = re.compile(r"\[(VC-\d{1,12})\]", re.IGNORECASE)


class Gap(StrEnum):
    """Why a contract does not cover a case."""

    NO_CONTRACT = "no_contract"
    EXPIRED = "expired"
    NOT_COVERED = "not_covered"
    NO_CASES_LEFT = "no_cases_left"


GAP_WORDS = {
    Gap.NO_CONTRACT: "there is no contract",
    Gap.EXPIRED: "it has expired",
    Gap.NOT_COVERED: "it does not name this product",
    Gap.NO_CASES_LEFT: "no cases are left",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement:
    """What a contract grants. No `valid_until`: it does not end. No `cases`: as many as one likes. No `products`: all.

    `used` counts the cases that were opened under this contract number.
    """

    number: str = ""
    valid_until: date | None = None
    cases: int | None = None
    used: int = 0
    products: frozenset[int] = frozenset()

    @property
    def cases_left(self) -> int | None:
        """How many more cases it grants; None for as many as one likes."""
        return None if self.cases is None else max(0, self.cases - self.used)


def gaps(granted: Entitlement, *, product_id: int | None, today: date) -> tuple[Gap, ...]:
    """Everything that stands against a case today; empty when the contract covers it. It holds on its last day."""
    if not granted.number:
        return (Gap.NO_CONTRACT,)
    found = {
        Gap.EXPIRED: granted.valid_until is not None and granted.valid_until < today,
        Gap.NOT_COVERED: bool(granted.products) and product_id not in granted.products,
        Gap.NO_CASES_LEFT: granted.cases_left == 0,
    }
    return tuple(gap for gap, stands in found.items() if stands)


class State(StrEnum):
    """Where a case stands: prepared here, with the vendor, answered (with us again), solved by their word, closed."""

    PREPARED = "prepared"
    WITH_VENDOR = "with_vendor"
    ANSWERED = "answered"
    SOLVED = "solved"
    CLOSED = "closed"


OPEN = frozenset(State) - {State.CLOSED}


class Verb(StrEnum):
    """What changes the state of a case."""

    SEND = "send"
    RECEIVE = "receive"
    SOLVE = "solve"
    CLOSE = "close"
    REOPEN = "reopen"


class Outcome(StrEnum):
    """What came of a case when it was closed."""

    SOLVED = "solved"
    WORKAROUND = "workaround"
    NOT_SOLVED = "not_solved"
    WITHDRAWN = "withdrawn"


_AFTER: dict[Verb, tuple[frozenset[State], State]] = {
    Verb.SEND: (OPEN, State.WITH_VENDOR),
    Verb.RECEIVE: (frozenset(State), State.ANSWERED),
    Verb.SOLVE: (OPEN - {State.PREPARED}, State.SOLVED),
    Verb.CLOSE: (OPEN, State.CLOSED),
    Verb.REOPEN: (frozenset({State.SOLVED, State.CLOSED}), State.ANSWERED),
}


def after(state: State, verb: Verb) -> State:
    """The state that a verb leads to. Raises ValueError where it does not fit."""
    allowed, result = _AFTER[verb]
    if state not in allowed:
        raise ValueError(f"A case that is {state.value.replace('_', ' ')} cannot {verb.value}.")
    return result


def fits(state: State, verb: Verb) -> bool:
    """Whether the verb is possible now."""
    return state in _AFTER[verb][0]


def pattern_fault(pattern: str) -> str:
    """What is wrong with a reference pattern, in one sentence; empty when nothing is.

    `#` stands for digits and `@` for capital letters and digits; all else stands for itself: `SR-#`, `CS#-@`.
    """
    if not pattern:
        return ""
    if len(pattern) > PATTERN_LIMIT or not pattern.isprintable():
        return f"A pattern has up to {PATTERN_LIMIT} signs."
    if "#" not in pattern and "@" not in pattern:
        return "A pattern needs a # for the digits, or an @ for letters and digits."
    if re.search(r"[#@]{2}", pattern):
        return "One # stands for all the digits: write it once, with something between two of them."
    if not any(sign.isalpha() for sign in pattern):
        return "A bare number would be found in every mail. Add the letters that stand before it."
    return ""


def theirs(pattern: str, text: str) -> str:
    """The vendor's own reference in a subject or text, by their pattern; empty when there is none."""
    if not pattern or pattern_fault(pattern):
        return ""
    parts = {"#": _RUN, "@": _LETTERS}
    form = "".join(parts.get(sign) or re.escape(sign) for sign in pattern)
    found = re.search(rf"(?<![\w-]){form}(?![\w])", text[:2000], re.IGNORECASE)
    return found[0].upper() if found and len(found[0]) <= REFERENCE_LIMIT else ""


def ours(subject: str) -> int | None:
    """The number of a case that a subject names as `[VC-12]`; None when it names none."""
    found = _TAG.search(subject[:1000])
    return int(found[1].rpartition("-")[2]) if found else None


def mail_subject(title: str, reference: str, their_reference: str) -> str:
    """The subject of every mail of a case: the vendor's token as they write it, the title, and our own in brackets."""
    named = f"{their_reference} " if their_reference and their_reference not in title else ""
    return f"{named}{one_line(title, 150)} [{reference}]"


def address_fault(sender: str) -> str:
    """What is wrong with an address or `@domain` that a vendor writes from; empty when nothing is."""
    local, at, domain = sender.rpartition("@")
    good = at and "." in domain and re.fullmatch(r"[\w.-]+", domain) and re.fullmatch(r"[^\s@,;]*", local)
    return "" if good else f"{sender} is neither an address nor @domain."


def writes_for(sender: str, known: Collection[str]) -> bool:
    """Whether an address belongs to a vendor of whom these addresses and `@domains` are known."""
    email = sender.strip().lower()
    return email in known or "@" + email.rpartition("@")[2] in known


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTimes:
    """One case in figures. Spans are (open seconds used, seconds promised or None); None where nothing ended yet."""

    first_answer: tuple[int, int | None] | None
    solution: tuple[int, int | None] | None
    answered: bool
    closed: bool
    solved: bool
    reopened: int
    cost: Decimal


Elapsed = Callable[[datetime, datetime], int]


def used(turns: Iterable[tuple[datetime, datetime | None]], now: datetime, elapsed: Elapsed) -> int:
    """The open seconds for which the vendor had a case, over all turns; one that goes on counts until now."""
    return sum(elapsed(begin, end or now) for begin, end in turns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How a vendor keeps a contract. Shares are 0 to 1 and None where nothing was measured; spans are seconds."""

    cases: int
    open: int
    answered: int
    first_answer: int | None
    first_in_time: float | None
    solution: int | None
    solved_in_time: float | None
    reopen_rate: float | None
    solved_share: float | None
    cost: Decimal


def score(cases: Sequence[CaseTimes]) -> Score:
    """The scorecard over some cases. In time is only what had a promise; rates are of the cases that were closed."""
    closed = [one for one in cases if one.closed]
    firsts = [one.first_answer for one in cases if one.first_answer is not None]
    ends = [one.solution for one in cases if one.solution is not None]
    return Score(
        cases=len(cases),
        open=len(cases) - len(closed),
        answered=sum(one.answered for one in cases),
        first_answer=_middle([seconds for seconds, _ in firsts]),
        first_in_time=_in_time(firsts),
        solution=_middle([seconds for seconds, _ in ends]),
        solved_in_time=_in_time(ends),
        reopen_rate=_share([one.reopened > 0 for one in cases if one.closed or one.reopened]),
        solved_share=_share([one.solved for one in closed]),
        cost=sum((one.cost for one in cases), Decimal(0)),
    )


def _middle(spans: Sequence[int]) -> int | None:
    return round(median(spans)) if spans else None


def _in_time(spans: Iterable[tuple[int, int | None]]) -> float | None:
    return _share([seconds <= promised for seconds, promised in spans if promised is not None])


def _share(held: Sequence[bool]) -> float | None:
    return sum(held) / len(held) if held else None
