"""Where a quoted conversation begins in the text of a mail: what each line is.

Mail programs put a line before what they quote ("On Monday, Ann <a@b> wrote:"), a line of dashes, or the header of the
quoted mail. A sentence of a person may look alike ("the log wrote:"), so such a line has to name a date or an address,
or be followed by a quote.
"""

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

LONGEST_LINE = 400  # characters; a longer line is a paragraph, never the mark of a quote
_MARK_LINES = 6  # lines that a mark may be wrapped over
_HEADER_LINES = 6  # lines below the first in which the others of a quoted header are looked for
_COLON = "[:\uff1a]"
_RULE_CHARACTERS = "-_*=\u2014"
_ORIGINAL = re.compile(any_of(ORIGINAL_WORDS), re.IGNORECASE)
_LONGEST_HEADING = 100
_WORDS = tuple(verb for verb in WROTE_VERBS if verb[0] < "\u3000")
_GLYPHS = tuple(verb for verb in WROTE_VERBS if verb[0] >= "\u3000")  # written without spaces around them
_VERB = rf"(?:(?<!\w){any_of(_WORDS)}(?!\w)|{any_of(_GLYPHS)})"
_STARTED = re.compile(rf"(?:{any_of(WROTE_STARTS)})(?!\w).{{2,300}}?{_VERB}.{{0,200}}$", re.IGNORECASE)
_NAMED = re.compile(rf".{{2,200}}?{_VERB}\s*{_COLON}$", re.IGNORECASE)
_TOLD = re.compile(rf".{{2,100}}?{_VERB}.{{0,60}}{_COLON}$", re.IGNORECASE)
_MARKS = "\u200e\u200f\u202a\u202b\u202c\u2066\u2069 "  # direction marks of scripts from right to left
_ADDRESSED = re.compile(rf".{{0,100}}<?[^\s<>@]+@[^\s<>@]+>?\)?,?\s*{_VERB}.{{0,100}}$", re.IGNORECASE)
_DATED = re.compile(r"[^\n]{0,100}<(?:mailto:)?[^\s<>@]+@[^\s<>@]+>\s*[:\uff1a]?$")
_TIMED = re.compile(r"\d{1,2}[:.h]\d{2}")
_BRACKETED = re.compile(r"[<(]\W{0,3}(?:mailto:)?[^\s<>@()]+@[^\s<>@()]+?\W{0,3}[>)]")
_DATE = re.compile(
    r"(?:19|20)\d\d|\d{1,2}[./-]\d{1,2}[./-]|\d{1,2}[:.h]\d{2}|\d{1,2}\s?[ap]m\b|\d月|\d일", re.IGNORECASE
)
_ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")
_ENDS_OPEN = re.compile(rf"(?:{_COLON}|>|{_VERB}|\))[\s\u200e\u200f\u202a-\u202c\u2066-\u2069]*$", re.IGNORECASE)
_FROM = re.compile(rf"\s*[>|]?\s*\*{{0,2}}{any_of(FROM_LABELS)}\s*\*{{0,2}}\s*{_COLON}\s*\*{{0,2}}\s*\S", re.IGNORECASE)
_LABEL = re.compile(
    rf"\s*[>|]?\s*\*{{0,2}}{any_of((*FROM_LABELS, *HEADER_LABELS))}\s*\*{{0,2}}\s*{_COLON}", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"[.!?\u2026\u3002][)\"']?\s*$")
_SIGNATURE = re.compile(r"(?:--[ \xa0]?|__+|\u2014)\s*$")
_DEVICE = re.compile(rf"\s*{any_of(DEVICE_LINES)}.{{0,80}}$", re.IGNORECASE)
_QUOTE = re.compile(r"\s{0,3}>")
_OTHER_QUOTE = re.compile(r"\s{0,3}(?:\|(?:\s|$)|[A-Za-z]{1,3}>(?:\s|$))")


def is_quote(line: str, *, after_mark: bool = False) -> bool:
    """Quoted with `>`; with `|` or initials only after a mark, since tables and prompts look the same."""
    return _QUOTE.match(line) is not None or (after_mark and _OTHER_QUOTE.match(line) is not None)


def is_signature(line: str) -> bool:
    """The delimiter of a signature, or the line that a phone adds."""
    return _SIGNATURE.match(line) is not None or (len(line) <= LONGEST_LINE and _DEVICE.match(line) is not None)


def ends_new_text(lines: list[str], number: int) -> bool:
    """A line of dashes, or the first line of a quoted header: nothing below is new."""
    line = lines[number]
    if len(line) > LONGEST_LINE:
        return False
    return _is_rule(line) or _is_header_block(lines, number)


def _is_rule(line: str) -> bool:
    """`----- Original Message -----`, or what one program writes without dashes."""
    bare = line.strip(" \t>|")
    words = bare.strip(f"{_RULE_CHARACTERS} \t")
    if len(words) > _LONGEST_HEADING:
        return False
    between = len(bare) > len(words) and all(one in _RULE_CHARACTERS for one in (*bare[:2], *bare[-2:]))
    if not _ORIGINAL.search(words):
        return between and _NAMED.match(words) is not None
    return between or words.lower() == "begin forwarded message:"


def _is_header_block(lines: list[str], number: int) -> bool:
    """At least three lines of a quoted header close together, one of them with its sender."""
    if not _LABEL.match(lines[number]):
        return False
    near = [line for line in lines[number : number + 1 + _HEADER_LINES] if len(line) <= LONGEST_LINE]
    labels = sum(_LABEL.match(line) is not None for line in near)
    return labels >= 3 and any(_FROM.match(line) for line in near)  # noqa: PLR2004 (two may be prose)


def mark_length(lines: list[str], number: int) -> int:
    """How many lines the mark of a quote that begins at `number` takes; 0 when none begins there."""
    length = _unbroken_length(lines, number)
    for later in range(1, length):
        # a sentence ends here and the mark begins below it
        if _SENTENCE_END.search(lines[number + later - 1]) and _unbroken_length(lines, number + later):
            return 0
    return length


def _unbroken_length(lines: list[str], number: int) -> int:
    joined, length = "", 0
    for count in range(min(_MARK_LINES, len(lines) - number)):
        line = lines[number + count].strip()
        if (not count and (not line or _QUOTE.match(line))) or (not line and not _goes_on(lines, number + count + 1)):
            break
        joined = f"{joined} {line.strip('-_ ') if count == 0 else line}".strip()
        if len(joined) > LONGEST_LINE:
            break
        if _ENDS_OPEN.search(line.rstrip("-_ ")) and _is_mark(joined.rstrip("-_ "), lines, number + count + 1):
            length = count + 1
            if joined.rstrip(_MARKS).endswith((":", "\uff1a")):
                break
    return length


def _goes_on(lines: list[str], number: int) -> bool:
    """After an empty line a mark goes on only with the address in brackets."""
    return number < len(lines) and lines[number].lstrip().startswith(("<", "mailto:"))


def _is_mark(joined: str, lines: list[str], after: int) -> bool:
    dated, addressed = _DATE.search(joined), _ADDRESS.search(joined)
    quoted_below = any(is_quote(line, after_mark=True) for line in _next_lines(lines, after))
    if dated and addressed and _DATED.match(joined) and (joined[-1] in ":\uff1a" or quoted_below):
        return True
    if dated and _TIMED.search(joined) and _BRACKETED.search(joined) and joined.rstrip(_MARKS)[-1:] in (":", "\uff1a"):
        return True  # in no language do people end a sentence with a time, an address in brackets and a colon
    if not (dated or addressed or quoted_below):
        return False
    if quoted_below and dated and _TOLD.match(joined):
        return True
    return any(form.match(joined) for form in (_STARTED, _NAMED, _ADDRESSED))


def _next_lines(lines: list[str], number: int) -> list[str]:
    """The next line that is not empty."""
    return next(([line] for line in lines[number : number + 4] if line.strip()), [])
