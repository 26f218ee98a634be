"""Calendar invitations in a mail (RFC 5545, RFC 5546, RFC 6047), read as far as a person needs to know them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .charsets import scrub

MAX_LINES = 20_000
_MAX_EVENTS = 20
_PROPERTY = re.compile(r"([A-Za-z0-9-]{1,60})((?:;[^:;\"]{1,200}(?:\"[^\"]*\"[^:;\"]{0,200})*)*):(.*)", re.DOTALL)
_PARAMETER = re.compile(r";([A-Za-z0-9-]{1,60})=(\"[^\"]*\"|[^;:]*)")
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(?:\d\d)?(Z?))?")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_METHODS = {
    "REQUEST": "Invitation",
    "PUBLISH": "Calendar entry",
    "CANCEL": "Cancelled",
    "REPLY": "Answer to an invitation",
    "COUNTER": "Another time is proposed",
    "DECLINECOUNTER": "The other time is declined",
    "ADD": "More dates for an invitation",
    "REFRESH": "The current invitation is asked for",
}
_ANSWERS = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "accepted for now", "DELEGATED": "delegated"}


@dataclass(frozen=True, slots=True)
class Invitation:
    """One event: `method` in words, times as written in the calendar with their zone, answers of attendees."""

    method: str
    summary: str
    when: str
    where: str = ""
    organiser: str = ""
    answers: tuple[str, ...] = ()
    repeats: bool = False

    @property
    def words(self) -> str:
        """Lines for a ticket."""
        lines = [f"{self.method}: {self.summary or '(no title)'}"]
        named = (("When", self.when + (" (repeats)" if self.repeats else "")), ("Where", self.where))
        lines += [f"{label}: {value}" for label, value in (*named, ("Organiser", self.organiser)) if value.strip()]
        return "\n".join((*lines, *self.answers))


@dataclass(frozen=True, slots=True)
class _Line:
    name: str
    parameters: dict[str, str]
    value: str

    @property
    def text(self) -> str:
        """The value with its escapes undone, on one line."""
        plain = _ESCAPE.sub(lambda found: " " if found[1] in "nN" else found[1], self.value)
        return " ".join(scrub(plain).split())[:500]


def invitations(source: str, declared_method: str = "") -> tuple[Invitation, ...]:
    """The events of a calendar, at most `_MAX_EVENTS`. Damaged lines are passed over; never raises."""
    method, found = declared_method.upper(), []
    event: dict[str, list[_Line]] | None = None
    for line in _lines(source):
        if line.name == "METHOD" and event is None:
            method = line.value.strip().upper() or method
        elif line.name == "BEGIN" and line.value.strip().upper() in ("VEVENT", "VTODO"):
            event = {}
        elif line.name == "END" and line.value.strip().upper() in ("VEVENT", "VTODO") and event is not None:
            found.append(_invitation(event, method))
            event = None
        elif event is not None:
            event.setdefault(line.name, []).append(line)
        if len(found) >= _MAX_EVENTS:
            break
    return tuple(found)


def _lines(source: str) -> Iterator[_Line]:
    """Content lines, unfolded (RFC 5545 §3.1); alarms and other inner parts are passed over."""
    inside = 0
    unfolded = re.sub(r"\r?\n[ \t]", "", source)
    for number, raw in enumerate(unfolded.splitlines()):
        parts = _PROPERTY.match(raw[:20_000])
        if number >= MAX_LINES or parts is None:
            continue
        line = _Line(
            parts[1].upper(), {k.upper(): v.strip('"') for k, v in _PARAMETER.findall(parts[2])}, parts[3].strip()
        )
        inner = line.name in ("BEGIN", "END") and line.value.upper() not in ("VCALENDAR", "VEVENT", "VTODO")
        inside = max(0, inside + (1 if line.name == "BEGIN" else -1)) if inner else inside
        if not inside and not inner:
            yield line


def _invitation(event: dict[str, list[_Line]], method: str) -> Invitation:
    def first(name: str) -> _Line:
        return event.get(name, [_Line(name, {}, "")])[0]

    cancelled = first("STATUS").value.upper() == "CANCELLED"
    return Invitation(
        method=_METHODS["CANCEL"] if cancelled else _METHODS.get(method, "Calendar entry"),
        summary=first("SUMMARY").text,
        when=_when(first("DTSTART"), first("DTEND"), first("DUE")),
        where=first("LOCATION").text,
        organiser=_person(first("ORGANIZER")),
        answers=tuple(_answer(one) for one in event.get("ATTENDEE", [])[:50] if method == "REPLY"),
        repeats="RRULE" in event or "RDATE" in event,
    )


def _when(start: _Line, end: _Line, due: _Line) -> str:
    begins, ends = _moment(start), _moment(end) or _moment(due)
    zone = start.parameters.get("TZID", "")[:60] or ("UTC" if start.value.endswith("Z") else "")
    day = begins.partition(" ")[0]
    ends = ends.removeprefix(f"{day} ") if " " in begins else ends
    span = f"{begins} to {ends}" if begins and ends else begins or ends
    return f"{span} {zone}".strip()


def _moment(line: _Line) -> str:
    found = _MOMENT.match(line.value)
    if found is None:
        return ""
    date = f"{found[1]}-{found[2]}-{found[3]}"
    return f"{date} {found[4]}:{found[5]}" if found[4] else date


def _person(line: _Line) -> str:
    address = re.sub(r"^mailto:", "", line.value.strip(), flags=re.IGNORECASE)
    name = " ".join(scrub(line.parameters.get("CN", "")).split())
    return (f"{name} <{address}>" if name and name != address else address)[:300]


def _answer(line: _Line) -> str:
    status = line.parameters.get("PARTSTAT", "").upper()
    return f"{_person(line)}: {_ANSWERS.get(status, 'not answered')}"
