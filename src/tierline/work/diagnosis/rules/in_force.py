"""Matchers that are kept, read by today's checks: they may be stricter than those of the day it was written. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from .match import Matcher, from_json


@dataclass(frozen=True, slots=True)
class Kept:
    """A matcher that is kept: ready to be tried, or why it cannot be, in words."""

    matcher: Matcher | None
    fault: str = ""


def read_kept(data: object) -> Kept:
    """The matcher of what is kept, whatever that is."""
    if not isinstance(data, Mapping):
        return Kept(None, "a matcher is an object with all_of and any_of")
    try:
        return Kept(from_json(data))
    except (ValueError, TypeError) as error:
        return Kept(None, str(error))
