"""Files that hold records in a form for programs, as lines for people: one record, one line and what belongs to it.

Only what is sure from its first bytes is changed; everything else, and what turns out damaged, passes as it came. The
lines that are made here are those that are redacted, counted and shown; the original is never touched.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from . import har, journal

_PIECE = 64 * 1024  # bytes
_FORMS: tuple[tuple[Callable[[bytes], bool], Callable[[Iterable[bytes]], Iterator[bytes]]], ...] = (
    (har.is_har, har.lines_of),
    (journal.is_export, journal.lines_of_export),
    (journal.is_json, journal.lines_of_json),
)


def as_lines(first: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    """The chunks of one file, the first of them apart; of a file of records its lines, in UTF-8."""
    chunks = chain([first], rest)
    for holds, lines_of in _FORMS:
        if holds(first):
            return _joined(lines_of(chunks))
    return chunks


def _joined(lines: Iterable[bytes]) -> Iterator[bytes]:
    """In pieces of some size: thousands of small ones cost more than what is in them."""
    held, size = [], 0
    for line in lines:
        held.append(line)
        size += len(line)
        if size >= _PIECE:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)
