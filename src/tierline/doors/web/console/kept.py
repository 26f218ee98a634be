"""What an entry of the timeline still says: those of every earlier version stay, so none is taken at its word. Pure."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from functools import cache
from types import UnionType
from typing import Any, Protocol, Union, get_args, get_origin, get_type_hints

from tierline.core.timeline.rules import Payload

PLAIN: dict[object, tuple[type, ...]] = {float: (int, float)}
REFERENCES = range(10**11)  # as many digits as the address of a ticket may have


class Kept(Protocol):
    """What is read of a timeline entry."""

    kind: str
    data: Any


def happened(entry: Kept) -> Payload | None:
    """The typed payload of an entry; None when its kind is unknown, a field is missing or holds something else."""
    made_of = Payload.registry.get(entry.kind)
    if made_of is None or not isinstance(entry.data, dict):
        return None
    needed, types = described(entry.kind)
    known = {name: value for name, value in entry.data.items() if name in types}
    whole = needed <= known.keys() and all(fits(value, types[name], name) for name, value in known.items())
    return made_of.from_data(known) if whole else None


@cache
def described(kind: str) -> tuple[frozenset[str], Mapping[str, Any]]:
    """Give the fields that the payload of a kind must have, and the type of each field."""
    every, hints = fields(Payload.registry[kind]), get_type_hints(Payload.registry[kind])
    needed = (one.name for one in every if one.default is MISSING and one.default_factory is MISSING)
    return frozenset(needed), {one.name: hints[one.name] for one in every}


def fits(value: object, hint: Any, name: str = "") -> bool:  # noqa: ANN401 - a type annotation is any object
    """Tell whether a JSON value has an annotated type; a reference (``..._id``) has to fit an address, too."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return any(fits(value, part, name) for part in parts)
    if origin is list:
        return isinstance(value, list) and all(fits(one, parts[0], name.removesuffix("s")) for one in value)
    if origin is dict:
        return isinstance(value, dict) and all(fits(one, parts[1]) for one in value.values())
    if hint is int and name.endswith("_id"):
        return type(value) is int and value in REFERENCES  # never a bool, and never a long search for something else
    return hint is Any or (isinstance(value, PLAIN.get(hint, hint)) and isinstance(value, bool) == (hint is bool))


def number_of(data: object, name: str) -> int | None:
    """Give a whole number that an entry keeps under a name; None for anything else."""
    value = data.get(name) if isinstance(data, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
