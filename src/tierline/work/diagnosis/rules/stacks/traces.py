"""Stack traces of Python, Java, Go, .NET, JavaScript and native code: type, frames, and a fingerprint that stays.

The fingerprint is made of the type and the first frames of the reporter's own code; addresses, line numbers, ids,
generated names and the language of the machine do not change it.
"""

import hashlib
import re
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from .runtimes import frame_in
from .runtimes.dotnet import AT
from .runtimes.golang import go_frame
from .state import bare

_MAX_FRAMES = 200
_TOP = 5
_BEFORE = 4  # lines above a trace that may name its type
_QUICK = re.compile(
    rf'[ \t]+(?:{AT} |File "|#\d)|#\d|\t/|[ \t|]+File|[\w.$/<*]*@[a-z-]+:|.{{0,40}}\+0x[0-9a-f]+/0x'
    r"|[jvACV]  [\[~A-Za-z]|J \d"
)
_TYPE = re.compile(
    r"(?<![\w.$])((?:[A-Za-z_][\w$]{0,80}\.){0,10}[A-Z][\w$]{0,100}"
    r"(?:Exception|Error|Throwable|Fault|Warning|Interrupt|Exit)[\w$]{0,20}"
    r"|(?:[A-Za-z_][\w$]{0,80}\.){1,10}(?:Exception|Error|Throwable)|(?:Exception|Error)(?=: |$))(?![\w(.])"
)
_PYTHON_TYPE = re.compile(r"((?:[A-Za-z_]\w{0,80}\.){0,8}[A-Z]\w{1,100})(?:: |$)")
_SIGNAL = re.compile(r"\b(SIG[A-Z]{3,5})\b|\bsignal (\d{1,2})\b")
_SANITIZER = re.compile(r"(?:ERROR|WARNING): (\w{4,20}Sanitizer): ([a-zA-Z-]{3,60}(?: [a-z-]{3,40}){0,2})")
_THREAD = re.compile(r"java\.lang\.Thread\.State: ([A-Z_]{3,20}(?: \([a-z ]{1,40}\))?)")
_DEADLOCK = re.compile("Java stack information for the threads listed above")
_MACHINE = re.compile(r"(?:Native|Java) frames: \(J=compiled")
_GO_LINE = re.compile(r"[\t ]|\S{1,400}\(|created by |goroutine \d|\[signal |\.\.\.")  # what stands in a trace of Go
_GO_PANIC = re.compile(r"(?:panic|fatal error): ([^\n]{1,200})")
_CAUSE = re.compile(r"[ \t]*(?:Caused by|Suppressed): |[ \t]*-{3,}> ")
_MORE = re.compile(r"[ \t]*\.\.\. \d+ (?:more|common frames omitted)|[ \t]+(?:\^|~)+|[ \t]*--- ")
_RUNTIME = re.compile(
    r"(?:java|javax|jdk|sun|com\.sun|kotlin|scala)\.|System\.|Microsoft\.|node:|internal/|runtime\.|_?_libc|start_thread"
    r"|(?:__GI_|_start$|abort$|raise$|__asan|__interceptor|std::|ev_(?:run|invoke))|site-packages|threading:|asyncio"
)
_NOISE = re.compile(
    r"\+?0x[0-9a-fA-F]+|\$\$Lambda[^.]*|\$\d+|`\d+|<[^<>]{0,200}>|\[[^\[\]]{0,120}\]|\+\d+|@[0-9a-fA-F]{4,16}"
    r"|(?<=[A-Za-z_])_?\d{3,}|\(inlined\)"
)


@dataclass(frozen=True, slots=True)
class Trace:
    """One trace: language, exception or signal, frames from the innermost outwards, fingerprint, first line."""

    language: str
    type: str
    frames: tuple[str, ...]
    fingerprint: str
    line: int


@dataclass(slots=True)
class _Open:
    language: str
    type: str
    line: int
    frames: list[str] = field(default_factory=list)
    above: list[str] = field(default_factory=list)  # frames of what a cause explains


class StackReader:
    """Feed lines in order; `traces` holds the traces that are complete, `close` completes the last one."""

    def __init__(self, *, most: int = 2_000) -> None:
        self.traces: list[Trace] = []
        self._most = most
        self._open: _Open | None = None
        self._before: deque[str] = deque(maxlen=_BEFORE)

    @property
    def is_open(self) -> bool:
        """Whether a trace began that may go on: then every line counts."""
        return self._open is not None

    def passed(self, lines: Sequence[str]) -> None:
        """Lines that are no frames and were not fed, because no trace was open: the last may name a trace's type."""
        last: list[str] = []
        for line in reversed(lines):
            if line:
                last.append(line[:1000])
            if len(last) == _BEFORE:
                break
        self._before.extend(reversed(last))

    def feed(self, number: int, line: str) -> None:
        """One line, without its line end."""
        frame = _frame(line, self._before) if _QUICK.match(line) else None
        if frame is not None:
            self._add(number, *frame)
        elif self._open is not None:
            self._between(line)
        if line:
            self._before.append(line[:1000])

    def close(self) -> list[Trace]:
        """All traces found."""
        if self._open is not None and len(self.traces) < self._most:
            self.traces.append(_finished(self._open))
        self._open = None
        return self.traces

    def _add(self, number: int, language: str, name: str) -> None:
        if self._open is None or (language not in (self._open.language, "plain")):
            self.close()
            self._open = _Open(language, _type_before(self._before), number)
        if len(self._open.frames) < _MAX_FRAMES:
            self._open.frames.append(name)

    def _between(self, line: str) -> None:
        """A line inside a trace that is no frame: the cause below it, the code of a frame, or its end."""
        trace = self._open
        if trace is None:
            return
        if _CAUSE.match(line):
            kind = _type_in([line])
            trace.type = kind or trace.type
            if trace.language == "java" and trace.frames:
                trace.above, trace.frames = trace.frames, []
            return
        if trace.language == "python" and line[:1] not in {" ", "\t", "|", ""}:
            found = _PYTHON_TYPE.match(line)
            trace.type = found[1] if found else trace.type
            self.close()
        elif trace.language == "go" or _MORE.match(line) or line[:1] in {" ", "\t", "|"}:
            if trace.language == "go" and not _GO_LINE.match(line):
                self.close()
        else:
            self.close()


def may_be_frame(line: str) -> bool:
    """Whether a line may be a frame; all lines that differ from it in their figures only may then be frames."""
    return _QUICK.match(line) is not None


def is_frame(line: str) -> bool:
    """Whether a line is a frame of a trace."""
    return _QUICK.match(line) is not None and frame_in(line) is not None


def is_of_runtime(frame: str) -> bool:
    """Whether a frame, or the line it stands on, is one of a runtime and not the reporter's own."""
    return _RUNTIME.search(frame) is not None


def parse(lines: Iterable[str]) -> list[Trace]:
    """Every trace in these lines."""
    reader = StackReader()
    for number, line in enumerate(lines, 1):
        reader.feed(number, line)
    return reader.close()


def fingerprint(kind: str, frames: Iterable[str]) -> str:
    """Type and the first own frames (all frames when none is own), hashed."""
    every = [normal for frame in frames if (normal := normalise(frame))]
    own = [frame for frame in every if not is_of_runtime(frame)] or every
    text = "\n".join([normalise(kind), *own[:_TOP]])
    return "f" + hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def normalise(frame: str) -> str:
    """A frame without what changes from run to run or build to build."""
    before, text = "", frame.strip()
    while text != before:
        before, text = text, _NOISE.sub("", text)
    return text.strip(" .:$")


def _finished(trace: _Open) -> Trace:
    frames = tuple(reversed(trace.frames)) if trace.language == "python" else tuple(trace.frames or trace.above)
    return Trace(trace.language, trace.type, frames, fingerprint(trace.type, frames), trace.line)


def _frame(line: str, before: deque[str]) -> tuple[str, str] | None:
    frame = go_frame(line, before[-1] if before else "") or frame_in(line)
    if frame is None or not (name := bare(frame)):
        return None
    return frame.language, name


def _type_before(before: deque[str]) -> str:
    return _type_in(reversed(before))


def _type_in(lines: Iterable[str]) -> str:
    """The exception, signal, sanitizer finding or state of a thread that these lines (nearest first) name."""
    for line in lines:
        for pattern, told in _TYPES:
            if found := pattern.search(line):
                return told(found)
    return ""


def _said(text: str) -> str:
    """The words of a panic without its values, so that equal faults are equal."""
    return re.sub(r"\[[^\]]{0,40}\]|0x[0-9a-f]+|\d+|\"[^\"]{0,200}\"|\{[^}]{0,200}\}", "", text).strip(" :.")[:80]


_TYPES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (_SANITIZER, lambda found: f"{found[1]}: {found[2]}"),
    (_GO_PANIC, lambda found: f"panic: {_said(found[1])}"),
    (_THREAD, lambda found: f"thread {found[1]}"),
    (_DEADLOCK, lambda _: "deadlock"),
    (_MACHINE, lambda _: "crash of the virtual machine"),
    (_TYPE, lambda found: found[1]),
    (_SIGNAL, lambda found: found[1] or f"signal {found[2]}"),
)
