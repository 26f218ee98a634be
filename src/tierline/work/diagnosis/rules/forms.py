"""Headers in which something stands before the stamp, or that have none: priorities, letters, seconds since the start.

A table of conventions, each told by its form alone; the first that fits counts. What begins with its stamp is read by
`headers`. Every repeat is possessive or bounded, so that a hostile line costs linear time.
"""

import re
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase, digits, printable

from tierline.work.diagnosis.rules.levels import CONSOLE, LETTER
from tierline.work.diagnosis.rules.stamps import CLOCK, STAMPS

UPTIME = "uptime"  # the kind of seconds since a start that nobody tells: they are no moment
_ELEMENT = r"(?:[^\"\]\\]++|\\.|\"(?:[^\"\\]++|\\.)*+\")*+"


@dataclass(frozen=True, slots=True)
class Form:
    """How a line begins: groups `stamp`, `level` (a word or a letter) and `pri` (the priority of syslog).

    `first` are the characters that such a line may begin with.
    """

    kind: str
    first: str
    pattern: re.Pattern[str]


def _form(kind: str, first: str, pattern: str) -> Form:
    return Form(kind, first, re.compile(pattern))


FORMS = (
    # RFC 5424: version, stamp, host, application, process, message id, structured data
    _form(
        "iso",
        "<",
        rf"<(?P<pri>\d{{1,3}})>\d{{1,2}}[ ](?P<stamp>{STAMPS['iso']})[ ]\S{{1,255}}[ ]\S{{1,48}}[ ]\S{{1,128}}"
        rf"[ ]\S{{1,32}}[ ](?:-|(?:\[{_ELEMENT}\])++)(?:[ ]\ufeff?|$)",
    ),
    # a letter for the level before month and day (or the whole date), thread, source: "I1123 10:04:02.1  1 a.go:12] "
    _form(
        "glog",
        "DIWEF",
        r"(?P<level>[DIWEF])(?P<stamp>\d{4}[ ]\d\d:\d\d:\d\d\.\d{1,9})[ ]+\d{1,10}[ ][\w./<>-]{1,160}:\d{1,7}\][ ]?",
    ),
    _form(
        "compact",
        "DIWEF",
        r"(?P<level>[DIWEF])(?P<stamp>\d{8}[ ]\d\d:\d\d:\d\d\.\d{1,9})[ ]+\d{1,10}[ ][\w./<>-]{1,160}:\d{1,7}\][ ]?",
    ),
    # letter, moment and process in brackets, level in full, program: "I, [2026-11-23T10:04:02.1 #1]  INFO -- a: "
    _form(
        "iso",
        ascii_uppercase,
        rf"[A-Z],[ ]\[(?P<stamp>{STAMPS['iso']})[ ]#\d{{1,10}}\][ ]{{1,4}}(?P<level>[A-Z]{{3,7}})"
        r"[ ]--[ ][^:\n]{0,80}:[ ]",
    ),
    # letter and moment in one bracket: "[E 2026-11-23 10:04:02.1 app] "
    _form("iso", "[", rf"\[(?P<level>[DIWEC])[ ](?P<stamp>{STAMPS['iso']})(?:[ ][^\]\n]{{1,80}})?\][ ]"),
    # a device's log: in its long form the message is below; in its brief forms there is no moment
    _form(
        "day",
        "[",
        rf"\[[ ](?P<stamp>\d\d-\d\d[ ]{CLOCK})[ ]+\d{{1,7}}:[ ]*\d{{1,7}}[ ](?P<level>{LETTER})/"
        r"[^\]\n]{0,120}\][ ]*$",
    ),
    _form(
        "iso",
        "[",
        rf"\[[ ](?P<stamp>{STAMPS['iso']})[ ]+\d{{1,7}}:[ ]*\d{{1,7}}[ ](?P<level>{LETTER})/[^\]\n]{{0,120}}\][ ]*$",
    ),
    _form("", "VDIWEFA", rf"(?P<level>{LETTER})/[^(:\n]{{1,120}}\([ ]*\d{{1,7}}\):[ ]"),
    _form("", "VDIWEFA", rf"(?P<level>{LETTER})\([ ]*\d{{1,7}}(?::[ ]*\d{{1,7}})?\)[ ]{{1,2}}"),
    # seconds since the start: of a kernel, of a virtual machine, of a program
    _form(
        UPTIME,
        "[" + ascii_lowercase,
        r"(?:[a-z0-9]{2,10}[ ]*:(?P<level>[a-z]{3,8})[ ]*:[ ])?\[[ ]*(?P<stamp>\d{1,9}\.\d{6})\]"
        r"(?:\[[ ]*[TC]\d{1,9}\])?[ ]",
    ),
    _form(
        UPTIME,
        "[",
        r"\[(?P<stamp>\d{1,12}(?:[.,]\d{1,9})?m?s)\](?:\[\d{1,9}\])?(?:\[(?P<level>[a-z]{3,7})[ ]*\])?"
        r"(?:\[[^\[\]\n]{1,80}\]){0,4}[ ]",
    ),
    _form(UPTIME, digits, r"(?P<stamp>\d{1,9}\.\d{3}):[ ](?=\[)"),
    _form(UPTIME, "TDIWEFP", r"(?P<level>TRAC|DEBU|INFO|WARN|ERRO|FATA|PANI)\[(?P<stamp>\d{4,8})\][ ]"),
    # level, category and event; the message is below, or follows on the line
    _form("", ascii_lowercase, rf"(?P<level>{CONSOLE}):[ ][\w.<>`+]{{1,160}}\[\d{{1,9}}\](?:[ ]|$)"),
)
FORMS_OF = {first: tuple(form for form in FORMS if first in form.first) for first in printable}
"""The forms that a line may have, by its first character."""
PRIORITY = re.compile(r"<(?P<pri>\d{1,3})>(?:\d{1,2}[ ])?")
"""The priority of syslog before any other header."""
KEYED_FIRST = frozenset(" \t#dDtTlL")
KEYED = re.compile(
    r"[ \t]{0,8}(?:#[ ]?)?(?i:date(?:[ ]and[ ]time)?|time[ ]?created|time(?:stamp)?|logged)"
    r"[ \t]{0,30}[:=][ \t]{0,30}(?P<value>\S.{0,60})"
)
"""A line that names its stamp and says nothing else: other fields and the message are on lines of their own."""
