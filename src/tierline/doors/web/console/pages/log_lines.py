"""The lines of a log as the page prints them: masks as chips, hits, stack traces, and folds over what is as usual."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tierline.work.diagnosis.queries import Line
from tierline.work.diagnosis.rules.headers import Header, HeaderReader
from tierline.work.diagnosis.rules.levels import ERRORS
from tierline.work.diagnosis.rules.lines import goes_on
from tierline.work.diagnosis.rules.match import literal_parts
from tierline.work.diagnosis.rules.stacks import is_frame, is_of_runtime

LINE_CHARS = 600
_MARKS = re.compile(r"(<\*>|<[a-z]{2,8}-(?:\d{1,9}|more)>)")
_CLOCK = re.compile(r"\d{1,2}:\d\d:\d\d")
_SLOT = "<*>"
_CONTEXT = 3  # lines that stay around what is not as usual
_SHORTEST_FOLD = 6  # lines


@dataclass(frozen=True)
class Piece:
    """A part of a line: plain text, a masked secret (``masked``) or a slot of a template (``slot``)."""

    text: str
    kind: str = ""


@dataclass(frozen=True)
class LogLine:
    """One line ready to print. ``mark`` is hit, own or lib (frames of a trace), err or nothing.

    ``time`` is the clock of its stamp and ``stamp`` all of it, where the line begins with one; then ``pieces`` are what
    follows. ``fold`` is how many lines from here on are ``folded`` away together.
    """

    number: int
    pieces: list[Piece]
    mark: str = ""
    cut: bool = False
    time: str = ""
    stamp: str = ""
    folded: bool = False
    fold: int = 0


def pieces(text: str) -> list[Piece]:
    """Cut a redacted line at its masks, a template at its slots."""
    found = []
    for part in _MARKS.split(text):
        if part == _SLOT:
            found.append(Piece("…", "slot"))
        elif _MARKS.fullmatch(part):
            found.append(Piece(part.strip("<>").replace("-", " "), "masked"))
        elif part:
            found.append(Piece(part))
    return found


def log_lines(lines: Sequence[Line], *, differing: Sequence[str], firsts: set[int], folds: bool) -> list[LogLine]:
    """Make the lines to print. Lines of `differing` templates are hits, and so are those numbered in `firsts`."""
    reader = HeaderReader()
    headers = [reader.read(line.text) for line in lines]
    traced = _traced(lines, headers)
    forms = [Form(one) for one in differing]
    made = []
    for line, header, in_trace in zip(lines, headers, traced, strict=True):
        message = header.message(line.text)
        mark = "err" if header.level in ERRORS else ""
        if in_trace:
            mark = "lib" if is_frame(line.text) and is_of_runtime(line.text) else "own"
        elif line.number in firsts or any(form.fits(message) for form in forms):
            mark = "hit"
        made.append(_printed(line, header, mark))
    return _folded(made) if folds else made


def _printed(line: Line, header: Header, mark: str) -> LogLine:
    clock = _CLOCK.search(header.stamp) if header.kind and line.text[: header.at] in {"", "["} else None
    rest = line.text[header.at + len(header.stamp) :].lstrip("] \t") if clock else ""
    clock, rest = (clock, rest) if rest else (None, line.text)
    return LogLine(
        line.number,
        pieces(rest[:LINE_CHARS]),
        mark,
        cut=len(rest) > LINE_CHARS,
        time=clock.group() if clock else "",
        stamp=header.stamp if clock else "",
    )


def _traced(lines: Sequence[Line], headers: Sequence[Header]) -> list[bool]:
    """Which lines belong to a stack trace: its frames, and what stands between and right before them."""
    belongs = [
        not header.kind and bool(line.text) and goes_on(line.text) for line, header in zip(lines, headers, strict=True)
    ]
    found = [is_frame(line.text) for line in lines]
    for order in (range(1, len(lines)), range(len(lines) - 2, -1, -1)):
        step = 1 if order.step > 0 else -1
        for at in order:
            found[at] = found[at] or (belongs[at] and found[at - step])
    return found


class Form:
    """A template, for asking whether a message is one of its lines: its parts in their order, from end to end."""

    def __init__(self, template: str) -> None:
        self._parts = literal_parts(template)
        self._from_start, self._to_end = not template.startswith(_SLOT), not template.endswith(_SLOT)

    def fits(self, message: str) -> bool:
        """Whether the message has the form, as far as its words tell."""
        if not self._parts:
            return False
        text = message.lower().strip()
        if self._from_start and not text.startswith(self._parts[0]):
            return False
        at = 0
        for part in self._parts:
            at = text.find(part, at)
            if at < 0:
                return False
            at += len(part)
        return not self._to_end or text.endswith(self._parts[-1])


def _folded(lines: list[LogLine]) -> list[LogLine]:
    """Fold long runs of what is as usual between two things that are not; the first and the last line always stay."""
    told = [at for at, line in enumerate(lines) if line.mark]
    made = list(lines)
    for start, end in _between(told):
        for at in range(start, end):
            made[at] = replace(lines[at], folded=True, fold=end - start if at == start else 0)
    return made


def _between(told: Sequence[int]) -> Iterator[tuple[int, int]]:
    for one, two in pairwise(told):
        start, end = one + 1 + _CONTEXT, two - _CONTEXT
        if end - start >= _SHORTEST_FOLD:
            yield start, end
