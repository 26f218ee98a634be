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
    r"(?:TRACE|VERBOSE|FINEST|FINER|FINE|DEBUG|CONFIG|INFO(?:RMATION)?|NOTICE|WARN(?:ING)?|ERROR|ERR"
    r"|SEVERE|CRITICAL|CRIT|ALERT|EMERG(?:ENCY)?|FATAL|PANIC)"
)
_PIECE = re.compile(
    rf"""(?:
      [ \t,|]++
    | [-\u2013](?=[ ])
    | \[?(?P<level>(?i:{_LEVEL}))\]?(?::|(?![\w.-]))
    | (?P<letter>[VDIWEFA])(?=[ /][\w.])
    | \d{{1,19}}(?=[ \t|\]])[\]]?
    | \[(?:[^\[\]\n]|\[[^\[\]\n]{{0,120}}\]){{1,240}}\](?=[ \t:-]):?
    )""",
    re.VERBOSE,
)
_LETTERS = {"V": "VERBOSE", "D": "DEBUG", "I": "INFO", "W": "WARN", "E": "ERROR", "F": "FATAL", "A": "ALERT"}
_TAG = re.compile(r"[\w$./\\()@+*-]{1,120}(?:\[[\w.:-]{1,60}\])?:(?=[ \t])[ \t]*")
_CAPITALS = re.compile(rf"(?:[ ]++[A-Z][A-Z0-9_:-]{{0,60}}){{1,3}}[ ]++(?={_LEVEL}[ ])")
_DASH = re.compile(r"[-\u2013|][ ]++")
_PIPES = re.compile(r"[ \t]*\|(?:[^|\n]{0,80}\|){1,4}")
_HOST = re.compile(r"[ ]++[^\s=\[\](){}]{1,120}(?<!:)(?=[ ])")
_REACH = 160  # characters in which a header is looked for
_WEAK = frozenset({"epoch", "clock", "six"})  # kinds that a fuller stamp may follow
_WORDS_BEFORE = 6
_WORDS_BETWEEN = 2
_MAX_SHAPES = 20_000
_TO_ZERO = {ord(digit): "0" for digit in "123456789"}


class Header(NamedTuple):
    """What stands before the message: kind and text of the stamp, level (all empty when none), start of the message."""

    kind: str
    stamp: str
    level: str
    start: int


NO_HEADER = Header("", "", "", 0)


class HeaderReader:
    """Splits the lines of one file; it tries first what the line before had, which is nearly always right."""

    def __init__(self) -> None:
        self._kind = ""
        self._from = 0
        self._without: set[str] = set()

    def read(self, line: str) -> Header:
        """Split one line; a line without a stamp is all message (`start` 0)."""
        found = self._as_before(line) or self._search(line)
        if found is None:
            return NO_HEADER
        return _header(line, _last_from(line, found) if found.lastgroup in _WEAK else found)

    def _as_before(self, line: str) -> re.Match[str] | None:
        if not self._kind:
            return None
        found = _ONE[self._kind].match(line, self._from)
        if found and self._kind == "clock" and self._from > 1:
            return None  # it may be the end of a fuller stamp
        return found

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
        return found


def read_header(line: str) -> Header:
    """Split one line that stands alone."""
    found = _last_stamp(line)
    return NO_HEADER if found is None else _header(line, found)


def _header(line: str, found: re.Match[str]) -> Header:
    kind = str(found.lastgroup)
    stamp = found.group(kind)
    start, level = _peel(line, found.end(), syslog=kind == "syslog")
    return Header(kind, stamp, level, start)


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
    if not text:
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


def _peel(line: str, at: int, *, syslog: bool) -> tuple[int, str]:
    """Step over what may follow a stamp: host, fields between pipes, level, numbers, brackets, a component tag."""
    pipes = _PIPES.match(line, at)
    if pipes:
        return pipes.end(), _level_in(line[at : pipes.end()])
    if syslog and (host := _HOST.match(line, at)) and not _PIECE.fullmatch(line, at + 1, host.end()):
        at = host.end()
    capitals = _CAPITALS.match(line, at)
    at, level = _step(line, capitals.end() if capitals else at)
    tag = _TAG.match(line, at)
    if tag and tag.end() < len(line) and not line.startswith("- ", at - 2):
        at = tag.end()
        dash = _DASH.match(line, at)
        at = dash.end() if dash else at
    return at, level


def _step(line: str, at: int) -> tuple[int, str]:
    """Go over header pieces while something is left for the message; after the level a number is message."""
    level = ""
    while (piece := _PIECE.match(line, at)) and piece.end() < len(line):
        if piece["level"]:
            level = level or piece["level"].upper()
        elif piece["letter"]:
            level = level or _LETTERS[piece["letter"]]
        elif level and line[at].isdigit():
            break
        at = piece.end()
    return at, level


def _level_in(fields: str) -> str:
    for field in fields.split("|"):
        if (found := _PIECE.fullmatch(field.strip())) and found["level"]:
            return found["level"].upper()
    return ""
