"""The new words of a reply, apart from what it quotes and from the signature."""

import re

from .phrases import (
    DEVICE_LINES,
    FROM_LABELS,
    HEADER_LABELS,
    ORIGINAL_WORDS,
    WROTE_STARTS,
    WROTE_VERBS,
    any_of,
)

_COLON = "[:\uff1a]"
_DASHES = re.compile(rf"\s*[-_*=]{{2,}}.{{0,60}}{any_of(ORIGINAL_WORDS)}.{{0,40}}[-_*=]{{2,}}\s*$", re.IGNORECASE)
# "On <date>, <somebody> wrote:", also over three lines; or "<somebody> wrote:" with a colon that proves it.
_WROTE = re.compile(
    rf"\s*(?:{any_of(WROTE_STARTS)}\b.{{4,300}}?{any_of(WROTE_VERBS)}.{{0,60}}?{_COLON}?"
    rf"|.{{4,200}}?{any_of(WROTE_VERBS)}\s*{_COLON})\s*$",
    re.IGNORECASE,
)
_HEADER_LINE = re.compile(rf"\s*>?\s*\*{{0,2}}{any_of(FROM_LABELS)}\*{{0,2}}\s*{_COLON}\s*\S", re.IGNORECASE)
_MORE_HEADER = re.compile(rf"\s*>?\s*\*{{0,2}}{any_of(HEADER_LABELS)}\*{{0,2}}\s*{_COLON}", re.IGNORECASE)
_SIGNATURE = re.compile(r"(?:-- ?|__+|\u2014)\s*$")
_DEVICE = re.compile(rf"\s*{any_of(DEVICE_LINES)}.{{0,80}}$", re.IGNORECASE)
_QUOTE = re.compile(r"^\s{0,3}>")
_TRIED_LINES = 3
_NEAR_HEADER = 5
_LONGEST_LINE = 400  # characters; a longer line is a paragraph, never the mark of a quote
MAX_LINES = 5_000


def visible_reply(text: str) -> str:
    """The part of `text` that its sender wrote now. Answers between quoted lines are kept with their quotes.

    When everything looks quoted, the whole text is returned: better too much than nothing.
    """
    lines = text.replace("\r\n", "\n").split("\n")[:MAX_LINES]
    end = _end_of_new(lines)
    kept = _without_trailing_quotes(lines[:end])
    kept = _without_signature(kept)
    reply = "\n".join(kept).strip()
    return reply or text.strip()


def _end_of_new(lines: list[str]) -> int:
    """The first line that begins the quoted conversation, or the number of lines."""
    for number, line in enumerate(lines):
        if not line.strip() or len(line) > _LONGEST_LINE:
            continue
        if _DASHES.match(line) or _starts_header_block(lines, number):
            return number
        if _starts_wrote(lines, number) and _nothing_new_after(lines, number):
            return number
    return len(lines)


def _starts_header_block(lines: list[str], number: int) -> bool:
    """`From:` with at least two more lines of a quoted header close below."""
    if not _HEADER_LINE.match(lines[number]):
        return False
    near = lines[number + 1 : number + 1 + _NEAR_HEADER]
    return sum(bool(_MORE_HEADER.match(line)) for line in near) >= 2  # noqa: PLR2004 (one alone may be prose)


def _starts_wrote(lines: list[str], number: int) -> bool:
    for count in range(1, _TRIED_LINES + 1):
        candidate = lines[number : number + count]
        if len(candidate) < count or not candidate[-1].strip():
            return False
        joined = " ".join(line.strip() for line in candidate)
        if len(joined) <= _LONGEST_LINE and _WROTE.match(joined):
            return True
    return False


def _nothing_new_after(lines: list[str], number: int) -> bool:
    """Whether all below is quoted or signature; otherwise the sender answers between the quotes."""
    rest = [line for line in lines[number + 1 : number + 400] if line.strip()]
    quoted = [line for line in rest if _QUOTE.match(line)]
    if not quoted:
        return True
    last = max(index for index, line in enumerate(rest) if _QUOTE.match(line))
    first = min(index for index, line in enumerate(rest) if _QUOTE.match(line))
    between = [line for line in rest[first:last] if not _QUOTE.match(line)]
    after = rest[last + 1 :]
    return not any(_looks_new(line) for line in between) and not any(
        _looks_new(line) for line in _until_signature(after)
    )


def _until_signature(lines: list[str]) -> list[str]:
    for number, line in enumerate(lines):
        if _SIGNATURE.match(line) or _DEVICE.match(line):
            return lines[:number]
    return lines


def _looks_new(line: str) -> bool:
    return len(line.split()) >= 3 and not _WROTE.match(line)  # noqa: PLR2004 (shorter ones are wrapped quotes)


def _without_trailing_quotes(lines: list[str]) -> list[str]:
    end = len(lines)
    while end and (not lines[end - 1].strip() or _QUOTE.match(lines[end - 1])):
        end -= 1
    return lines[:end] if end else lines


def _without_signature(lines: list[str]) -> list[str]:
    for number, line in enumerate(lines):
        if number and (_SIGNATURE.match(line) or _DEVICE.match(line)):
            return lines[:number]
    return lines
