"""Records that say of each value what it is: JSON lines and logfmt. Where their stamp and level stand, and their text.

The names of the fields are those that loggers agree on (bunyan, ECS, GELF, CLEF, OpenTelemetry, the journal's JSON).
The cost is linear in the length of the line, however it is nested or torn.
"""

import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from tierline.work.diagnosis.rules import levels
from tierline.work.diagnosis.rules.stamps import in_value

STAMP_KEYS = (
    "@timestamp", "timestamp", "time", "ts", "@t", "t", "datetime", "date", "asctime", "eventtime",
    "__realtime_timestamp",
)  # fmt: skip
LEVEL_KEYS = (
    "level", "severity", "lvl", "levelname", "log.level", "@l", "loglevel", "severity_text", "severitytext",
    "leveldisplayname", "priority", "s",
)  # fmt: skip
MESSAGE_KEYS = ("msg", "message", "@m", "@mt", "log", "event", "body", "text", "textpayload", "description")
_MOST_TOKENS = 4_000
_MOST_PAIRS = 200
_TOKEN = re.compile(
    r'"(?P<text>(?:[^"\\]++|\\.)*+)"?|(?P<open>[{\[])|(?P<close>[}\]])|(?P<comma>,)|(?P<colon>:)'
    r'|(?P<bare>[^\s"{}\[\],:]++)',
    re.DOTALL,
)
_PAIR = re.compile(
    r'[ \t]*+(?P<key>[A-Za-z_@][\w.@/-]{0,80})=(?:"(?P<text>(?:[^"\\]++|\\.)*+)"|(?P<bare>[^\s"]*+))(?=\s|$)'
)
_NESTED_STAMP = re.compile(r'\{[ ]?"\$date"[ ]?:[ ]?"(?P<stamp>[^"]{1,40})"[ ]?\}')
_ONE_LETTER = re.compile(r"[DIWEF]\d?")


class Member(NamedTuple):
    """A field: its name in small letters, where its value stands (without quotation marks), whether it is a text."""

    key: str
    start: int
    end: int
    is_text: bool


class Record(NamedTuple):
    """What a line of fields says: its stamp, its level, where figures name that, its message, what it wraps."""

    kind: str
    stamp: str
    at: int
    level: str
    figures: tuple[int, int]
    start: int
    text: str
    body: str | None


def read_fields(line: str) -> Record | None:
    """The record that this line is; None when it is no record with a stamp or a level."""
    members = list(_of_json(line)) if line.startswith("{") else _of_logfmt(line)
    return _record(line, members) if members else None


def _of_json(line: str) -> Iterator[Member]:
    """The fields of the outermost object; those of others are part of its values."""
    depth, key, began, awaited = 0, "", 0, False
    for token in islice(_TOKEN.finditer(line), _MOST_TOKENS):
        kind = token.lastgroup
        if kind == "open":
            began = token.start() if depth == 1 else began
            depth += 1
        elif kind == "close":
            depth -= 1
            if depth == 1 and awaited:
                yield Member(key, began, token.end(), is_text=False)
                awaited = False
        elif depth != 1:
            continue
        elif kind == "colon":
            awaited = True
        elif kind == "comma":
            awaited = False
        elif awaited:
            yield Member(key, *token.span(str(kind)), is_text=kind == "text")
            awaited = False
        elif kind == "text":
            key = token["text"][:80].lower()


def _of_logfmt(line: str) -> list[Member]:
    """The fields of a line that consists of them; none for any other line."""
    found: list[Member] = []
    at = 0
    while len(found) < _MOST_PAIRS and (pair := _PAIR.match(line, at)):
        kind = "text" if pair["text"] is not None else "bare"
        found.append(Member(pair["key"].lower(), *pair.span(kind), is_text=True))
        at = pair.end()
    return found if len(found) > 1 and not line[at:].strip() else []


def _record(line: str, members: list[Member]) -> Record | None:
    stamp = _stamp(line, members)
    level, figures, said = _level(line, members)
    if stamp is None and said is None:
        return None
    message = _first(members, MESSAGE_KEYS)
    kind, text, at, told = stamp or ("", "", 0, None)
    used = {told, said, message}
    body = None
    if message is not None and message.key == "log" and told and any(one.key == "stream" for one in members):
        body = _plain(line, message).removesuffix("\n")
    rest = [one for one in members if one not in used]
    return Record(kind, text, at, level, figures, message.start if message else 0, _text(line, message, rest), body)


def _stamp(line: str, members: list[Member]) -> tuple[str, str, int, Member] | None:
    """Kind, text and place of the stamp, and the field that holds it."""
    for member in _in_order(members, STAMP_KEYS):
        start, end = member.start, member.end
        if not member.is_text and (nested := _NESTED_STAMP.fullmatch(line, start, end)):
            start, end = nested.span("stamp")
        if (found := in_value(line, start, end)) and found[0] != "clock":
            return *found, member
    return None


def _level(line: str, members: list[Member]) -> tuple[str, tuple[int, int], Member | None]:
    """The level, where the figures that name it stand, and the field."""
    for member in _in_order(members, LEVEL_KEYS):
        value = line[member.start : member.end]
        if member.key == "s" and not _ONE_LETTER.fullmatch(value):
            continue
        if level := levels.of_figures(value):
            return level, (member.start, member.end), member
        if level := levels.of_word(value[:1] if member.key == "s" else value):
            return level, (0, 0), member
    return "", (0, 0), None


def _in_order(members: list[Member], keys: Iterable[str]) -> Iterator[Member]:
    by_key: dict[str, Member] = {}
    for member in members:
        by_key.setdefault(member.key, member)
    return (by_key[key] for key in keys if key in by_key)


def _first(members: list[Member], keys: Iterable[str]) -> Member | None:
    return next((one for one in _in_order(members, keys) if one.is_text), None)


def _text(line: str, message: Member | None, rest: Iterable[Member]) -> str:
    """The message, and behind it what else is told; fields of the transport (`_name`) are left out."""
    parts = [] if message is None else [_one_line(_plain(line, message))]
    parts += [f"{one.key}={_one_line(_plain(line, one))}" for one in rest if not one.key.startswith("_")]
    return " ".join(part for part in parts if part)


def _plain(line: str, member: Member) -> str:
    """The value as it is meant: a text without its escapes."""
    value = line[member.start : member.end]
    if not member.is_text or "\\" not in value:
        return value
    try:
        return str(json.loads(f'"{value}"', strict=False))
    except ValueError:
        return value


def _one_line(text: str) -> str:
    return text.strip().partition("\n")[0]


def texts_in(line: str) -> list[str]:
    """The lines inside of the texts of a record that have more than one: what an exception says there."""
    found: list[str] = []
    if "\\n" not in line:
        return found
    for token in islice(_TOKEN.finditer(line), _MOST_TOKENS):
        if token.lastgroup == "text" and "\\n" in token["text"]:
            found += _plain(line, Member("", *token.span("text"), is_text=True)).split("\n")
    return found
