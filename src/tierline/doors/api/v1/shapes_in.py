"""What a program may send. Unknown fields are refused, and every text loses what only deceives (control characters)."""

from typing import Annotated, Literal

from ninja import Schema
from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from tierline.core.kernel.text import clean, one_line
from tierline.desk.tickets.operations.opening import TEXT_LIMIT
from tierline.desk.tickets.queries import QUEUE_VIEWS
from tierline.desk.tickets.rules import Kind, Resolution
from tierline.ladder.escalation.operations.asking import QUESTION_LIMIT
from tierline.ladder.escalation.rules.handovers import Mode

PAGE, PAGE_MOST = 50, 100
_WORDS = 400

Text = Annotated[str, Field(max_length=TEXT_LIMIT), AfterValidator(clean)]
Line = Annotated[str, Field(max_length=200), AfterValidator(one_line)]
Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
Address = Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$"), AfterValidator(clean)]
Weight = Annotated[int, Field(ge=1, le=3)]
Words = Annotated[str, Field(max_length=_WORDS), AfterValidator(one_line)]
Position = Annotated[int, Field(ge=0, le=2**31 - 1)]
Size = Annotated[int, Field(ge=1, le=PAGE_MOST)]


class Sent(Schema):
    """A body in which every field is known."""

    model_config = ConfigDict(extra="forbid")


class NewTicket(Sent):
    """A ticket to open. Staff may open it for somebody else, by e-mail address."""

    title: Line = ""
    text: Text = ""
    kind: Kind = Kind.INCIDENT
    impact: Weight = Field(3, description="1 wide, 2 group, 3 person")
    urgency: Weight = Field(2, description="1 high, 2 medium, 3 low")
    service: Key | None = Field(None, description="The short name of a service")
    requester: Address | None = Field(None, description="Who needs help; you, unless you say otherwise")
    facts: Annotated[dict[Key, Line], Field(max_length=60)] = Field(
        default_factory=dict, description="The environment, for example `version` or `os`"
    )


class NewMessage(Sent):
    """A reply goes to the requester (from a requester: to the desk); a note is for colleagues only."""

    kind: Literal["reply", "note"] = "reply"
    text: Text
    wait: bool = Field(default=False, description="After a reply, wait for the requester")


class Solved(Sent):
    """How it was resolved."""

    resolution: Text = Field(description="What was done, for the next one; colleagues only")
    text: Text = Field("", description="What the requester is told")
    code: Resolution = Resolution.SOLVED
    level_one_capable: bool = Field(default=False, description="Tier 1 could have solved it")


class Owner(Sent):
    """The group, and perhaps the person in it, that owns the ticket."""

    group: Key
    person: Address | None = None
    reason: Line = ""


class Question(Sent):
    """What a higher tier is asked. `overrides` takes responsibility for missing items: item key to reason."""

    to_tier: Annotated[int, Field(ge=1, le=4)]
    question: Annotated[str, Field(max_length=QUESTION_LIMIT), AfterValidator(clean)]
    group: Key | None = None
    mode: Mode = Mode.TRANSFER
    overrides: Annotated[dict[Key, Line], Field(max_length=40)] = Field(default_factory=dict)


class QueueAsk(Schema):
    """Which tickets, and which page of them."""

    view: Literal["own", *QUEUE_VIEWS] | None = Field(  # type: ignore[valid-type]  # the views are named once, in the room
        None, description="Staff: `group` unless named. Requesters: their `own`, the newest 100"
    )
    group: Key | None = None
    service: Key | None = None
    tier: Annotated[int, Field(ge=0, le=4)] | None = None
    priority: Annotated[int, Field(ge=1, le=5)] | None = None
    cursor: Annotated[str, Field(max_length=200)] | None = Field(None, description="`next` of the page before")
    limit: Size = PAGE


class PageAsk(Schema):
    """Which page of a list that only grows."""

    cursor: Position = Field(0, description="`next` of the page before")
    limit: Size = PAGE


class SearchAsk(Schema):
    """Words to find: all of them, as on the web."""

    q: Words
    limit: Size = 20
