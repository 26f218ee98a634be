"""What chat networks tell on a ticket's timeline."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from tierline.core.timeline.rules import ERASED, Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadJoined(Payload):
    """A conversation in a workspace became this ticket: answers go back into it."""

    kind: ClassVar[str] = "messenger.thread_joined"
    network: str
    workspace: str

    def erase(self) -> Self:
        return replace(self, workspace=ERASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostFailed(Payload):
    """An answer did not get into its conversation, and why."""

    kind: ClassVar[str] = "messenger.post_failed"
    message_id: int
    network: str
    words: str

    def erase(self) -> Self:
        return replace(self, words=ERASED)
