"""Known errors as programs send and get them: the matcher, its examples, and what became of it."""

from datetime import date, datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import AfterValidator, Field

from tierline.core.kernel.text import clean, one_line
from tierline.ladder.problems.rules import MOST_FIXTURES, MOST_LOG, KnownErrorAudience, KnownErrorState

from .shapes_in import PAGE, Line, Sent, Size, Words

Value = Annotated[str, Field(max_length=2_000), AfterValidator(clean)]
Symptoms = Annotated[str, Field(max_length=10_000), AfterValidator(clean)]
Workaround = Annotated[str, Field(max_length=20_000), AfterValidator(clean)]
Risk = Annotated[str, Field(max_length=500), AfterValidator(lambda text: one_line(text, 500))]
Version = Annotated[str, Field(max_length=40), AfterValidator(one_line)]
Log = Annotated[str, Field(max_length=MOST_LOG), AfterValidator(clean)]
Facts = Annotated[dict[Line, Line], Field(max_length=60)]
Versions = Annotated[list[Version], Field(max_length=100)]
Tier = Annotated[int, Field(ge=0, le=4)]


class ConditionIn(Sent):
    """One thing to look for; `name` and `relation` are of a fact, `least` of a template."""

    kind: Line
    value: Value
    name: Line = ""
    relation: Line = "is"
    least: Annotated[int, Field(ge=1, le=999_999_999)] = 1


class MatcherIn(Sent):
    """What the record recognises itself by; a draft without conditions is for people to read."""

    all_of: Annotated[list[ConditionIn], Field(max_length=50)] = Field(default_factory=list)
    any_of: Annotated[list[ConditionIn], Field(max_length=50)] = Field(default_factory=list)


class ExampleIn(Sent):
    """A ticket by its reference with all its files, or words, facts and a log that are written down."""

    ticket: Annotated[str, Field(max_length=20)] | None = None
    name: Line = ""
    text: Symptoms = ""
    facts: Facts = Field(default_factory=dict)
    log: Log = ""


class ExamplesIn(Sent):
    """What the matcher must catch, and what it must leave alone."""

    must: Annotated[list[ExampleIn], Field(max_length=MOST_FIXTURES)] = Field(default_factory=list)
    must_not: Annotated[list[ExampleIn], Field(max_length=MOST_FIXTURES)] = Field(default_factory=list)


class KnownErrorDraft(Sent):
    """A known error behind a ticket. Without `examples`: it must catch the tickets of its problem."""

    title: Line
    symptoms: Symptoms
    workaround: Workaround
    matcher: MatcherIn = Field(default_factory=MatcherIn)
    examples: ExamplesIn | None = None
    lowest_tier: Tier = 1
    risk: Risk = ""
    affected_versions: Versions = Field(default_factory=list)
    audience: KnownErrorAudience = KnownErrorAudience.INTERNAL
    review_on: date | None = None


class KnownErrorChange(Sent):
    """What should differ; what is left out stays. `examples` replaces those that you may see."""

    title: Line = ""
    symptoms: Symptoms = ""
    workaround: Workaround = ""
    matcher: MatcherIn = Field(default_factory=MatcherIn)
    examples: ExamplesIn = Field(default_factory=ExamplesIn)
    lowest_tier: Tier = 1
    risk: Risk = ""
    affected_versions: Versions = Field(default_factory=list)
    audience: KnownErrorAudience = KnownErrorAudience.INTERNAL
    review_on: date | None = None


class Withdrawn(Sent):
    """Why it is taken out of force."""

    reason: Annotated[str, Field(max_length=2_000), AfterValidator(clean)] = ""


class MatcherTry(Sent):
    """A matcher that is kept nowhere, on examples, or on one file by its id, or on both."""

    matcher: MatcherIn
    examples: ExamplesIn = Field(default_factory=ExamplesIn)
    evidence: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None


class KnownErrorAsk(Schema):
    """Which known errors, and which page of them."""

    q: Words = Field(
        "", description="Each word is in the title, the symptoms, the workaround or the matcher, or is KE-14"
    )
    state: KnownErrorState | None = None
    cursor: Annotated[str, Field(max_length=200)] | None = Field(None, description="`next` of the page before")
    limit: Size = PAGE


class KnownErrorRowOut(Schema):
    """A known error in a list. `not_in_force` says why one that is published is not tried; else it is empty."""

    reference: str
    title: str
    state: str
    not_in_force: str
    lowest_tier: int
    problem: str
    tickets: int = Field(description="How many it fitted")
    review_on: date | None
    changed_at: datetime


class KnownErrorPage(Schema):
    """A page, the newest change first; `next` is the cursor of the following one."""

    items: list[KnownErrorRowOut]
    next: str | None


class FixOut(Schema):
    """An entry of the fix ledger; `verified` once the recipe no longer shows the fault."""

    reference: str
    fixed_in: str
    state: str
    tracker: str
    link: str
    verdict: str


class HitOut(Schema):
    """A ticket that the newest scan caught; `false` when it has another cause."""

    ticket: str
    score: float
    reasons: list[str]
    false: bool


class PastOut(Schema):
    """The newest scan of past tickets, of those that you may see: at most 100 of what it caught are listed."""

    state: str
    days: int
    looked_at: int
    total: int
    caught: int
    false: int
    started_at: datetime
    finished_at: datetime | None
    tickets: list[HitOut]


class HappenedOut(Schema):
    """One thing that happened to the record."""

    at: datetime
    actor: str
    kind: str
    data: dict[str, Any]


class KnownErrorOut(KnownErrorRowOut):
    """A known error whole. An example whose ticket you may not see says so by name alone."""

    symptoms: str
    workaround: str
    matcher: dict[str, Any]
    examples: dict[str, list[dict[str, Any]]]
    risk: str
    affected_versions: list[str]
    audience: str
    owner: str | None
    fixes: list[FixOut]
    past: PastOut | None = Field(description="Null: never tried on past tickets")
    history: list[HappenedOut] = Field(description="The newest first, at most 50")
    created_at: datetime
    published_at: datetime | None


class TriedOut(Schema):
    """What the matcher did with one example. `right`: it came out as the example says; null for a file."""

    name: str
    caught: bool
    right: bool | None
    reasons: list[str]


class TriedList(Schema):
    """The examples in the order in which they were sent, then the file."""

    items: list[TriedOut]


class MatchOut(Schema):
    """A known error in force that fits a ticket, and why. `answer` is what may be applied from `lowest_tier` on."""

    reference: str
    title: str
    score: float
    reasons: list[str]
    answer: str
    lowest_tier: int


class MatchList(Schema):
    """The best first."""

    items: list[MatchOut]
