"""Versions as people write them, in an order that sorts."""

import re
from functools import lru_cache

_VERSION = re.compile(r"\d{1,18}|[a-z]+", re.IGNORECASE)


def has_number(version: str) -> bool:
    """Whether there is anything to sort by."""
    return any(letter.isdigit() for letter in version)


@lru_cache(maxsize=4_096)
def version_key(version: str) -> tuple[tuple[int, int, str], ...]:
    """A version as something that sorts: numbers by value, `5.0` like `5`, and `5.0-rc1` before both."""
    parts: list[tuple[int, int, str]] = []
    for part in (*_VERSION.findall(version), ""):
        if part.isdigit():
            parts.append((1, int(part), ""))
            continue
        while parts and parts[-1] == (1, 0, ""):
            parts.pop()
        parts.append((-1, 0, part.lower()) if part else (0, 0, ""))
    return tuple(parts)
