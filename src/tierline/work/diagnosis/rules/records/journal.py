"""What `journalctl -o export`, `-o json` and `-o json-pretty` write: one line an entry, as journalctl shows it.

`2026-11-20T09:58:09.100000Z ERR [gw-hh-02] tunneld[812]: rekey window exceeded`. A message of several lines keeps
them. The other fields of an entry stay in the original. The form is that of systemd's "Journal Export Formats".
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from .objects import decoded, encoded, objects

_LEVELS = ("EMERG", "ALERT", "CRIT", "ERR", "WARNING", "NOTICE", "INFO", "DEBUG")
_SHOWN = (
    "MESSAGE", "PRIORITY", "__REALTIME_TIMESTAMP", "_SOURCE_REALTIME_TIMESTAMP", "_HOSTNAME", "SYSLOG_IDENTIFIER",
    "_COMM", "_PID", "SYSLOG_PID",
)  # fmt: skip
_NAMES = {name.encode(): name for name in _SHOWN}
_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,64}\{[^\0]{0,4000}?\"__(?:REALTIME_TIMESTAMP|CURSOR)\"\s{0,8}:")
_LARGEST = 16 * 1024 * 1024  # bytes of one field
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def is_export(first: bytes) -> bool:
    """Whether a file begins as an export does."""
    return first.startswith((b"__CURSOR=", b"__REALTIME_TIMESTAMP="))


def is_json(first: bytes) -> bool:
    """Whether a file begins with an entry in JSON."""
    return _JSON.match(first) is not None


def lines_of_json(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The entries of a journal in JSON; what is no entry passes as it came."""
    for one in objects(decoded(chunks)):
        if isinstance(one, dict):
            yield _entry({name: _told(one.get(name)) for name in _SHOWN})
        else:
            yield one.encode("utf-8", "replace")


def _told(value: Any) -> str:  # noqa: ANN401 (JSON of a stranger)
    """A field: text, the bytes of what is no text, or the last of several values."""
    if isinstance(value, list) and value and all(isinstance(one, int) and 0 <= one < 256 for one in value):  # noqa: PLR2004 (a byte)
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, list):
        return _told(value[-1]) if value and not isinstance(value[-1], list) else ""
    return value if isinstance(value, str) else ""


def lines_of_export(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The entries of an export. A field of bytes has their number before them; one that is cut short ends it."""
    source = _Source(iter(chunks))
    fields: dict[str, str] = {}
    while (line := source.line()) is not None:
        name, is_pair, value = line.partition(b"=")
        if not line:
            if fields:
                yield _entry(fields)
            fields = {}
        elif not is_pair:
            size = int.from_bytes(source.take(8) or b"", "little")
            if size > _LARGEST:
                break
            value = source.take(size) or b""
            source.line()
        if line and (known := _NAMES.get(name)):
            fields[known] = value.decode("utf-8", "replace")
    if fields:
        yield _entry(fields)


class _Source:
    """Chunks, taken line by line or by number of bytes."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._held = b""
        self._at = 0

    def line(self) -> bytes | None:
        """The next line without its end; None when there is no more."""
        while (end := self._held.find(b"\n", self._at)) < 0:
            if len(self._held) - self._at > _LARGEST or not self._more():
                rest, self._held, self._at = self._held[self._at :], b"", 0
                return rest or None
        found, self._at = self._held[self._at : end], end + 1
        return found

    def take(self, size: int) -> bytes | None:
        """So many bytes; None when there are not so many."""
        while len(self._held) - self._at < size:
            if size > _LARGEST or not self._more():
                return None
        found, self._at = self._held[self._at : self._at + size], self._at + size
        return found

    def _more(self) -> bool:
        chunk = next(self._chunks, None)
        if chunk is None:
            return False
        self._held, self._at = self._held[self._at :] + chunk, 0
        return True


def _entry(fields: Mapping[str, str]) -> bytes:
    """One entry as a line; its message may have several."""
    told = fields.get("PRIORITY", "")
    level = _LEVELS[int(told)] if told in set("01234567") else "INFO"
    host, who = fields.get("_HOSTNAME", ""), fields.get("SYSLOG_IDENTIFIER") or fields.get("_COMM") or ""
    pid = fields.get("_PID") or fields.get("SYSLOG_PID") or ""
    words = [_moment(fields), level, f"[{host}]" if host else "", f"{who}{f'[{pid}]' if pid else ''}:" if who else ""]
    return encoded(" ".join([" ".join(" ".join(words).split()), fields.get("MESSAGE", "").rstrip("\n")]))


def _moment(fields: Mapping[str, str]) -> str:
    """When it was written, from microseconds since 1970; nothing for what is no moment."""
    told = fields.get("_SOURCE_REALTIME_TIMESTAMP") or fields.get("__REALTIME_TIMESTAMP") or ""
    if not (told.isascii() and told.isdigit() and len(told) <= 17):  # noqa: PLR2004 (figures up to the year 5138)
        return ""
    return f"{_EPOCH + timedelta(microseconds=int(told)):%Y-%m-%dT%H:%M:%S.%fZ}"
