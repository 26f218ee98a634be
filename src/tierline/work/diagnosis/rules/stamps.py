"""Forms of a moment as programs write it, each with a name: the kind by which `clocks` reads it.

The patterns describe conventions (RFC 3164, RFC 3339, RFC 5322, ISO 8601, C's ctime), never a product. Every repeat is
bounded, so that a hostile line costs linear time.
"""

import re

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
CLOCK = r"\d{1,2}:\d{1,2}:\d{1,2}(?:[.,:]\d{1,9})?"
_HALF = r"(?:[ \u202f](?:[AP]M|[ap]m)(?!\w))?"
ZONES = {  # minutes ahead of UTC: those of RFC 5322, 4.3, and those that mean one zone only
    "EST": -300, "EDT": -240, "CST": -360, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420,
    "WET": 0, "WEST": 60, "BST": 60, "CET": 60, "CEST": 120, "MEZ": 60, "MESZ": 120, "EET": 120, "EEST": 180,
    "MSK": 180, "JST": 540, "KST": 540, "AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780,
}  # fmt: skip
_NAMED = "|".join(ZONES)
_ZONE = rf"(?:[ ]?(?:(?:Z|UTC|GMT|{_NAMED})(?!\w)|[+-]\d\d:?\d\d(?!\d))|[+-]\d\d(?![\d:]))?"
STAMPS = {
    "iso": rf"\d{{4}}[-/.]\d\d[-/.]\d\d[-T ._\t]{{1,2}}\d{{1,2}}[:.]\d\d[:.]\d\d(?:[.,:]\d{{1,9}})?{_ZONE}",
    "compact": rf"(?<!\d)\d{{8}}[-T ]{CLOCK}{_ZONE}",
    "short": rf"(?<![\d/])\d{{1,2}}/\d{{1,2}}/\d{{2,4}},?[ ]{CLOCK}{_HALF}",
    "point": rf"(?<![\d.])\d{{1,2}}\.\d{{1,2}}\.\d{{4}},?[ ]{CLOCK}",
    "day": rf"(?<![\d.-])\d\d[-.]\d\d[ ]{CLOCK}",
    "six": r"(?<![\w.-])\d{6}(?:[ ]\d{6}(?=[ ])|[ ]{1,2}\d{1,2}:\d\d:\d\d(?![\d:]))",
    "syslog": rf"(?:{_DAY},?[ ]{{1,2}})?{_MONTH}[ ]{{1,2}}\d{{1,2}}(?:,?[ ]\d{{4}},?)?[ ]{CLOCK}{_HALF}"
    rf"(?:(?:[ ](?:UTC|GMT|{_NAMED}))?[ ]\d{{4}}(?!\d))?",
    "http": rf"\d{{1,2}}[/ -]{_MONTH}[/ -]\d{{4}}[: ]\d\d:\d\d:\d\d(?:[.,]\d{{1,9}})?{_ZONE}",
    "epoch": r"(?<![\w.-])1\d{9}(?:\.\d{1,9}|\d{3})?(?![\w.])",
    "clock": r"(?<![\w:-])\d\d:\d\d:\d\d(?:[.,]\d{1,9})?",
}
_LETTERED = "syslog"  # the one kind that begins with a letter
_FIGURED = "|".join(rf"(?P<{kind}>{text})" for kind, text in STAMPS.items() if kind != _LETTERED)
ANY = re.compile(rf"\[?(?=[\dJFMASONDTW])(?:(?=\d)(?<!\d)(?:{_FIGURED})|(?P<{_LETTERED}>{STAMPS[_LETTERED]}))\]?")
"""The next stamp in a text, with its kind as the name of the group."""
ONE = {kind: re.compile(rf"\[?(?P<{kind}>{text})\]?") for kind, text in STAMPS.items()}
WEEKDAY = rf"{_DAY},?[ ]"
_VALUE = re.compile(
    rf"(?:{WEEKDAY})?(?:(?P<since>1\d{{9}}(?:\.\d{{1,9}}|\d{{3}}|\d{{6}}|\d{{9}})?)(?![\w.])|"
    + "|".join(rf"(?P<{kind}>{text})" for kind, text in STAMPS.items() if kind != "epoch")
    + r")[ ]*"
)


def in_value(text: str, start: int, end: int) -> tuple[str, str, int] | None:
    """Kind, text and place of the stamp that is a whole value; figures are seconds since 1970 or parts of them."""
    found = _VALUE.fullmatch(text, start, end)
    if found is None:
        return None
    kind = str(found.lastgroup)
    return ("epoch" if kind == "since" else kind), found[kind], found.start(kind)
