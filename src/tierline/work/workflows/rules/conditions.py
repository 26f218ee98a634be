"""When / if / then: a small closed language of conditions, and the guard against loops."""

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Scalar = str | int | float | bool | None

TICKET_FIELDS = frozenset(
    {
        "kind",
        "title",
        "status",
        "waiting_for",
        "impact",
        "urgency",
        "priority",
        "tier",
        "channel",
        "desk",
        "group",
        "service",
        "product",
        "release_version",
    }
)
PREFIXES = ("fact.", "event.")
CONDITIONS_LIMIT = 20
ACTIONS_LIMIT = 10
CHAIN_LIMIT = 4
"""So many automations may follow from one another before the chain is cut."""

CHAIN_MARK = "auto:"


class Operator(StrEnum):
    """What a condition may ask."""

    IS = "is"
    IS_NOT = "is_not"
    IN = "in"
    CONTAINS = "contains"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    IS_SET = "is_set"
    IS_EMPTY = "is_empty"


@dataclass(frozen=True, slots=True)
class Condition:
    """`field` is a ticket field, `fact.<key>` or `event.<name>`."""

    field: str
    operator: Operator
    value: Scalar | tuple[Scalar, ...] = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """One action of an automation with its parameters."""

    action: str
    params: Mapping[str, Any]


def parse_conditions(data: Sequence[Mapping[str, Any]]) -> tuple[Condition, ...]:
    """Read stored or edited conditions. Raises ValueError with a sentence for whoever edits them."""
    if len(data) > CONDITIONS_LIMIT:
        raise ValueError(f"An automation has at most {CONDITIONS_LIMIT} conditions.")
    return tuple(_parse_condition(entry) for entry in data)


def _parse_condition(entry: Mapping[str, Any]) -> Condition:
    field = str(entry.get("field", ""))
    if field not in TICKET_FIELDS and not any(field.startswith(p) and len(field) > len(p) for p in PREFIXES):
        raise ValueError(f"There is no field named {field!r}.")
    try:
        asked = Operator(str(entry.get("operator", "")))
    except ValueError:
        raise ValueError(f"There is no comparison named {entry.get('operator')!r}.") from None
    value = entry.get("value")
    if asked == Operator.IN:
        if not isinstance(value, (list, tuple)) or not value:
            raise ValueError(f"{field}: 'in' needs a list of values.")
        return Condition(field, asked, tuple(value))
    if asked in {Operator.AT_LEAST, Operator.AT_MOST} and _number(value) is None:
        raise ValueError(f"{field}: {asked.value} needs a number.")
    if asked not in {Operator.IS_SET, Operator.IS_EMPTY} and value in {None, ""}:
        raise ValueError(f"{field}: a value is missing.")
    return Condition(field, asked, value)


def parse_actions(data: Sequence[Mapping[str, Any]]) -> tuple[Wanted, ...]:
    """Read stored or edited actions. Raises ValueError; the parameters are checked by the action itself."""
    if not 1 <= len(data) <= ACTIONS_LIMIT:
        raise ValueError(f"An automation has between 1 and {ACTIONS_LIMIT} actions.")
    found = []
    for entry in data:
        params = entry.get("params", {})
        if not entry.get("action") or not isinstance(params, Mapping):
            raise ValueError("Each action needs a name and its parameters.")
        found.append(Wanted(str(entry["action"]), dict(params)))
    return tuple(found)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def _text(value: object) -> str:
    return "" if value is None else str(value).casefold().strip()


def _compare(value: object, limit: object, test: Callable[[float, float], bool]) -> bool:
    left, right = _number(value), _number(limit)
    return left is not None and right is not None and test(left, right)


def _same(value: object, wanted: object) -> bool:
    return _text(value) == _text(wanted)


def _one_of(value: object, wanted: object) -> bool:
    options = wanted if isinstance(wanted, tuple) else (wanted,)
    return any(_same(value, option) for option in options)


def _contains(value: object, wanted: object) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_same(one, wanted) for one in value)
    return _text(wanted) in _text(value)


def _empty(value: object, _: object = None) -> bool:
    return value in (None, "", [], {})


_TESTS: dict[Operator, Callable[[object, object], bool]] = {
    Operator.IS: _same,
    Operator.IS_NOT: lambda value, wanted: not _same(value, wanted),
    Operator.IN: _one_of,
    Operator.CONTAINS: _contains,
    Operator.AT_LEAST: lambda value, wanted: _compare(value, wanted, operator.ge),
    Operator.AT_MOST: lambda value, wanted: _compare(value, wanted, operator.le),
    Operator.IS_SET: lambda value, _: not _empty(value),
    Operator.IS_EMPTY: _empty,
}


def holds(condition: Condition, view: Mapping[str, object]) -> bool:
    """Whether the condition is true of this view. Text compares without case; an unknown field is empty."""
    return _TESTS[condition.operator](view.get(condition.field), condition.value)


def all_hold(conditions: Iterable[Condition], view: Mapping[str, object]) -> bool:
    """An automation acts if every condition holds; without conditions it always acts."""
    return all(holds(condition, view) for condition in conditions)


def chain_of(request_id: str) -> tuple[int, ...]:
    """The automations that led to an event, oldest first, as its request id tells: `auto:12>7`."""
    if not request_id.startswith(CHAIN_MARK):
        return ()
    return tuple(int(part) for part in request_id.removeprefix(CHAIN_MARK).split(">") if part.isdigit())


def chained(chain: tuple[int, ...], automation_id: int) -> str:
    """The request id that the actions of this automation carry."""
    return CHAIN_MARK + ">".join(str(one) for one in (*chain, automation_id))


def may_follow(chain: tuple[int, ...], automation_id: int) -> bool:
    """An automation never reacts to what it caused itself, and chains are cut at `CHAIN_LIMIT`."""
    return automation_id not in chain and len(chain) < CHAIN_LIMIT
