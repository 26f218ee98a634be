"""Order and ranges of version numbers. Pure."""

import re

_NUMBER = re.compile(r"\d+")
_OPERATORS = ("<=", ">=", "==", "<", ">")


def release_ordinal(version: str) -> list[int]:
    """The numbers of a version, at most six, so that 5.10 sorts after 5.9: `"5.10.1-rc2"` gives `[5, 10, 1, 2]`."""
    return [min(int(number), 2_000_000_000) for number in _NUMBER.findall(version[:60])[:6]]


def in_range(version: str, expression: str) -> bool:
    """Whether a version satisfies every part of a range such as `">=5.2,<5.2.2"`; `"5.2.x"` names a branch.

    An empty expression holds for every version, an empty version for the empty expression only.
    """
    parts = [part.strip() for part in expression.split(",") if part.strip()]
    if not version:
        return not parts
    return all(_satisfies(release_ordinal(version), part) for part in parts)


def _satisfies(ordinal: list[int], part: str) -> bool:
    if part.endswith(".x"):
        branch = release_ordinal(part)
        return ordinal[: len(branch)] == branch
    operator = next((op for op in _OPERATORS if part.startswith(op)), "==")
    bound = release_ordinal(part.removeprefix(operator))
    width = max(len(ordinal), len(bound))
    left, right = _padded(ordinal, width), _padded(bound, width)
    return {
        "<=": left <= right,
        ">=": left >= right,
        "==": left == right,
        "<": left < right,
        ">": left > right,
    }[operator]


def _padded(ordinal: list[int], width: int) -> list[int]:
    return ordinal + [0] * (width - len(ordinal))
