"""What a file of evidence says, in one sentence for a person, of which each part is about some of its lines."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from tierline.work.diagnosis.rules.skew import words

_MINUTE = 60  # seconds


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the sentence, what it is `about` (nothing for marks of punctuation), and its words."""

    about: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """For example "09:58-10:07: 3 new templates, 2 errors, one burst, clock +7 min; 14 secrets masked.".

    Moments are seconds since 1970, `clock` is in seconds; `compared` says whether there was a healthy file.
    """

    started: int | None
    ended: int | None
    lines: int
    templates: int
    new: int
    compared: bool
    bursts: int
    traces: int
    masked: Mapping[str, int]
    clock: int = 0
    errors: int = 0

    def __str__(self) -> str:
        return "".join(part.text for part in self.parts())

    def parts(self) -> list[Part]:
        """The sentence in parts."""
        when = _stretch(self.started, self.ended)
        head = (
            [Part("when", when)] if when else [Part("when", _count(self.lines, "line")), Part("", " without a clock")]
        )
        secrets = sum(self.masked.values())
        tail = Part("masked", f"{_count(secrets, 'secret')} masked") if secrets else Part("", "nothing to mask")
        listed = [part for one in self._found() for part in (Part("", ", "), one)][1:]
        return [*head, Part("", ": "), *listed, Part("", "; "), tail, Part("", ".")]

    def _found(self) -> list[Part]:
        found = [Part("templates", _count(self.templates, "template"))]
        if self.compared:
            found = [Part("new", _count(self.new, "new template"))]
        if self.errors:
            found.append(Part("errors", _count(self.errors, "error")))
        if self.bursts:
            found.append(Part("bursts", _count(self.bursts, "burst")))
        if self.traces:
            found.append(Part("traces", _count(self.traces, "stack trace")))
        if self.clock:
            found.append(Part("clock", f"clock {words(self.clock)}"))
        return found


def _stretch(started: int | None, ended: int | None) -> str:
    if started is None or ended is None:
        return ""
    one, two = (datetime.fromtimestamp(second, UTC) for second in (started, ended))
    if one.date() == two.date():
        return f"{one:%H:%M}-{two:%H:%M}" if ended - started >= _MINUTE else f"{one:%H:%M:%S}-{two:%H:%M:%S}"
    return f"{one:%d %b %H:%M} to {two:%d %b %H:%M}"


def _count(number: int, what: str) -> str:
    if number == 0:
        return f"no {what}s"
    if number == 1:
        return f"one {what}"
    return f"{number:,} {what}s"
