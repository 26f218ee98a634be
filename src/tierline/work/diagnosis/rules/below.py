"""Records whose header stands on a line of its own: which of the lines below is the message, and how bad it is.

Two kinds: under a bare header (a stamp alone, a device's long form, a category) every line that does not go on is a
message; under a stamp with a name (`Date: …`, `__REALTIME_TIMESTAMP=…`) the lines name what they hold, and the message
is the one that is named so, or the first that has no name.
"""

import re
from dataclasses import dataclass

from tierline.work.diagnosis.rules import levels
from tierline.work.diagnosis.rules.fields import LEVEL_KEYS, MESSAGE_KEYS
from tierline.work.diagnosis.rules.lines import goes_on

_FIELD = re.compile(r"[ \t]{0,8}(?:#[ ]?)?(?P<key>[A-Za-z_@][\w@/ .-]{0,40}?)[ \t]{0,30}[:=][ \t]{0,30}(?P<value>.*)")
_LEVEL_FIRST = re.compile(rf"(?P<level>{levels.UPPER}):[ ]")
_SETTING = re.compile(r"(?i:use|set)[ ]\S{1,80};?$")


@dataclass(frozen=True, slots=True)
class Below:
    """What a line below a header is: its message (None when it is more of the record), whether that is an error.

    `late` is the word that the message before was one.
    """

    message: str | None = None
    is_error: bool = False
    late: bool = False


MORE = Below()


@dataclass(slots=True)
class OpenRecord:
    """A header that stands alone, at its moment (seconds since 1970, if any), until the next header."""

    second: int | None
    is_error: bool
    keyed: bool = False
    said: bool = False
    awaited: bool = False

    def take(self, line: str) -> Below:
        """The next line below the header."""
        return self._named(line) if self.keyed else self._bare(line)

    def _bare(self, line: str) -> Below:
        if not line.strip() or (self.said and goes_on(line)):
            return MORE
        found = _LEVEL_FIRST.match(line)
        told = levels.is_error(levels.of_word(found["level"])) if found else self.is_error and not self.said
        self.said = True
        return Below(line[found.end() :] if found else line.strip(), told)

    def _named(self, line: str) -> Below:
        found = None if self.awaited else _FIELD.fullmatch(line)
        if found is None:
            return self._unnamed(line)
        key, value = found["key"].lower(), found["value"].strip()
        if key in LEVEL_KEYS:
            return self._level(value)
        if key in MESSAGE_KEYS and not self.said:
            return self._say(value) if value else self._await()
        return MORE

    def _unnamed(self, line: str) -> Below:
        if self.said or not line.strip() or _SETTING.match(line):
            return MORE
        return self._say(line.strip())

    def _level(self, value: str) -> Below:
        told = levels.is_error(levels.of_figures(value) or levels.of_word(value))
        late = told and self.said and not self.is_error
        self.is_error = self.is_error or told
        return Below(late=late)

    def _say(self, message: str) -> Below:
        self.said, self.awaited = True, False
        return Below(message, self.is_error)

    def _await(self) -> Below:
        self.awaited = True
        return MORE
