"""Detectors of packages, in the process that reads files: watched, because a file they fail on must stay unread.

A detector that raises, answers nonsense, loses lines or takes too long ends the reading: what it might have hidden is
shown to nobody. The other files and detectors know nothing of it.
"""

import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from types import FrameType

from tierline.core.plugins.contracts import BlockDetector, Detector, LineFilter, Secret, SecretText

SLOWEST = 5.0  # seconds for one piece of text (at most a few hundred kilobytes)
SLOWEST_IN_ALL = 10.0  # seconds, and
SECONDS_PER_MB = 0.5
_OWN = "tierline.work.diagnosis.rules.built_in:"


class DetectorFailed(Exception):
    """A detector could not be trusted with this file; says which, and why, without a word of the file."""


class _TooSlow(BaseException):
    """Raised inside of a detector when its time is over; `except Exception` does not hold it up."""


def load(listed: Iterable[Mapping[str, str]], path: Iterable[str] = ()) -> list[Detector]:
    """The detectors of a task: `at` names a class ("module:Class"), `key` and `package` are for words.

    `path` is where packages are found. Raises DetectorFailed.
    """
    sys.path[:] = list(dict.fromkeys((*path, *sys.path)))
    return [_made(one) for one in listed]


def _made(one: Mapping[str, str]) -> Detector:
    module, _, name = one["at"].partition(":")
    if one["at"].startswith(_OWN):
        made: Detector = getattr(import_module(module), name)()
        return made
    watch = Watch(f"the detector {one['key']} ({one['package']})")
    with watch.over(0):
        target = import_module(module)
        for part in name.split("."):
            target = getattr(target, part)
        detector = target()  # type: ignore[operator]  # the class that the entry point names
    return GuardedBlocks(detector, watch) if isinstance(detector, BlockDetector) else Guarded(detector, watch)


class Watch:
    """The time a detector has, and how its faults are told."""

    def __init__(self, who: str) -> None:
        self._who = who
        self._spent = 0.0
        self._given = 0.0

    @contextmanager
    def over(self, size: int) -> Iterator[None]:
        """One call with `size` characters of text. Raises DetectorFailed."""
        self._given += size / 1_000_000 * SECONDS_PER_MB
        began = time.monotonic()
        before = signal.signal(signal.SIGALRM, _ring)
        signal.setitimer(signal.ITIMER_REAL, SLOWEST)
        try:
            yield
        except _TooSlow:
            raise self.failed(f"takes more than {SLOWEST:.0f} seconds") from None
        except (Exception, SystemExit) as error:  # noqa: BLE001 (a stranger's code: whatever it raises ends the reading)
            raise self.failed(f"failed ({type(error).__name__})") from None
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        self._spent += time.monotonic() - began
        if self._spent > SLOWEST_IN_ALL + self._given:
            raise self.failed("is too slow")

    def failed(self, what: str) -> DetectorFailed:
        """What is told of the file."""
        return DetectorFailed(f"{self._who} {what} on it; nothing of it is shown until that plug-in is mended or gone")


class Guarded:
    """A detector of a package: its answers are checked, its time is bounded."""

    def __init__(self, detector: Detector, watch: Watch) -> None:
        self.key, self.name, self.version, self.kind = detector.key, detector.name, detector.version, detector.kind
        self._detector = detector
        self._watch = watch

    def find(self, text: SecretText) -> list[Secret]:
        """What it found. Raises DetectorFailed."""
        size = len(text.text)
        with self._watch.over(size):
            found = [Secret(*one) for one in self._detector.find(text)]
            sound = all(map(_is_sound, found)) and all(0 <= one.start <= one.end <= size for one in found)
        if not sound:
            raise self._watch.failed("answered with places that are not there")
        return [one for one in found if one.end > one.start]


class GuardedBlocks(Guarded):
    """The same for one that looks over several lines."""

    def __init__(self, detector: BlockDetector, watch: Watch) -> None:
        super().__init__(detector, watch)
        self._over_lines = detector

    def blocks(self, name: Callable[[str], str]) -> LineFilter:
        """Its filter, watched."""
        with self._watch.over(0):
            return _Counted(self._over_lines.blocks(name), self._watch)


class _Counted:
    """A filter that must give back as many lines as it was fed."""

    def __init__(self, inner: LineFilter, watch: Watch) -> None:
        self._inner = inner
        self._watch = watch
        self._owed = 0

    def feed(self, text: str) -> str:
        with self._watch.over(len(text)):
            out = self._inner.feed(text)
            self._owed += text.count("\n") - out.count("\n")
        return out

    def close(self) -> str:
        with self._watch.over(0):
            out = self._inner.close()
            self._owed -= out.count("\n")
        if self._owed or (out and not out.endswith("\n")):
            raise self._watch.failed("lost or added lines")
        return out


def _is_sound(answer: tuple[object, ...]) -> bool:
    """Whether the parts of an answer have the types that they should have: a stranger's code gave them."""
    *numbers, stands_for = answer
    return all(type(one) is int for one in numbers) and isinstance(stands_for, str)


def _ring(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise _TooSlow
