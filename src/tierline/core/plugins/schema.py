"""One dataclass is the form a person fills in, the JSON schema a program reads and the check of both.

Fields may be text, whole number, number, yes/no, date, a `StrEnum` or `Literal` to choose from, a list of
those, or one of those `| None`. `field(metadata=...)` may say: `label`, `help`, `min`, `max` (numbers),
`min_length`, `max_length`, `pattern` (text), `secret` (never shown again).
"""

import re
import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from datetime import date
from enum import StrEnum
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from tierline.core.kernel.errors import Invalid

_P = TypeVar("_P")
_PLAIN: dict[type, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}
_META = {
    "label": "title",
    "help": "description",
    "min": "minimum",
    "max": "maximum",
    "min_length": "minLength",
}
_META |= {"max_length": "maxLength", "pattern": "pattern", "secret": "writeOnly"}
_YES, _NO = ("true", "on", "yes", "1"), ("false", "off", "no", "0", "")


def schema_of(params: type[Any]) -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of a params dataclass.

    Raises TypeError for a field it has no word for.
    """
    hints = get_type_hints(params)
    properties = {each.name: _property(each, hints[each.name]) for each in fields(params)}
    required = [each.name for each in fields(params) if _is_required(each)]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def read_params(params: type[_P], data: Mapping[str, Any]) -> _P:
    """`data` (JSON or a posted form) as an instance.

    Raises Invalid with one sentence for each field at fault.
    """
    hints = get_type_hints(params)
    values: dict[str, Any] = {}
    faults = {name: "There is no such field." for name in data if name not in hints}
    for each in fields(params):  # type: ignore[arg-type]  # the caller names a dataclass
        if each.name not in data or (data[each.name] in ("", None) and not _is_required(each)):
            if _is_required(each):
                faults[each.name] = "This is needed."
            continue
        try:
            values[each.name] = _checked(_read(hints[each.name], data[each.name]), each)
        except ValueError as error:
            faults[each.name] = str(error)
    if faults:
        raise Invalid(faults)
    return params(**values)


def _is_required(each: Field[Any]) -> bool:
    return each.default is MISSING and each.default_factory is MISSING


def _property(each: Field[Any], hint: Any) -> dict[str, Any]:  # noqa: ANN401 (a type hint)
    described = _type_schema(hint)
    described |= {word: each.metadata[key] for key, word in _META.items() if key in each.metadata}
    described.setdefault("title", each.name.replace("_", " ").capitalize())
    if each.default is not MISSING:
        described["default"] = each.default.isoformat() if isinstance(each.default, date) else each.default
    return described


def _type_schema(hint: Any) -> dict[str, Any]:  # noqa: ANN401 (a type hint)
    origin = get_origin(hint)
    if hint in _PLAIN:
        return {"type": _PLAIN[hint]}
    if hint is date:
        return {"type": "string", "format": "date"}
    if origin in (list, tuple):
        return {"type": "array", "items": _type_schema(get_args(hint)[0])}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_type_schema(_inner(hint)), {"type": "null"}]}
    if choices := _choices(hint):
        return {"type": "string", "enum": list(choices)}
    raise TypeError(f"a form has no field for {hint!r}")


def _inner(hint: Any) -> Any:  # noqa: ANN401 (a type hint)
    """What `X | None` is besides None."""
    kinds = [kind for kind in get_args(hint) if kind is not types.NoneType]
    if len(kinds) != 1:
        raise TypeError(f"a form has no field for {hint!r}")
    return kinds[0]


def _choices(hint: Any) -> tuple[str, ...]:  # noqa: ANN401 (a type hint)
    if get_origin(hint) is Literal:
        return tuple(str(choice) for choice in get_args(hint))
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return tuple(member.value for member in hint)
    return ()


def _read(hint: Any, value: Any) -> Any:  # noqa: ANN401 (any field, any value)
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return None if value in ("", None) else _read(_inner(hint), value)
    if origin in (list, tuple):
        if not isinstance(value, list | tuple):
            raise ValueError("This must be a list.")
        return origin(_read(get_args(hint)[0], item) for item in value)
    if hint is bool:
        return _read_bool(value)
    if hint in (int, float):
        return _read_number(hint, value)
    if not isinstance(value, str):
        raise ValueError("This must be a text.")  # noqa: TRY004 (collected as one sentence for the field)
    return _read_text(hint, value)


def _read_bool(value: Any) -> bool:  # noqa: ANN401 (JSON or a posted form)
    if isinstance(value, bool):
        return value
    if str(value).lower() in _YES + _NO:
        return str(value).lower() in _YES
    raise ValueError("This must be yes or no.")


def _read_number(hint: type[int] | type[float], value: Any) -> int | float:  # noqa: ANN401 (JSON or a posted form)
    word = "whole number" if hint is int else "number"
    try:
        number = float(value) if hint is float else int(str(value))
    except (TypeError, ValueError):
        raise ValueError(f"This must be a {word}.") from None
    if isinstance(value, bool) or number != number or number in (float("inf"), float("-inf")):  # noqa: PLR0124 (NaN)
        raise ValueError(f"This must be a {word}.")
    return number


def _read_text(hint: Any, value: str) -> Any:  # noqa: ANN401 (text, date or choice)
    if hint is date:
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError("This must be a date such as 2026-03-31.") from None
    choices = _choices(hint)
    if choices and value not in choices:
        raise ValueError(f"This must be one of: {', '.join(choices)}.")
    return hint(value) if isinstance(hint, type) and issubclass(hint, StrEnum) else value


def _checked(value: Any, each: Field[Any]) -> Any:  # noqa: ANN401 (any field's value)
    """The value, if it keeps to what the field's metadata says."""
    says = each.metadata
    if isinstance(value, str):
        if len(value) < says.get("min_length", 0):
            raise ValueError(f"This needs at least {says['min_length']} characters.")
        if len(value) > says.get("max_length", 10_000):
            raise ValueError(f"This may have at most {says.get('max_length', 10_000):,} characters.")
        if "pattern" in says and not re.fullmatch(says["pattern"], value):
            raise ValueError("This does not have the right form.")
    if isinstance(value, int | float) and not isinstance(value, bool):
        if "min" in says and value < says["min"]:
            raise ValueError(f"This must be at least {says['min']}.")
        if "max" in says and value > says["max"]:
            raise ValueError(f"This must be at most {says['max']}.")
    return value
