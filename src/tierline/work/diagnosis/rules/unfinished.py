"""A file that is still being read, for those who do not wait: what is redacted already, and what it says so far.

The reading process leaves files in a folder: the redacted text as it grows, where every thousandth line begins, how
far it is, and what was found up to there. Lines that are there do not change any more; what is said of them may.
"""

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Any

TEXT, INDEX, PROGRESS, FINDINGS = "target", "index", "progress", "findings"
INDEX_EVERY = 1_000  # lines between two entries of the index
_PAUSE = 0.7  # seconds between two words on how far it is
_SHARE = 0.1  # of the time may go into saying what was found so far
_PLACE = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far reading is: bytes of the file, lines that can be read, and the moment of the last one (since 1970)."""

    read: int = 0
    total: int = 0
    lines: int = 0
    until: int | None = None

    @property
    def share(self) -> float:
        """0 to 1."""
        return min(1.0, self.read / self.total) if self.total else 0.0


@dataclass(slots=True)
class Teller:
    """Says how far a reading is, at most so often; `findings` makes a word on what was found, which may take longer."""

    folder: Path
    total: int
    _next: float = 0.0
    _next_findings: float = 0.0
    _told: int = 0
    _index: list[int] = field(default_factory=list)

    def tell(
        self, *, read: int, lines: int, until: int | None, offsets: list[int], findings: Callable[[], dict[str, Any]]
    ) -> None:
        """The text up to here is written."""
        now = monotonic()
        if now < self._next:
            return
        with (self.folder / INDEX).open("ab" if self._told else "wb") as index:  # one that was killed may have begun it
            index.write(b"".join(_PLACE.pack(offset) for offset in offsets[self._told :]))
        self._told = len(offsets)
        if now >= self._next_findings:
            _write(self.folder / FINDINGS, findings())
            self._next_findings = monotonic() + (monotonic() - now) / _SHARE + _PAUSE
        _write(self.folder / PROGRESS, {"read": read, "total": self.total, "lines": lines, "until": until})
        self._next = monotonic() + _PAUSE


def _write(path: Path, data: dict[str, Any]) -> None:
    """Whole or not at all, for those who read at the same moment."""
    aside = path.with_suffix(".new")
    aside.write_text(json.dumps(data, ensure_ascii=True), encoding="ascii")
    aside.replace(path)


def progress_in(folder: Path) -> Progress | None:
    """How far it is; None when nothing was said yet, or it is over."""
    data = _read(folder / PROGRESS)
    return None if data is None else Progress(**data)


def findings_in(folder: Path) -> dict[str, Any] | None:
    """What was found so far, as the report of a reading says it."""
    return _read(folder / FINDINGS)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def lines_in(folder: Path, start: int, limit: int) -> list[str]:
    """Redacted lines from number `start` (from 1) on, as far as they are there."""
    progress = progress_in(folder)
    if progress is None:
        return []
    first = max(1, start)
    count = min(limit, progress.lines - first + 1)
    at = (first - 1) // INDEX_EVERY
    if count <= 0:
        return []
    try:
        with (folder / INDEX).open("rb") as index:
            index.seek(at * _PLACE.size)
            [offset] = _PLACE.unpack(index.read(_PLACE.size))
        with (folder / TEXT).open("rb") as text:
            text.seek(offset)
            skip = first - 1 - at * INDEX_EVERY
            return [data.decode("utf-8", "replace").removesuffix("\n") for data in islice(text, skip, skip + count)]
    except (OSError, struct.error):
        return []  # it was done in the meantime
