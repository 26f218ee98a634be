"""Who an entry or a message is for, and the base of every typed event."""

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, ClassVar, Self


class Audience(StrEnum):
    """Every entry and every outgoing message has exactly one audience."""

    REQUESTER = "requester"
    INTERNAL = "internal"
    VENDOR = "vendor"


ERASED = "[erased]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """What an event of one kind says. A room's `events.py` holds one frozen subclass for each kind.

    `kind` is `subject.verb`. Fields are JSON values only. `erase` returns the payload without personal data; a kind
    that carries text written by or about a person must define it.
    """

    kind: ClassVar[str] = ""
    registry: ClassVar[dict[str, type["Payload"]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:  # noqa: ANN401 (Python's own signature)
        super(Payload, cls).__init_subclass__(**kwargs)
        if not cls.kind:
            return  # a base for several kinds
        known = Payload.registry.get(cls.kind)
        # dataclass(slots=True) makes a second class of the same name; only a different one is a clash
        if known is not None and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(f"two payloads for the event kind {cls.kind!r}")
        Payload.registry[cls.kind] = cls

    def to_data(self) -> dict[str, Any]:
        """The JSON object that the timeline keeps."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Self:
        """The payload kept as `data`; names that this version no longer knows are passed over."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in data.items() if name in known})

    def erase(self) -> Self:
        """The same payload without personal data. Kinds with ids, enums and figures only keep all."""
        return self


def typed(kind: str, data: dict[str, Any]) -> Payload:
    """The typed payload of an entry. Raises KeyError for a kind that nobody defines."""
    return Payload.registry[kind].from_data(data)
