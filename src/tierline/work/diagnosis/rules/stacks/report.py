"""A crash report in five facts: type, state, address, whether it may be exploited, and the group of its like.

One pass over the lines. A sign says what happened, a detail says more about it, a frame is added to the state while
there is room. The cost of a line is bounded: it is cut, and a sign is tried only where its trigger stands.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from .forms import FOUND, Detail, Finding, Frame, Seen, Sign
from .runtimes import TABLE, frame_in
from .runtimes.golang import go_frame
from .state import clean, cut, harness_file

MOST_LINES = 200_000
LONGEST_LINE = 4_000  # characters
_CHANCE = 2  # times a function may be on a stack without recursion being what ended it
_MOST_RECURSIVE = 100  # frames in which a recursion is looked for
_FOLLOWING = 4  # lines a sign may look ahead
_NOTHING_NAMED = "NULL"
_SIGNS: tuple[Sign, ...] = tuple(sign for runtime in TABLE for sign in runtime.signs)
_DETAILS: tuple[Detail, ...] = tuple(detail for runtime in TABLE for detail in runtime.details)
_WORDS = {sign.trigger for sign in _SIGNS} | {detail.trigger for detail in _DETAILS}
_TRIGGERS = re.compile("|".join(sorted(map(re.escape, _WORDS))))
_FRAME_LIKE = re.compile(
    r"[\s|]|#\d|\d{1,3} {2}|\[|\S{0,200}\+0x|[^\n]{0,600}\[0x|[0-9a-f`]{8,17} |[\w.$/<*]*@[a-z-]+:"
    r"|[jvACV] {2}|J \d"
)


@dataclass(frozen=True, slots=True)
class CrashReport:
    """What a crash report says; all empty for a text that reports no crash."""

    type: str = ""
    state: tuple[str, ...] = ()
    address: str = ""
    security: bool = False
    group: str = ""


class _Reader:
    def __init__(self) -> None:
        self.finding: Finding | None = None
        self.frames: list[str] = []
        self.python: list[str] = []
        self.done = False

    def sign(self, told: Finding) -> None:
        """A stronger sign starts anew; an equal or weaker one after frames says that their stack is over."""
        if self.finding is not None and told.labels:
            self.finding = replace(told, address=self.finding.address)
        elif self.finding is not None and self.finding.labels and not self.finding.address:
            self.finding = replace(self.finding, address=told.address)
        elif self.finding is None or told.rank > self.finding.rank:
            self.finding, self.frames, self.done = told, [], False
        elif told.rank == self.finding.rank and self.frames:
            self.done = True

    def frame(self, frame: Frame) -> None:
        if self.finding is None or self.done:
            return
        harness = harness_file(frame)
        if harness is not None:
            self._add(harness)
            self.done = bool(harness) or self.done
            return
        name = clean(frame)
        merges = frame.language == "windows" and not self.finding.recursion
        if not merges or self.frames[-1:] != [cut(name)]:
            self._add(name)
        if frame.name == "main":
            self.done = True

    def _add(self, name: str) -> None:
        finding = self.finding
        if finding is None or not name:
            return
        room = _MOST_RECURSIVE if finding.recursion else finding.most - len(finding.first)
        if len(self.frames) >= room:
            self.done = True
            return
        self.frames.append(cut(name))

    def report(self) -> CrashReport:
        finding = self.finding
        if finding is None:
            return CrashReport()
        frames = _from_recursion(self.frames)[: finding.most] if finding.recursion else self.frames
        lines = (*(cut(line) for line in finding.first), *frames)
        state = lines or ((finding.fallback or _NOTHING_NAMED),)
        return CrashReport(
            finding.type, state, finding.address, may_be_exploited(finding), group_of(finding.type, state)
        )


def read_report(lines: Iterable[str]) -> CrashReport:
    """The crash that these lines (without line ends) report; at most `MOST_LINES` are read."""
    text = [line[:LONGEST_LINE] for line in islice(lines, MOST_LINES)]
    reader = _Reader()
    traceback: list[Frame] = []
    for at, line in enumerate(text):
        if not line:
            continue
        if _TRIGGERS.search(line):
            _read_signs(reader, line, text[at + 1 : at + 1 + _FOLLOWING])
        frame = _frame(line, text[at - 1] if at else "")
        if frame is not None and frame.language == "python":
            traceback.append(frame)
            continue
        if traceback and frame is None and not line.startswith((" ", "\t")):
            _innermost_first(reader, traceback)
        if frame is not None:
            reader.frame(frame)
    _innermost_first(reader, traceback)
    return reader.report()


def _from_recursion(frames: list[str]) -> list[str]:
    """The functions that call each other; what was called by chance when the stack was full is left out."""
    many = Counter(frames)
    return _once([name for name in frames if many[name] > _CHANCE] or frames)


def _once(frames: list[str]) -> list[str]:
    """A function that calls itself directly counts once."""
    return [name for at, name in enumerate(frames) if not at or name != frames[at - 1]]


def group_of(kind: str, state: Sequence[str]) -> str:
    """The same for crashes of one state: without type, unless nothing is named in the state."""
    text = "\n".join(state) if tuple(state) != (_NOTHING_NAMED,) else f"{kind}\n{_NOTHING_NAMED}"
    return "c" + hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


_HARMLESS = re.compile(
    r"(?:CHECK failure|Security CHECK|RUNTIME_ASSERT|ASSERT|V8 API|Fatal |Fatal-signal|Abrt|Ill|Trap|Breakpoint|Timeout"
    r"|Null-dereference|READ$|Stack.overflow|Out-of-memory|Uncaught|Unexpected|Missing-library|Unreachable"
    r"|Floating-point|Integer-overflow|Divide-by-zero|Undefined-shift|Implicit-conv|Float-cast|Pointer-overflow|Upcast"
    r"|Assumption|Invalid-(?:bool|enum|null|builtin)|Misaligned|No-return|Direct-leak|Indirect-leak|Odr-|Overwrites"
    r"|Index out|Slice bounds|Integer divide|Makeslice|Concurrent map|Lock-order|Data race|Thread leak)"
)


def may_be_exploited(finding: Finding) -> bool:
    """Whether the fault breaks the safety of memory (or a check that guards it), rather than stopping the program."""
    return _HARMLESS.match(finding.type) is None and (finding.type != "UNKNOWN" or finding.rank != FOUND)


def _read_signs(reader: _Reader, line: str, after: Sequence[str]) -> None:
    for sign in _SIGNS:
        if sign.trigger in line and (found := sign.pattern.match(line)) and (told := sign.tell(Seen(found, after))):
            reader.sign(told)
            return
    if reader.finding is None:
        return
    for detail in _DETAILS:
        if detail.trigger in line and (found := detail.pattern.match(line)):
            reader.finding = detail.amend(found, reader.finding)


def _frame(line: str, before: str) -> Frame | None:
    return go_frame(line, before) or (frame_in(line) if _FRAME_LIKE.match(line) else None)


def _innermost_first(reader: _Reader, traceback: list[Frame]) -> None:
    for frame in reversed(traceback):
        reader.frame(frame)
    traceback.clear()
