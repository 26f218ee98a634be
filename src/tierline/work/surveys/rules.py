"""Surveys: who is asked how it went and why somebody is not, what the mail says, and the bounds of a set-up. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from tierline.core.kernel.errors import Invalid
from tierline.core.kernel.text import clean, one_line

LOWEST, HIGHEST = 1, 5
SATISFIED = 4
"""CSAT counts the answers from here up."""
LOW = 2
"""Up to here somebody gets back to the requester."""
SCORES = {
    5: "Very satisfied",
    4: "Satisfied",
    3: "Neither satisfied nor dissatisfied",
    2: "Dissatisfied",
    1: "Very dissatisfied",
}
COMMENT, QUESTION, INTRO = 2_000, 200, 1_000  # characters
LONGEST_DELAY = 30 * 24 * 60  # minutes
USUAL_QUESTION = "How satisfied are you with how we handled it?"
USUAL_INTRO = "Your request is solved, as far as we know. One click tells us how it went for you."
MONITORING = frozenset({"alert", "monitoring"})
OWN_DOORS = frozenset({"portal", "api", "mcp"})
"""Ways in by which a person opens a request with their own hands; on the others somebody may write it down for them."""


class State(StrEnum):
    """How far a survey is."""

    PLANNED = "planned"
    WITHHELD = "withheld"
    ASKED = "asked"
    ANSWERED = "answered"


class Starts(StrEnum):
    """From when the delay counts."""

    RESOLVED = "resolved"
    CLOSED = "closed"


class Way(StrEnum):
    """By which door somebody answered, or asked for no more of it."""

    MAIL = "mail"
    PORTAL = "portal"
    API = "api"


class Reason(StrEnum):
    """Why somebody is not asked. The order is that in which they are looked at; the first one that holds is told."""

    SWITCHED_OFF = "switched_off"
    MERGED = "merged"
    REOPENED = "reopened"
    OTHER_REQUESTER = "other_requester"
    MONITORING = "monitoring"
    OPENED_BY_STAFF = "opened_by_staff"
    OUTCOME = "outcome"
    TIER_0 = "tier_0"
    OWN_WORK = "own_work"
    ACCOUNT_CLOSED = "account_closed"
    NO_ADDRESS = "no_address"
    MAIL_FAILED = "mail_failed"
    OPTED_OUT = "opted_out"
    ASKED_LATELY = "asked_lately"
    MAIL_HELD = "mail_held"


CODES = ("solved", "workaround", "known_error", "confirmed", "not_reproducible")
"""Outcomes after which somebody can be asked. A duplicate is asked about where it went on, withdrawn is no outcome."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How one desk asks. `calendar` empty: the delay is elapsed time, else business minutes of that calendar.

    `every_days`: a person is asked at most once in so many days, whatever the desk. `open_days`: for so long an answer
    can be given after asking, and changed after it was given.
    """

    enabled: bool = False
    question: str = USUAL_QUESTION
    intro: str = USUAL_INTRO
    starts: Starts = Starts.RESOLVED
    delay_minutes: int = 24 * 60
    calendar: str = ""
    every_days: int = 30
    open_days: int = 14
    codes: tuple[str, ...] = CODES[:4]
    tier_0: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that decides whether somebody is asked about one solved ticket.

    `asked_at` is when the person was last asked about any ticket. `still_solved` is false when it was opened again
    after this solution.
    """

    channel: str
    code: str
    tier: int | None
    merged: bool = False
    still_solved: bool = True
    other_requester: bool = False
    opened_by_staff: bool = False
    own_work: bool = False
    account_open: bool = True
    email: str = ""
    mail_failed: bool = False
    opted_out: bool = False
    asked_at: datetime | None = None


def why_not(settings: Settings, facts: Facts, at: datetime) -> Reason | None:
    """Why nobody is asked at this moment; None when somebody is."""
    lately = facts.asked_at is not None and facts.asked_at > at - timedelta(days=settings.every_days)
    holds = {
        Reason.SWITCHED_OFF: not settings.enabled,
        Reason.MERGED: facts.merged,
        Reason.REOPENED: not facts.still_solved,
        Reason.OTHER_REQUESTER: facts.other_requester,
        Reason.MONITORING: facts.channel in MONITORING,
        Reason.OPENED_BY_STAFF: facts.opened_by_staff and facts.channel in OWN_DOORS,
        Reason.OUTCOME: facts.code not in settings.codes,
        Reason.TIER_0: facts.tier == 0 and not settings.tier_0,
        Reason.OWN_WORK: facts.own_work,
        Reason.ACCOUNT_CLOSED: not facts.account_open,
        Reason.NO_ADDRESS: facts.email.endswith(".invalid") or "@" not in facts.email,
        Reason.MAIL_FAILED: facts.mail_failed,
        Reason.OPTED_OUT: facts.opted_out,
        Reason.ASKED_LATELY: lately,
    }
    return next((reason for reason, is_so in holds.items() if is_so), None)


@dataclass(frozen=True, slots=True)
class Past:
    """A ticket that was solved, for the preview."""

    person_id: int
    solved_at: datetime
    facts: Facts


@dataclass(frozen=True, slots=True)
class Preview:
    """What a set-up would have done with past tickets: of `total`, `asked` were asked, the others were not, and why."""

    total: int = 0
    asked: int = 0
    reasons: dict[Reason, int] = field(default_factory=dict)


def preview(settings: Settings, past: Iterable[Past]) -> Preview:
    """Play the set-up, switched on, over past tickets in their order; the limit for each person is kept."""
    on, asked_at = replace(settings, enabled=True), dict[int, datetime]()
    counted: Counter[Reason] = Counter()
    total = 0
    for one in sorted(past, key=lambda one: one.solved_at):
        total += 1
        moment = one.solved_at + timedelta(minutes=settings.delay_minutes)
        reason = why_not(on, replace(one.facts, asked_at=asked_at.get(one.person_id)), moment)
        if reason is None:
            asked_at[one.person_id] = moment
        else:
            counted[reason] += 1
    return Preview(total, total - counted.total(), {reason: counted[reason] for reason in Reason if counted[reason]})


def checked(settings: Settings) -> Settings:
    """A set-up that can be used, its words on their lines and within bounds. Raises Invalid naming each fault."""
    faults = {}
    question, intro = one_line(settings.question, QUESTION), clean(settings.intro, INTRO).strip()
    if not question:
        faults["question"] = "Ask something: it stands above the five answers."
    for name, words, limit in (("question", settings.question, QUESTION), ("intro", settings.intro, INTRO)):
        if len(words.replace("\r\n", "\n").strip()) > limit:
            faults[name] = f"At most {limit} characters."
    bounds = (("delay_minutes", 0, LONGEST_DELAY), ("every_days", 0, 365), ("open_days", 1, 90))
    for name, low, high in bounds:
        if not low <= getattr(settings, name) <= high:
            faults[name] = f"From {low} to {high}."
    codes = tuple(code for code in CODES if code in settings.codes)
    if not codes or set(settings.codes) - set(CODES):
        faults["codes"] = f"Choose from these: {', '.join(CODES)}."
    if faults:
        raise Invalid(faults)
    return replace(settings, question=question, intro=intro, codes=codes)


def score_of(given: int) -> int:
    """A score from 1 to 5. Raises Invalid for any other number."""
    if given not in SCORES:
        raise Invalid({"score": "Choose one of the five answers."})
    return given


def comment_of(given: str) -> str:
    """The words beside a score, without control characters. Raises Invalid when there are too many."""
    if len(given.replace("\r\n", "\n").strip()) > COMMENT:
        raise Invalid({"comment": f"At most {COMMENT} characters. Answer the mail to tell us more."})
    return clean(given, COMMENT).strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a survey's mail is made of. `address` gives the page of one score, `until` is a day in words."""

    name: str
    title: str
    reference: str
    question: str
    intro: str
    until: str
    address: Callable[[int], str]
    leave: str


_CONFIRM = (
    "Your answer counts when you confirm it on the page that opens. You can add a few words there, and change your mind"
    " until {until}."
)


def subject(letter: Letter) -> str:
    """`How did it go? VPN drops [INC-20418]`: its reference brings an answer to the ticket."""
    return f"How did it go? {one_line(letter.title, 150)} [{letter.reference}]"


def text(letter: Letter) -> str:
    """The mail in plain text. Each score stands on its own line with the page where it is confirmed."""
    scores = "\n".join(f"{words}: {letter.address(score)}" for score, words in SCORES.items())
    parts: Sequence[str] = (
        f"Hello {one_line(letter.name, 100)},",
        letter.intro,
        f"It is about “{one_line(letter.title, 150)}” ({letter.reference}).",
        letter.question,
        scores,
        _CONFIRM.format(until=letter.until),
        "If it is not solved, simply answer this mail: that opens your request again.",
        f"Please do not ask me again: {letter.leave}",
    )
    return "\n\n".join(part for part in parts if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Low:
    """A low score as its group's lead hears of it; title and comment stay empty where they must not be mailed."""

    reference: str
    title: str
    score: int
    comment: str
    address: str


def low_text(low: Low) -> str:
    """The notice about a low score; the requester's words are quoted."""
    parts = (
        ": ".join(part for part in (low.reference, low.title) if part),
        f"The requester answered: {SCORES[low.score].lower()}.",
        "\n".join(f"> {line}" for line in low.comment.split("\n")) if low.comment else "",
        f"Please get back to them: {low.address}",
    )
    return "\n\n".join(part for part in parts if part)
