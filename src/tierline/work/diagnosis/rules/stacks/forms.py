"""What a runtime tells the reader: forms of a frame and signs of what happened; plain data, easy to add to."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

# How much a sign says. A stronger one replaces a weaker one together with the frames found for it; between equals the
# first stays.
SIGNAL = 10  # a signal was received, nobody says why
STOPPED = 20  # a test harness noticed that the program died
ABORTED = 30  # a sanitizer caught a signal that a program sends itself
ACCESS = 40  # a wild access, without the reason
STATED = 50  # the program says what failed: an assertion, a panic, an exception
FOUND = 60  # a sanitizer names the fault
DETECTED = 70  # a detector of exploits, or a watchdog, names the outcome


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: language of its form, name of the function, source file or module (empty when not given)."""

    language: str
    name: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """How a runtime writes a frame. `make` turns a match into a Frame, or None when it is none after all."""

    pattern: re.Pattern[str]
    make: Callable[[re.Match[str]], Frame | None]


@dataclass(frozen=True, slots=True)
class Finding:
    """What happened.

    `first` are lines of the state that stand before the frames; `most` counts both. After
    a `recursion` the state begins where it does.

    `fallback` stands for the frames when none has a name. A finding that
    `labels` gives another its type and keeps its frames and its address.
    """

    type: str
    rank: int
    address: str = ""
    first: tuple[str, ...] = ()
    most: int = 3
    recursion: bool = False
    fallback: str = ""
    labels: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """A line that fits a sign, and the lines that follow it (at most 4)."""

    match: re.Match[str]
    after: Sequence[str] = ()

    def __getitem__(self, group: int) -> str:
        """A group of the match; empty when it took no part."""
        return self.match[group] or ""


Tell = Callable[[Seen], Finding | None]
Amend = Callable[[re.Match[str], Finding], Finding]


@dataclass(frozen=True, slots=True)
class Sign:
    """A line that says what happened: `pattern` is tried at the beginning of a line in which `trigger` occurs."""

    trigger: str
    pattern: re.Pattern[str]
    tell: Tell


@dataclass(frozen=True, slots=True)
class Detail:
    """A line that says more about what was found already."""

    trigger: str
    pattern: re.Pattern[str]
    amend: Amend


@dataclass(frozen=True, slots=True)
class Runtime:
    """Everything known about one runtime. `signs` and `details` are tried in order; the first that tells counts."""

    name: str
    forms: tuple[Form, ...] = ()
    signs: tuple[Sign, ...] = ()
    details: tuple[Detail, ...] = ()


def says(kind: str, rank: int = FOUND, *, labels: bool = False) -> Tell:
    """A sign that always means the same."""
    finding = Finding(kind, rank, labels=labels)
    return lambda _: finding


def named(language: str) -> Callable[[re.Match[str]], Frame]:
    """A frame whose name is the first group."""
    return lambda found: Frame(language, found[1])


def file_of(place: str) -> str:
    """The last part of a path, without line and column."""
    name = re.split(r"[\\/]", place)[-1]
    return re.sub(r"(?::\d+){1,2}$", "", name).partition("?")[0]
