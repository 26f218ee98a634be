"""Where the message of a log line begins: stamp, level, thread, process and component are its header.

The patterns describe conventions (RFC 3164, RFC 5424, ISO 8601, log4j, logcat, pipes between fields), never a product.
Every repeat is possessive or bounded, so that a hostile line costs linear time.
"""

import re
from typing import NamedTuple

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_CLOCK = r"\d{1,2}:\d{1,2}:\d{1,2}(?:[.,:]\d{1,9})?"
_ZONE = r"(?:[ ]?(?:Z|UTC|GMT|[+-]\d\d:?\d\d))?"
_STAMPS = {
    "iso": rf"\d{{4}}[-/.]\d\d[-/.]\d\d[-T ._]{{1,2}}\d{{1,2}}[:.]\d\d[:.]\d\d(?:[.,:]\d{{1,9}})?{_ZONE}",
    "compact": rf"(?<!\d)\d{{8}}[-T ]{_CLOCK}{_ZONE}",
    "short": rf"(?<![\d/])\d\d/\d\d/\d{{2,4}}[ ]{_CLOCK}",
    "day": rf"(?<![\d.-])\d\d[-.]\d\d[ ]{_CLOCK}",
    "six": r"(?<![\w.-])\d{6}[ ]\d{6}(?=[ ])",
    "syslog": rf"(?:{_DAY},?[ ]{{1,2}})?{_MONTH}[ ]{{1,2}}\d{{1,2}}[ ]{_CLOCK}(?:[ ]\d{{4}}(?!\d))?",
    "http": rf"\d{{1,2}}/{_MONTH}/\d{{4}}:\d\d:\d\d:\d\d{_ZONE}",
    "epoch": r"(?<![\w.-])1\d{9}(?:\.\d{1,9}|\d{3})?(?![\w.])",
    "clock": r"(?<![\w:-])\d\d:\d\d:\d\d(?:[.,]\d{1,9})?",
}
_ANY = re.compile(
    r"\[?(?=[\dJFMASONDTW])(?:" + "|".join(rf"(?P<{kind}>{text})" for kind, text in _STAMPS.items()) + r")\]?"
)
_ONE = {kind: re.compile(rf"\[?(?P<{kind}>{text})\]?") for kind, text in _STAMPS.items()}

_LEVEL = (
    r"(?:INFO(?:RMATION)?|WARN(?:ING)?|ERROR|DEBUG|ERR|NOTICE|TRACE|FATAL|CRITICAL|CRIT|SEVERE|VERBOSE|CONFIG"
    r"|FINEST|FINER|FINE|ALERT|EMERG(?:ENCY)?|PANIC)"
)
_LEVEL_FIELD = rf"\[?(?P<level>(?i:{_LEVEL}))\]?(?::|(?![\w.-]))"
_LETTER_FIELD = r"(?P<letter>[VDIWEFA])(?=[ /][\w.])"
_GAP = r"[ \t,|]++|[-\u2013](?=[ ])"
_NUMBER = r"\d{1,19}(?=[ \t|\]])[\]]?"
_BRACKET = r"\[(?:[^\[\]\n]{1,240}+(?=[\[\]])|\[[^\[\]\n]{0,120}\]){1,20}+\](?=[ \t:-]):?"
_LETTERS = {"V": "VERBOSE", "D": "DEBUG", "I": "INFO", "W": "WARN", "E": "ERROR", "F": "FATAL", "A": "ALERT"}
_TAG = r"[\w$./\\()@+*-]{1,120}(?:\[[\w.:-]{1,60}\])?:(?=[ \t])[ \t]*"
_CAPITALS = rf"(?:[ ]++[A-Z][A-Z0-9_:-]{{0,60}}+){{1,3}}[ ]++(?={_LEVEL}[ ])"
_DASH = r"[-\u2013|][ ]++"
_PIPES = r"[ \t]*\|(?:[^|\n]{0,80}\|){1,4}"
_HOST = rf"(?![ ](?:(?i:{_LEVEL})|[,|]+)[ ])[ ]++[^\s=\[\](){{}}]{{1,120}}(?<!:)(?=[ ])"


def _unnamed(field: str) -> str:
    return re.sub(r"\?P<\w+>", "?:", field)


# What may follow a stamp: fields between pipes, or capitals, gaps, numbers, brackets, a level, a component tag. A piece
# that would take the rest of the line is none: something stays for the message. After the level a number is message.
_ANY_LEVEL = f"{_unnamed(_LEVEL_FIELD)}|{_unnamed(_LETTER_FIELD)}"
_FIELDS = (
    rf"(?>{_CAPITALS})?+"
    rf"(?:(?>{_GAP}|{_NUMBER}|(?=\[)(?!{_ANY_LEVEL}){_BRACKET})(?=.))*+"
    rf"(?:(?=[\[A-Za-z])(?>{_LEVEL_FIELD}|{_LETTER_FIELD})(?=.)(?:(?>{_GAP}|{_ANY_LEVEL}|{_BRACKET})(?=.))*+)?+"
    rf"(?:(?<!-[ ])(?>{_TAG})(?=.)(?>{_DASH})?+)?+"
)
_REST = rf"(?:(?P<pipes>{_PIPES})|{_FIELDS})"
_SYSLOG_REST = rf"(?:(?P<pipes>{_PIPES})|(?>{_HOST})?+{_FIELDS})"
_WHOLE = {
    kind: re.compile(rf"\[?(?P<stamp>{text})\]?{_SYSLOG_REST if kind == 'syslog' else _REST}", re.DOTALL)
    for kind, text in _STAMPS.items()
}
_FIELD_LEVEL = re.compile(rf"{_LEVEL_FIELD}|{_LETTER_FIELD}")
_REACH = 160  # characters in which a header is looked for
_KEYED = re.compile(
    r"""(?i)(?:\{.{0,100}?[{,][ ]?"|[ ]{0,4})(?:@?timestamp|time|ts|t|@t|date|datetime|asctime)(?:"[ ]?:[ ]?"?|=")"""
)
"""What stands before the stamp of a JSON line, wherever in it, and before one in quotation marks in logfmt."""
_WEAK = frozenset({"epoch", "clock", "six"})  # kinds that a fuller stamp may follow
_WORDS_BEFORE = 6
_WORDS_BETWEEN = 2
_MAX_SHAPES = 20_000
_TO_ZERO = {ord(digit): "0" for digit in "123456789"}


class Header(NamedTuple):
    """What stands before the message: kind and text of the stamp, level (all empty when none), start of the message.

    `at` is where in the line the stamp begins.
    """

    kind: str
    stamp: str
    level: str
    start: int
    at: int = 0


NO_HEADER = Header("", "", "", 0)


class HeaderReader:
    """Splits the lines of one file; it tries first what the line before had, which is nearly always right."""

    def __init__(self) -> None:
        self._kind = ""
        self._from = 0
        self._whole: re.Pattern[str] | None = None
        self._without: set[str] = set()

    def read(self, line: str) -> Header:
        """Split one line; a line without a stamp is all message (`start` 0)."""
        if self._whole is not None and (whole := self._whole.match(line, self._from)):
            return _header(self._kind, whole)
        found = self._as_before(line) or self._search(line)
        if found is None:
            return NO_HEADER
        return _header_at(_last_from(line, found) if found.lastgroup in _WEAK else found)

    def _as_before(self, line: str) -> re.Match[str] | None:
        if self._kind not in _WEAK or (self._kind == "clock" and self._from > 1):
            return None  # a clock further on may be the end of a fuller stamp
        return _ONE[self._kind].match(line, self._from)

    def _search(self, line: str) -> re.Match[str] | None:
        shape = line[:32].translate(_TO_ZERO)
        if shape in self._without:
            return None
        quick = self._kind not in {"", "clock"}
        found = _ONE[self._kind].search(line, 0, _REACH) if quick else None
        if found is None or not _only_header(found):
            found = _last_stamp(line)
        if found is None:
            if len(self._without) < _MAX_SHAPES:
                self._without.add(shape)
            return None
        self._kind, self._from = str(found.lastgroup), found.start()
        self._whole = None if self._kind in _WEAK else _WHOLE[self._kind]
        return found


def read_header(line: str) -> Header:
    """Split one line that stands alone."""
    found = _last_stamp(line)
    return NO_HEADER if found is None else _header_at(found)


def _header_at(found: re.Match[str]) -> Header:
    kind = str(found.lastgroup)
    whole = _WHOLE[kind].match(found.string, found.start())
    return NO_HEADER if whole is None else _header(kind, whole)


def _header(kind: str, whole: re.Match[str]) -> Header:
    stamp, pipes, level, letter = whole.group("stamp", "pipes", "level", "letter")
    told = _level_in(pipes) if pipes else level.upper() if level else _LETTERS.get(letter, "")
    return Header(kind, stamp, told, whole.end(), whole.start("stamp"))


def _last_stamp(line: str) -> re.Match[str] | None:
    """The last stamp of the header: some systems write two or three before the message."""
    found = _ANY.search(line, 0, _REACH)
    if found is None or found.start() > _REACH // 2 or not _only_header(found):
        return None
    return _last_from(line, found)


def _last_from(line: str, found: re.Match[str]) -> re.Match[str]:
    while True:
        later = _ANY.search(line, found.end(), _REACH)
        if later is None or later.group("epoch") or not _between_stamps(line[found.end() : later.start()]):
            return found
        found = later


def _only_header(found: re.Match[str]) -> bool:
    """Whether what stands before a stamp may be header: a few words without sentence punctuation.

    Before seconds since 1970 a plain first word is a sentence ("step 1795428242 is done"), a number or label is not.
    """
    text = found.string[: found.start()]
    if not text.strip() or _KEYED.fullmatch(text):
        return True
    if found.lastgroup == "epoch" and text.split(maxsplit=1)[0].isalpha():
        return False
    return text.count(" ") <= _WORDS_BEFORE and not any(mark in text for mark in ('="', "(", ","))


def _between_stamps(text: str) -> bool:
    words = text.split()
    return text[:1].isspace() and text[-1:].isspace() and len(words) <= _WORDS_BETWEEN and all(map(_is_field, words))


def _is_field(word: str) -> bool:
    """A label, a host or a place rather than a word of a sentence."""
    return word == word.upper() or any(letter.isdigit() or letter == "-" for letter in word)


def _level_in(fields: str) -> str:
    for field in fields.split("|"):
        if (found := _FIELD_LEVEL.fullmatch(field.strip())) and found["level"]:
            return found["level"].upper()
    return ""
