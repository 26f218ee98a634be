"""What routing puts on a ticket's timeline beside classification and assignment."""

from dataclasses import dataclass, field
from typing import ClassVar

from tierline.core.timeline.rules import Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftWithGroup(Payload):
    """Nobody could be assigned; the ticket stays with its group. `excluded` counts people by duty."""

    kind: ClassVar[str] = "routing.left_with_group"
    group_id: int
    reason: str
    excluded: dict[str, int] = field(default_factory=dict)
