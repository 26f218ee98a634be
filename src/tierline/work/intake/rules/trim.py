"""The new words of a reply, apart from what it quotes and from the signature."""

import re
from bisect import bisect_right
from enum import Enum

from .quotes import LONGEST_LINE, ends_new_text, is_quote, is_signature, mark_length

MAX_LINES = 3_000  # that are looked at; new words may go on below
_RULE = re.compile(r"\s*[-=_*~#\u2014]{3,}\s*$")
_SENTENCE_END = (".", "?", "!", ":", "\u3002", "\uff1f")
_WRAPPED_AFTER = 50  # characters; a quoted line this long may have been wrapped, its rest stands unquoted below


class _Kind(Enum):
    NEW = "new"
    EMPTY = "empty"
    QUOTE = "quote"
    MARK = "mark"


def visible_reply(text: str) -> str:
    """The part of `text` that its sender wrote now. Answers between quoted lines are kept with their quotes.

    When everything looks quoted, the whole text is returned: better too much than nothing.
    """
    everything = text.replace("\r\n", "\n").split("\n")
    lines = _before_the_old(everything[:MAX_LINES])
    kinds = _kinds(lines)
    first, last = _new_part(kinds)
    kept = [line for line, kind in zip(lines[first:last], kinds[first:last], strict=True) if kind is not _Kind.MARK]
    if last == MAX_LINES:
        kept += everything[MAX_LINES:]
    reply = "\n".join(kept).strip("\n").rstrip()
    return (reply if reply.strip() and _Kind.NEW in kinds[first:last] else text).strip()


def _before_the_old(lines: list[str]) -> list[str]:
    """Up to a quoted header, a line of dashes or the signature, where something stands above it."""
    seen = False
    for number, line in enumerate(lines):
        if seen and (is_signature(line) or ends_new_text(lines, number)):
            while number and (not lines[number - 1].strip() or _RULE.match(lines[number - 1])):
                number -= 1  # noqa: PLW2901 (back over the rule that belongs to what follows)
            return lines[:number]
        seen = seen or (bool(line.strip()) and not is_quote(line))
    return lines


def _kinds(lines: list[str]) -> list[_Kind]:
    kinds: list[_Kind] = []
    marked = False
    while len(kinds) < len(lines):
        number = len(kinds)
        length = mark_length(lines, number) if len(lines[number]) <= LONGEST_LINE else 0
        if length:
            marked = True
            kinds += [_Kind.MARK] * length
        else:
            kinds.append(_kind(lines, kinds, number, marked=marked))
    return kinds


def _kind(lines: list[str], kinds: list[_Kind], number: int, *, marked: bool) -> _Kind:
    line = lines[number]
    if not line.strip():
        return _Kind.EMPTY
    if is_quote(line, after_mark=marked) or _is_wrapped_rest(lines, kinds, number):
        return _Kind.QUOTE
    return _Kind.NEW


def _is_wrapped_rest(lines: list[str], kinds: list[_Kind], number: int) -> bool:
    """The rest of a quoted line that a mail program wrapped without quoting it again."""
    if not number or kinds[-1] is not _Kind.QUOTE or not is_quote(lines[number - 1]):
        return False
    above, line = lines[number - 1].rstrip(), lines[number].strip()
    return len(above) >= _WRAPPED_AFTER and line[0].islower() and not above.endswith(("?", "!", ":"))


def _new_part(kinds: list[_Kind]) -> tuple[int, int]:
    """The lines from and up to which the new words stand; the quotes between them are kept."""
    new = [number for number, kind in enumerate(kinds) if kind is _Kind.NEW]
    marks = [number for number, kind in enumerate(kinds) if kind is _Kind.MARK]
    if not new:
        return 0, len(kinds)
    first, last = new[0], new[-1] + 1
    if not marks:
        return 0, last
    if marks[0] > first:
        return first, _end_before(kinds, marks, last)
    # the answer stands below what it quotes, or between
    quotes = [number for number, kind in enumerate(kinds) if kind is _Kind.QUOTE]
    answers_between = any(first < number < last for number in quotes)
    return (marks[0] if answers_between and _quotes_first(kinds, first) else first), last


def _quotes_first(kinds: list[_Kind], first: int) -> bool:
    return _Kind.QUOTE in kinds[:first]


def _end_before(kinds: list[_Kind], marks: list[int], last: int) -> int:
    """The mark after which nothing is new, or `last` when the sender answers below or between the quotes."""
    quotes = [number for number, kind in enumerate(kinds) if kind is _Kind.QUOTE]
    for mark in marks:
        following = bisect_right(quotes, mark)
        new_after_quotes = following < len(quotes) and quotes[following] < last
        if not new_after_quotes:
            return mark
    return last
