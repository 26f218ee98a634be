"""A detector of secrets: badge numbers of the house (`B-` and six figures, the last one a check digit)."""

import re
from collections.abc import Iterator

from tierline.core.plugins.contracts import Secret, SecretText

TRIGGER = "B-000000"
_BADGE = re.compile(r"(?<![A-Za-z0-9])B-(\d{6})(?![A-Za-z0-9])")
_RANK = 5


class BadgeNumbers:
    key = "badge-numbers"
    name = "Badge numbers of the house"
    version = "1.0.0"
    kind = "badge"

    def find(self, text: SecretText) -> Iterator[Secret]:
        """Every badge number whose check digit holds; a text without the literal costs nothing."""
        if not text.may_hold(TRIGGER, "digits"):
            return
        at = text.digits.find(TRIGGER)
        while at >= 0:
            match = _BADGE.match(text.text, at)
            if match and holds(match[1]):
                yield Secret(match.start(), match.end(), _RANK)
            at = text.digits.find(TRIGGER, at + 1)


def holds(figures: str) -> bool:
    """Whether the last figure is the sum of the others, modulo ten."""
    *others, check = map(int, figures)
    return sum(others) % 10 == check
