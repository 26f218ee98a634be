"""Text from outside made safe to store and to show: bounded, normalised, without control characters."""

import re
import unicodedata
from functools import cache

# PostgreSQL refuses NUL, and the other C0/C1 controls only serve to deceive a reader or a terminal.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")
_STACKED = 30  # marks over one letter; more are no language's (UAX #15, "Stream-Safe Text Format")
_JOINER = "\u034f"  # combining grapheme joiner: keeps marks on both sides apart in normalising
_HIGHEST_MARK = 0x1F000
_BREAKS = re.compile(r"\r\n?")
# Marks that turn the direction of writing or cannot be seen: "annex\u202egpj.exe" would be read as "annexexe.jpg".
_TURNING = re.compile("[\u200b\u200e\u200f\u061c\u202a-\u202e\u2060-\u2069\ufeff]")
_SPACES = re.compile(r"\s+")
ELLIPSIS = "…"
LONGEST_NUMBER = 11  # digits
# In PostgreSQL's "C" locale every non-ASCII sign counts as a letter, so “word” would be found by no word.
_MARKS = {
    ord(mark): " " for mark in "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a\u2026\u2013\u2014\u00b7\u2022"
} | {ord(mark): "'" for mark in "\u2018\u2019\u201a\u201b"}


def clean(text: str, limit: int = 1_000_000) -> str:
    r"""`text` in NFC, with `\n` line ends and no control characters, cut to `limit` characters."""
    text = _BREAKS.sub("\n", text[: limit * 2])
    return composed(_CONTROLS.sub("", text))[:limit]


def composed(text: str) -> str:
    """`text` in NFC, in time that grows like the text: sorting one letter's marks takes the square of their number."""
    if text.isascii():
        return text
    apart = _stacks().sub(lambda found: found[0] + _JOINER, text)
    return unicodedata.normalize("NFC", apart)


@cache
def _stacks() -> re.Pattern[str]:
    """As many marks on end as a letter may have, followed by another one."""
    marks = "".join(chr(code) for code in range(0x300, _HIGHEST_MARK) if unicodedata.combining(chr(code)))
    return re.compile(f"[{marks}]{{{_STACKED}}}(?=[{marks}])")


def one_line(text: str, limit: int = 200) -> str:
    """`text` on one line, ending in an ellipsis when it had to be cut to `limit` characters."""
    line = _SPACES.sub(" ", clean(text, limit * 4)).strip()
    return line if len(line) <= limit else line[: limit - 1].rstrip() + ELLIPSIS


def file_name(text: str, limit: int = 200) -> str:
    """`text` as the name of a file: one line, no folder, nothing that makes it look like another name."""
    return one_line(_TURNING.sub("", text.replace("/", "_").replace("\\", "_")), limit) or "attachment"


def size_words(size: int) -> str:
    """A number of bytes for a sentence, in decimal units: "2.1 GB"."""
    for unit, power in (("GB", 9), ("MB", 6), ("kB", 3)):
        if size >= 10**power:
            return f"{size / 10**power:.1f}".removesuffix(".0") + f" {unit}"
    return f"{size} bytes"


def whole_number(text: str) -> int | None:
    """The whole number that `text` is, from 0 and of at most 11 digits (it fits a bigint); None for anything else.

    `str.isdigit` says yes to "²", which `int` refuses.
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else None


def plain_marks(text: str) -> str:
    """`text` for a search index: typographic quotes, dashes and bullets become signs that end a word everywhere."""
    return text.translate(_MARKS)
