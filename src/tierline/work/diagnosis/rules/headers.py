"""Where the message of a log line begins: stamp, level, thread, process and component are its header.

The patterns describe conventions (RFC 3164, RFC 5424, ISO 8601, log4j, logcat, pipes between fields), never a product.
Every repeat is possessive or bounded, so that a hostile line costs linear time. `stamps` has the forms of a moment,
`forms` the headers in which something stands before it, `fields` the records that name their values.
"""

import re
from string import ascii_letters
from typing import NamedTuple, Self

from tierline.work.diagnosis.rules import levels
from tierline.work.diagnosis.rules.fields import read_fields
from tierline.work.diagnosis.rules.forms import FORMS_OF, KEYED, KEYED_FIRST, PRIORITY, Form
from tierline.work.diagnosis.rules.levels import CONSOLE, LETTER, LEVEL, UPPER
from tierline.work.diagnosis.rules.stamps import ANY, ONE, STAMPS, WEEKDAY, in_value

_LEVEL_FIELD = rf"\[?(?P<level>{LEVEL})\]?(?::|(?![\w.-]))"
_LETTER_FIELD = rf"(?P<letter>{LETTER})(?=[ /][\w.])"
_MODULE_FIELD = rf"\[\w{{0,40}}:(?P<module>(?i:{LEVEL}))\]"
_GAP = r"[ \t,|]++|[-\u2013](?=[ ])"
_NUMBER = r"\d{1,19}(?=[ \t|\]])[\]]?"
_BRACKET = r"\[(?:[^\[\]\n]{1,240}+(?=[\[\]])|\[[^\[\]\n]{0,120}\]){1,20}+\](?=[ \t:-]):?"
_TAG = r"[\w$./\\()@+*-]{1,120}(?:\[[\w.:-]{1,60}\])?:(?=[ \t])[ \t]*"
_LOGGER = r"(?:[A-Za-z_$][\w$]{0,80}\.){1,12}[\w$]{1,80}[ ]{1,40}-[ ]"
_CONTEXT = r"(?:[A-Za-z_]\w{0,60}\.){1,12}+\w{1,60}[ ]\[[^\[\]\n]{0,240}+\](?=[ ])[ ]"  # of a request
_WORKER = r"\d{1,9}#\d{1,9}:[ ](?:\*\d{1,19}[ ])?"
_CAPITALS = rf"(?:[ ]++[A-Z][A-Z0-9_:-]{{0,60}}+){{1,3}}[ ]++(?={UPPER}[ ])"
_DASH = r"[-\u2013|][ ]++"
_PIPES = r"[ \t]*\|(?:[^|\n]{0,80}\|){1,4}"
_HOST = rf"(?![ ](?:{LEVEL}|[,|]+)[ ])[ ]++[^\s=\[\](){{}}]{{1,120}}(?<!:)(?=[ ])"


def _unnamed(field: str) -> str:
    return re.sub(r"\?P<\w+>", "?:", field)


# What may follow a stamp: fields between pipes, or capitals, gaps, numbers, brackets, a level, a component tag. A piece
# that would take the rest of the line is none: something stays for the message. After the level a number is message.
_ANY_LEVEL = f"{_unnamed(_LEVEL_FIELD)}|{_unnamed(_LETTER_FIELD)}"
_FIELDS = (
    rf"(?>{_CAPITALS})?+"
    rf"(?:(?>{_GAP}|{_NUMBER}|(?=\[)(?!{_ANY_LEVEL}|{_unnamed(_MODULE_FIELD)}){_BRACKET})(?=.))*+"
    rf"(?:(?=[\[A-Za-z])(?>{_LEVEL_FIELD}|{_LETTER_FIELD}|{_MODULE_FIELD})(?=.)"
    rf"(?:(?>{_GAP}|{_ANY_LEVEL}|{_BRACKET})(?=.))*+)?+"
    rf"(?:(?<!-[ ])(?>{_TAG}|{_LOGGER}|{_WORKER}|{_CONTEXT})(?=.)(?>{_DASH})?+)?+"
)
_NAME = r"[A-Za-z_$][\w.$-]{0,120}+"
_OF = r"(?:\([^()\n]{1,120}\)[ ])?(?:\[[^\[\]\n]{1,160}\][ ])?"
_ZONED = r"(?:(?<=Z)|(?<=[+-]\d{4})|(?<=[+-]\d\d:\d\d))"
_METHOD = r"(?:[\w$]{1,80}+\.){1,12}+[\w$<>]{1,80}+[ ][\w$<>]{1,80}$"
# Rows whose columns say what they are only together; one of them is tried before the fields one by one.
_NAMED_ROWS = (
    rf"{_NAME}[ ]{{1,2}}+\[?{UPPER}\]?:?[ ]{{1,8}}+(?:-[ ])?",  # a name before the level
    rf"{UPPER}[ ]++\d{{1,9}}+[ ]---[ ](?:\[[^\]\n]{{0,120}}+\][ ]){{1,3}}+[\w.$/\[\]-]{{1,120}}+[ ]*+:[ ]",
    r"[\w.:-]{1,120}+[ ][\w./@\\-]{1,80}+\[\d{1,10}\]:[ ]",  # host, and program with its process
    rf"{LETTER}/[^(:\n]{{1,120}}+\([ ]*\d{{1,7}}\):[ ]",  # a device's log: letter and tag with the process
    # type and program with process and thread, library and subsystem
    rf"(?:Df|Db|In|I|E|F|A|Er|Ft)[ ]++[^\[\n]{{1,80}}+\[\d{{1,9}}:[0-9a-f]{{1,12}}\][ ]{_OF}",
    rf"{CONSOLE}:[ ]++[\w.<>`+]{{1,160}}\[\d{{1,9}}\](?:[ ]|$)",  # level, category and event
    _METHOD,  # class and method: the message is below
)
_ROWS = (
    rf"[ ]++(?:-[ ]{_NAME}[ ]-[ ]{LEVEL}[ ]-[ ]"  # name and level between dashes
    # a device's log: process and thread, letter, tag filled up with blanks
    rf"|\d{{1,7}}+[ ]++\d{{1,7}}+[ ]{LETTER}[ ][^:\n ]{{1,80}}+[ ]++:[ ]"
    # thread, type, activity, process, time to live, program with library and subsystem
    r"|0x[0-9a-f]{1,12}+[ ]++(?:Default|Info|Debug|Error|Fault|Activity|State|Signpost)[ ]++0x[0-9a-f]{1,12}+"
    rf"[ ]++\d{{1,9}}+[ ]++\d{{1,6}}+[ ]++[^:\n]{{1,120}}+:[ ]{_OF}"
    rf"|(?=[A-Za-z_$])(?!{UPPER}[ ]++(?!\d))(?:{'|'.join(_NAMED_ROWS)})"
    rf"|\d[\w.:-]{{1,120}}+[ ][\w./@\\-]{{1,80}}+\[\d{{1,10}}\]:[ ])"
    # a host with a figure or a dot in it after a stamp with a zone, and a program
    rf"|{_ZONED}[ ](?=[A-Za-z]{{1,60}}+[\d.-])[\w.-]{{1,120}}+[ ][\w./-]{{1,60}}+:[ ]"
    # level behind a colon; the seconds since the start between a moment and brackets
    rf"|:(?:[ ]?{UPPER}(?:/[\w-]{{1,60}}\][ ]|:(?:{_NAME}:)?[ ]?)|[ ](?:\d{{1,9}}\.\d{{3}}:[ ])?(?=\[))"
)
_SYSLOG_ROW = rf"[ ]{_METHOD}"
_ROW_LEVEL = re.compile(
    rf"(?<![\w./-])(?P<level>(?i:{LEVEL})|Fault|Default|{CONSOLE}|D[bf]|In|Er|Ft|{LETTER})(?=[\]:/]|[ ])"
)
_STREAM = r"(?P<stream>[ ]std(?:out|err)[ ][FP](?::[^\s]{1,40})?(?:[ ]|$))"
_REST = rf"(?:(?P<pipes>{_PIPES})|{_STREAM}|(?P<row>{_ROWS})|{_FIELDS})"
_SYSLOG_REST = rf"(?:(?P<pipes>{_PIPES})|{_STREAM}|(?P<row>{_SYSLOG_ROW})|(?:(?<!\])(?>{_HOST}))?+{_FIELDS})"
_WHOLE = {
    kind: re.compile(rf"\[?(?P<stamp>{text})\]?{_SYSLOG_REST if kind == 'syslog' else _REST}", re.DOTALL)
    for kind, text in STAMPS.items()
}
_GROUPS = ("stamp", "pipes", "row", "level", "letter", "module", "stream")
_FIELD_LEVEL = re.compile(rf"{_LEVEL_FIELD}|{_LETTER_FIELD}")
_BEFORE_LEVEL = re.compile(rf"[\[(<]?(?P<level>{LEVEL})[\])>:,\t ]")
_ROW_START = re.compile(rf"{LEVEL}[,\t]|\[?{WEEKDAY}")
_WORD_FIRST = frozenset(f"[(<{ascii_letters}")
_RECORDS = ("{", "level=", "lvl=", "loglevel=", "severity=", "msg=")  # how a message begins that names its values
_MAYBE = re.compile(r"\d[:.]\d|\d{6} \d{6}")  # in every stamp but seconds since 1970
_REACH = 160  # characters in which a header is looked for
_KEYED = re.compile(
    r"""(?i)(?:\{.{0,100}?[{,][ ]?"|[ ]{0,4}|[ \t]{0,24}")"""
    r"""(?:@?timestamp|time|ts|t|@t|date|datetime|asctime|starteddatetime)(?:"[ ]?:[ ]?"?|=")"""
)
"""What stands before the stamp of a JSON line, wherever in it, and before one in quotation marks in logfmt."""
_WEAK = frozenset({"epoch", "clock", "six"})  # kinds that a fuller stamp may follow
_WORDS_BEFORE = 6
_WORDS_BETWEEN = 2
_MAX_SHAPES = 20_000
_TO_ZERO = {ord(digit): "0" for digit in "123456789"}


class Header(NamedTuple):
    """What stands before the message: kind and text of the stamp, level (all empty when none), start of the message.

    `at` is where in the line the stamp begins, `figures` where figures name the level (`priority` those of syslog).
    `text` is the message where that is no part of the line, `body` the line inside of a record that wraps one. After a
    header that stands `alone` the message is on the lines below; `keyed` says that these name what they hold.
    """

    kind: str
    stamp: str
    level: str
    start: int
    at: int = 0
    figures: tuple[int, int] = (0, 0)
    priority: bool = False
    text: str | None = None
    body: str | None = None
    alone: bool = False
    keyed: bool = False

    def message(self, line: str) -> str:
        """The message of the line that this is the header of."""
        return line[self.start :] if self.text is None else self.text

    def moved(self, by: int) -> Self:
        """The same header `by` characters further on."""
        figures = (self.figures[0] + by, self.figures[1] + by) if self.figures[1] else self.figures
        return self._replace(start=self.start + by, at=self.at + by, figures=figures)


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
        found = self._as_before(line)
        if found is None and (other := _other_form(line)) is not None:
            return other
        found = found or self._search(line)
        if found is None:
            return NO_HEADER
        return _header_at(_last_from(line, found) if found.lastgroup in _WEAK else found)

    def _as_before(self, line: str) -> re.Match[str] | None:
        if self._kind not in _WEAK or (self._kind == "clock" and self._from > 1):
            return None  # a clock further on may be the end of a fuller stamp
        return ONE[self._kind].match(line, self._from)

    def _search(self, line: str) -> re.Match[str] | None:
        shape = line[:32].translate(_TO_ZERO)
        if shape in self._without:
            return None
        quick = self._kind not in {"", "clock"}
        found = ONE[self._kind].search(line, 0, _REACH) if quick else None
        found = _last_stamp(line) if found is None or not _only_header(found) else _last_from(line, found)
        if found is None:
            if len(self._without) < _MAX_SHAPES:
                self._without.add(shape)
            return None
        self._kind, self._from = str(found.lastgroup), found.start()
        self._whole = None if self._kind in _WEAK else _WHOLE[self._kind]
        return found


def read_header(line: str) -> Header:
    """Split one line that stands alone."""
    if (other := _other_form(line)) is not None:
        return other
    found = _last_stamp(line)
    return NO_HEADER if found is None else _header_at(found)


def _other_form(line: str) -> Header | None:
    """The header of a line that does not begin with its stamp."""
    first = line[:1]
    for form in FORMS_OF.get(first, ()):
        if found := form.pattern.match(line):
            return _of_form(form, found)
    if first.isdigit() or first == "-":
        return None
    if line.startswith("<") and (found := PRIORITY.match(line)):
        return _after_priority(line, found)
    if (record := _of_fields(line)) is not None:
        return record
    if first in KEYED_FIRST and (keyed := KEYED.fullmatch(line)) and (stamp := in_value(line, *keyed.span("value"))):
        kind, text, at = stamp
        return Header(kind, text, "", len(line), at, alone=True, keyed=True)
    return None


def _of_form(form: Form, found: re.Match[str]) -> Header:
    groups = found.groupdict()
    stamp = groups.get("stamp") or ""
    level = levels.of_word(groups.get("level") or "")
    figures = found.span("pri") if groups.get("pri") else (0, 0)
    if figures[1]:
        level = levels.of_figures(groups["pri"], priority=True)
    at = found.start("stamp") if stamp else 0
    alone = found.end() == len(found.string)
    return Header(form.kind, stamp, level, found.end(), at, figures, bool(figures[1]), alone=alone)


def _after_priority(line: str, found: re.Match[str]) -> Header | None:
    """A header behind the priority of syslog, which says the level where the header does not."""
    inner = read_header(line[found.end() :])
    if not inner.kind:
        return None
    header = inner.moved(found.end())
    if header.level:
        return header
    level = levels.of_figures(found["pri"], priority=True)
    return header._replace(level=level, figures=found.span("pri"), priority=True)


def _of_fields(line: str) -> Header | None:
    """The header of a record whose fields have names; what it wraps may have a level of its own."""
    if not line.startswith("{") and "=" not in line[:80]:
        return None
    record = read_fields(line)
    if record is None:
        return None
    made = Header(
        record.kind,
        record.stamp,
        record.level,
        record.start,
        record.at,
        record.figures,
        False,
        record.text,
        record.body,
    )
    if record.body is None:
        return made
    inner = read_header(record.body)
    return made._replace(level=inner.level, figures=(0, 0), text=inner.message(record.body))


def _header_at(found: re.Match[str]) -> Header:
    kind = str(found.lastgroup)
    whole = _WHOLE[kind].match(found.string, found.start())
    return NO_HEADER if whole is None else _header(kind, whole)


def _header(kind: str, whole: re.Match[str]) -> Header:
    stamp, pipes, row, level, letter, module, stream = whole.group(*_GROUPS)
    line, at, end = whole.string, whole.start("stamp"), whole.end()
    if stream:
        return _wrapped(kind, whole)
    word = level or letter or module
    told = levels.of_word(word) if word else _level_in(pipes) if pipes else _in_row(row) if row else ""
    if at > 1:
        if line[at - 1] == '"' and line.lstrip().startswith('"'):
            end = 0  # a field of a record that is printed over several lines
        if not told and line[0] in _WORD_FIRST and (before := _BEFORE_LEVEL.match(line)) and before.end() <= at:
            told = levels.of_word(before["level"])
    made = Header(kind, stamp, told, end, at)
    if end >= len(line):
        return made._replace(alone=True)
    return _with_fields(made, line) if line[end] in "{lsm" and line.startswith(_RECORDS, end) else made


def _wrapped(kind: str, whole: re.Match[str]) -> Header:
    """A line that another program gave a moment and the name of a stream: its own header comes behind."""
    body = whole.string[whole.end() :]
    inner = read_header(body)
    made = Header(kind, whole["stamp"], inner.level, whole.end() + inner.start, whole.start("stamp"))
    figures = inner.moved(whole.end()).figures
    return made._replace(figures=figures, priority=inner.priority, text=inner.text, body=body)


def _with_fields(header: Header, line: str) -> Header:
    """A message that is a record of fields says its level and its text itself."""
    record = read_fields(line[header.start :])
    if record is None:
        return header
    if header.level or not record.level:
        return header._replace(text=record.text)
    first, last = record.figures
    figures = (first + header.start, last + header.start) if last else (0, 0)
    return header._replace(text=record.text, level=record.level, figures=figures)


def _in_row(row: str) -> str:
    found = _ROW_LEVEL.search(row)
    return levels.of_word(found["level"]) if found else ""


def _last_stamp(line: str) -> re.Match[str] | None:
    """The last stamp of the header: some systems write two or three before the message."""
    found = ANY.search(line, 0, _REACH)
    if found is None or found.start() > _REACH // 2 or not _only_header(found):
        return None
    return _last_from(line, found)


def _last_from(line: str, found: re.Match[str]) -> re.Match[str]:
    while True:
        later = ANY.search(line, found.end(), _REACH) if _MAYBE.search(line, found.end(), _REACH) else None
        if later is None or later.group("epoch") or not _between_stamps(line[found.end() : later.start()]):
            return found
        found = later


def _only_header(found: re.Match[str]) -> bool:
    """Whether what stands before a stamp may be header: a few words without sentence punctuation.

    Before seconds since 1970 a plain first word is a sentence ("step 1795428242 is done"), a number or label is not.
    """
    text = found.string[: found.start()]
    if not text.strip() or _KEYED.fullmatch(text) or _ROW_START.fullmatch(text):
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
            return levels.of_word(found["level"])
    return ""
