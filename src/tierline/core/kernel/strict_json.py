"""JSON from outside: what has two readings is refused, and nothing deep or endless is walked."""

import json
from typing import Any

from .errors import Invalid

DEPTH = 16
"""How deep objects and lists may nest: twice what any document of ours needs."""


def read(raw: bytes | str, *, depth: int = DEPTH) -> Any:  # noqa: ANN401 (any JSON value)
    """The JSON value in `raw` (UTF-8).

    Raises Invalid for text that is not JSON (RFC 8259), a name used twice in one object (RFC 7493 §2.3), NaN and
    infinities, and anything nested deeper than `depth`.
    """
    try:
        text = raw if isinstance(raw, str) else raw.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_once_each, parse_constant=_refused)
    except (ValueError, RecursionError) as problem:
        raise Invalid({"body": f"This is not JSON that can be read: {_said(problem)}."}) from problem
    if _deeper_than(value, depth):
        raise Invalid({"body": f"This is nested deeper than {depth} levels."})
    return value


def _said(problem: Exception) -> str:
    if isinstance(problem, json.JSONDecodeError):
        return f"{problem.msg[0].lower()}{problem.msg[1:]} at character {problem.pos + 1}"
    if isinstance(problem, UnicodeDecodeError):
        return "the text is not UTF-8"
    return "nested too deep" if isinstance(problem, RecursionError) else str(problem)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _refused(word: str) -> None:
    raise ValueError(f"{word} is not a JSON number")


def _deeper_than(value: object, depth: int) -> bool:
    level = [value]
    for _ in range(depth):
        level = [inner for outer in level for inner in _inside(outer) if isinstance(inner, dict | list)]
        if not level:
            return False
    return True


def _inside(value: object) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
