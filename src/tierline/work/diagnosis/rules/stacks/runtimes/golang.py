"""Go: panics and fatal errors (runtime.PrintStack); a frame is a call and, on the next line, its place."""

import re
from collections.abc import Sequence

from tierline.work.diagnosis.rules.stacks.forms import STATED, Finding, Frame, Runtime, Seen, Sign

_PLACE = re.compile(r"\s{0,12}[^\s:]{1,300}\.(?:go|s):\d+(?: \+0x[0-9a-f]+)?(?: [a-z]{2}=0x[0-9a-f]+){0,3}$")
_CALL = re.compile(
    r"(?:created by )?((?:[\w.@-]{1,80}/){0,8}[\w.*()\[\]{}-]{1,200}?)(?:\([^()\n]{0,300}\))?(?: in goroutine \d+)?$"
)
_SAID = re.compile(r"(?:\S{1,60} ){0,6}?(panic|fatal error|[Pp]anic in [^:\n]{1,80}): ([^\n]{1,1000})")
_KNOWN = (
    ("invalid memory address", "Invalid memory address"),
    ("index out of range", "Index out of range"),
    ("slice bounds out of range", "Slice bounds out of range"),
    ("integer divide by zero", "Integer divide by zero"),
    ("makeslice: len out of range", "Makeslice: len out of range"),
    ("stack overflow", "Stack overflow"),
    ("out of memory", "Out-of-memory"),
    ("concurrent map", "Concurrent map access"),
)


def go_frame(line: str, before: str) -> Frame | None:
    """The call on the line before, when this line is its place."""
    if _PLACE.match(line) and (call := _CALL.match(before)):
        return Frame("go", call[1])
    return None


def _goes_on(after: Sequence[str]) -> bool:
    """A goroutine, or a signal, follows: otherwise the word stands in the text of another runtime."""
    return any(line.startswith(("goroutine ", "[signal ", "runtime stack:")) for line in after)


def _panic(found: Seen) -> Finding | None:
    said = found[2]
    is_known = said.startswith("runtime error: ")
    if not is_known and not _goes_on(found.after):
        return None
    if is_known or found[1] == "fatal error":
        for words, kind in _KNOWN:
            if words in said:
                return Finding(kind, STATED)
    return Finding("ASSERT", STATED, first=(said.removeprefix("runtime error: "),))


RUNTIME = Runtime("go", signs=(Sign(": ", _SAID, _panic),))
