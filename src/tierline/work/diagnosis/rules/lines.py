"""Bytes to lines and lines to records, with bounds: whatever arrives, the cost and the memory stay known.

A line longer than `MAX_LINE` keeps its beginning; what was cut is counted. A chunk without line ends cannot grow.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain

from tierline.work.diagnosis.rules import binaries, records

MAX_LINE = 64 * 1024  # characters
EMPTY = "the file is empty"
_CHUNK = 1024 * 1024  # bytes
_SAMPLE = 64 * 1024  # bytes
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
         (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]")
_JOIN = r"(?:(?:left|right|inner|outer|full|cross|natural)[ ])?(?:outer[ ])?join"
_CLAUSE = (  # of a statement over several lines: in capitals, or in small letters where it looks like nothing else
    r"(?:SELECT|FROM|WHERE|AND|OR|ON|(?:LEFT|RIGHT|INNER|OUTER|FULL|CROSS)(?: OUTER)? JOIN|JOIN|(?:ORDER|GROUP) BY"
    r"|HAVING|LIMIT|OFFSET|UNION(?: ALL)?|VALUES|RETURNING|SET)(?=[ \t(]|$)"
    rf"|(?:{_JOIN}|(?:order|group) by)[ ]\S|from[ ]\S{{1,120}}$"
    r"|(?:where|and|or|on|set|having)[ ][\w.\"`(]{1,120}[ ]?[=<>!]"
)
_CALL = r"(?:[\w.$~-]{1,80}/){0,12}[\w$-]{1,80}\.(?:\(\*?\w{1,80}\)\.)?[\w.\[\]]{1,120}\([^()\n]{0,400}\)$"
_GOES_ON = re.compile(
    r"[ \t]+\S|[\])}]|[\[{][ \t]*$|Caused by: |Suppressed: |Traceback \(most recent call last\)"
    r"|During handling of the above|The above exception was|goroutine \d+ \[|created by \S|--- End of |-{3,}> "
    r"|(?:[\w.$/-]{0,200}(?:Error|Exception|Warning)|[\w.]{0,200}Throwable)(?::|$)|#\d{1,4}[ ]"
    rf"|{_CALL}|{_CLAUSE}"
)


@dataclass(slots=True)
class Bounds:
    """What was cut while splitting, so that nothing is lost in silence."""

    long_lines: int = 0
    cut_characters: int = 0
    lines: int = field(default=0)


def texts_of(chunks: Iterator[bytes], name: str) -> Iterator[str] | str:
    """The text of one file piece by piece; a sentence that says why where there is none to be read.

    Files of records come as lines; see `records`.
    """
    first = next(chunks, b"")
    if not first:
        return EMPTY
    if words := binaries.words_for(first, name):
        return words
    readable = records.as_lines(first, chunks)
    first = next(readable, b"")
    charset = charset_of(first)
    return binaries.UNKNOWN if charset is None else decode(chain([first], readable), charset)


def charset_of(sample: bytes) -> str | None:
    """The charset of the beginning of a file, or None for what is no text.

    A byte order mark decides; then UTF-16 without mark by its zeros, UTF-8 when it is valid, else Windows-1252.
    """
    for mark, name in _BOMS:
        if sample.startswith(mark):
            return name
    head = sample[:_SAMPLE]
    if not head:
        return "utf-8"
    if wide := _wide(head):
        return wide
    if _is_binary(head):
        return None
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(head)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _wide(head: bytes) -> str:
    """UTF-16 without a mark: nearly every second byte of such text is zero."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    many, few = len(head) * 0.35, len(head) * 0.05
    if odd > many and even < few:
        return "utf-16-le"
    return "utf-16-be" if even > many and odd < few else ""


def _is_binary(head: bytes) -> bool:
    odd = sum(head.count(byte) for byte in (*range(9), 11, *range(14, 27), *range(28, 32), 127))
    return odd > len(head) * 0.02


def decode(chunks: Iterable[bytes], charset: str) -> Iterator[str]:
    """Text of the chunks; bytes that fit no character become U+FFFD, control characters become U+FFFD too."""
    decoder = codecs.getincrementaldecoder(charset)("replace")
    for chunk in chunks:
        if text := decoder.decode(chunk):
            yield _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
    if text := decoder.decode(b"", final=True):
        yield _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def split_lines(texts: Iterable[str], bounds: Bounds) -> Iterator[list[str]]:
    """Batches of whole lines (ends LF, CRLF or CR), none longer than `MAX_LINE`."""
    rest = ""
    skipping = False
    for part in texts:
        text = part
        if "\r" in text or rest.endswith("\r"):
            text, rest = _line_feeds(rest + text), ""
        parts = (rest + text).split("\n")
        rest = parts.pop()
        if skipping and parts:
            bounds.cut_characters += len(parts.pop(0))
            skipping = False
        batch = [_bounded(part, bounds) for part in parts]
        rest, skipping = _hold(rest, batch, bounds, skipping=skipping)
        bounds.lines += len(batch)
        if batch:
            yield batch
    if rest and not skipping:
        bounds.lines += 1
        yield [_bounded(rest.removesuffix("\r"), bounds)]


def _line_feeds(text: str) -> str:
    """CRLF and CR as LF; a CR at the very end stays, for an LF may follow."""
    held = "\r" if text.endswith("\r") else ""
    return text[: len(text) - len(held)].replace("\r\n", "\n").replace("\r", "\n") + held


def _hold(rest: str, batch: list[str], bounds: Bounds, *, skipping: bool) -> tuple[str, bool]:
    """Keep the unfinished line for later; once it is too long, its beginning is the line and the rest is counted."""
    if skipping:
        bounds.cut_characters += len(rest)
        return "", True
    if len(rest) > MAX_LINE:
        batch.append(_bounded(rest, bounds))
        return "", True
    return rest, False


def _bounded(line: str, bounds: Bounds) -> str:
    if len(line) <= MAX_LINE:
        return line
    bounds.long_lines += 1
    bounds.cut_characters += len(line) - MAX_LINE
    return line[:MAX_LINE]


def goes_on(line: str) -> bool:
    """Whether a line without a stamp belongs to the record before it: indented, a frame, a cause, a closing brace."""
    return not line or _GOES_ON.match(line) is not None
