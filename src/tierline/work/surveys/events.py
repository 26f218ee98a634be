"""What surveys tell on a ticket's timeline. All of it is for the desk: the requester reads their own answer back."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from tierline.core.timeline.rules import ERASED, Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(Payload):
    """The requester got a mail that asks how it went. Where it was solved is kept for the measures."""

    kind: ClassVar[str] = "survey.asked"
    survey_id: int
    tier: int
    group_id: int | None
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld(Payload):
    """Nobody is asked, and why: `reason` is a `rules.Reason`; `words` of the mail room, where it said no."""

    kind: ClassVar[str] = "survey.withheld"
    survey_id: int
    reason: str
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Payload):
    """The requester's score, 1 to 5, and their words; the last one of a survey counts.

    `asked` is false for somebody who rated without being asked.
    """

    kind: ClassVar[str] = "survey.answered"
    survey_id: int
    score: int
    comment: str
    changed: bool
    asked: bool
    way: str
    tier: int
    group_id: int | None
    channel: str

    def erase(self) -> Self:
        return replace(self, comment=ERASED if self.comment else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp(Payload):
    """A low score asks somebody to get back to the requester."""

    kind: ClassVar[str] = "survey.follow_up"
    survey_id: int
    score: int
