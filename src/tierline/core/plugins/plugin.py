"""What every plug-in is."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class Plugin(Protocol):
    """The identity that every plug-in has.

    `key` names it in settings and in the timeline (lower case, digits, `_` and `-`) and never changes; `name`
    is for people; `version` is recorded beside whatever the plug-in did.
    """

    @property
    def key(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
