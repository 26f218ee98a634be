"""What a detector of secrets must offer, and the text that it looks at."""

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol, runtime_checkable

from .plugin import Plugin


class Secret(NamedTuple):
    """A secret between `start` and `end` of a text. Where two overlap the one with the lower `rank` (0 to 9) stays.

    `stands_for` is what it means, where the same thing is written in several ways: equal meanings get equal names.
    Empty, its own text is meant.
    """

    start: int
    end: int
    rank: int = 5
    stands_for: str = ""


class SecretText(Protocol):
    """Whole lines of a file, in three forms with the same positions: as it is, in lower case, every digit a 0.

    `words` holds each different word once, every digit a 0: what a single word has to hold is asked there first.

    `people` are (name, mail address) of those of the ticket, `companies` their organisations.
    """

    @property
    def text(self) -> str: ...
    @property
    def lower(self) -> str: ...
    @property
    def digits(self) -> str: ...
    @property
    def words(self) -> str: ...
    @property
    def people(self) -> tuple[tuple[str, str], ...]: ...
    @property
    def companies(self) -> tuple[str, ...]: ...

    def may_hold(self, trigger: str, view: str) -> bool:
        """Whether a literal can be in the form `view` ("text", "lower", "digits"), told at memory speed."""
        ...


@runtime_checkable
class Detector(Plugin, Protocol):
    """Finds one class of secrets before anybody reads a file. Group `tierline.detectors`.

    It runs in the process that reads files: without a database, within limits of time and memory. `kind` is the word
    in the mask (`<badge-1>`): 2 to 8 letters, a to z. When it fails or is slow, nothing of the file is shown.
    """

    @property
    def kind(self) -> str: ...

    def find(self, text: SecretText) -> Iterable[Secret]:
        """Every secret of this class in the text. Must take time in proportion to the text, whatever is in it."""
        ...


class LineFilter(Protocol):
    """Text in, text without secrets out, whole lines both; what waits for its end comes out later."""

    def feed(self, text: str) -> str: ...
    def close(self) -> str: ...


@runtime_checkable
class BlockDetector(Detector, Protocol):
    """A detector of secrets that stand over several lines, such as keys. `find` is asked as well."""

    def blocks(self, name: Callable[[str], str]) -> LineFilter:
        """A filter for one file; `name` gives a secret its mask. As many lines come out as went in."""
        ...
