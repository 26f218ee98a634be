"""What the lab puts on a ticket's timeline."""

from dataclasses import dataclass
from typing import ClassVar

from tierline.core.timeline.rules import Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeWritten(Payload):
    """A recipe was written or revised for the ticket."""

    kind: ClassVar[str] = "recipe.written"
    recipe_id: int
    recipe_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeRun(Payload):
    """A recipe ran: `reproduced` of `asked` on `release`."""

    kind: ClassVar[str] = "recipe.run"
    recipe_id: int
    run_id: int
    release: str
    asked: int
    reproduced: int
    verdict: str
    limits_hit: list[str]
