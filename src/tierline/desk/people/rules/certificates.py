"""When a certificate counts. Pure."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Held:
    """A certificate as a person holds it."""

    name: str
    expires_on: date | None


def valid(held: Held, on: date) -> bool:
    """A certificate counts up to and including the day it expires on."""
    return held.expires_on is None or on <= held.expires_on
