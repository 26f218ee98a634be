"""Redaction: secrets become numbered names (`<email-3>`), the same one the same name throughout a ticket.

Lines stay comparable because equal values get equal names. The redactor keeps a keyed hash of each value, never the
value itself.
"""

import base64
import hashlib
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from tierline.core.plugins.contracts import BlockDetector, Detector
from tierline.work.diagnosis.rules.built_in import BUILT_IN
from tierline.work.diagnosis.rules.detectors import Views

CLASSES = tuple(sorted(one().kind for one in BUILT_IN))
_MAX_NAMES = 200_000
_MOST_KEPT = 20_000  # names that the ticket's next file knows


class Found(NamedTuple):
    """A secret with its class. Of two that overlap the one with the lower `rank` stays."""

    start: int
    end: int
    kind: str
    rank: int
    stands_for: str


@dataclass(slots=True)
class Names:
    """The numbers that secrets have: by a keyed hash of each, and how many there are of each class."""

    key: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    numbers: dict[str, int] = field(default_factory=dict)
    used: Counter[str] = field(default_factory=Counter)

    def name(self, kind: str, value: str) -> str:
        """The name of a secret, a new one where it was not seen before."""
        said = f"{kind}:{value}".encode("utf-8", "surrogatepass")
        digest = base64.b85encode(hashlib.blake2b(said, key=self.key, digest_size=12).digest()).decode()
        number = self.numbers.get(digest)
        if number is None:
            if len(self.numbers) >= _MAX_NAMES:
                return f"<{kind}-more>"
            self.used[kind] += 1
            number = self.numbers[digest] = self.used[kind]
        return f"<{kind}-{number}>"

    def to_json(self) -> dict[str, Any]:
        """For the next file of the ticket: the first names, and where counting goes on."""
        kept = dict(list(self.numbers.items())[:_MOST_KEPT])
        return {"numbers": kept, "used": dict(self.used)}

    @classmethod
    def from_json(cls, key: bytes, data: Mapping[str, Any]) -> "Names":
        """What `to_json` gave, with the key of the ticket."""
        return cls(key, dict(data.get("numbers", {})), Counter(data.get("used", {})))


class Redactor:
    """Redacts the files of one bundle; `people` (names, or name and mail address) are masked wherever they stand."""

    def __init__(
        self,
        *,
        people: Iterable[str | tuple[str, str]] = (),
        companies: Iterable[str] = (),
        detectors: Sequence[Detector] | None = None,
        names: Names | None = None,
    ) -> None:
        self.names = names or Names()
        self.masked: Counter[str] = Counter()
        self._people = tuple((one, "") if isinstance(one, str) else (one[0], one[1]) for one in people)
        self._companies = tuple(companies)
        self._detectors = [one() for one in BUILT_IN] if detectors is None else list(detectors)
        self._blocks = [
            one.blocks(partial(self._block_name, one.kind)) for one in self._detectors if isinstance(one, BlockDetector)
        ]

    def redact(self, text: str) -> str:
        """The whole text without its secrets, with as many lines; `masked` counts what was masked, by class."""
        return (self.feed(f"{text}\n") + self.finish()).removesuffix("\n")

    def feed(self, text: str) -> str:
        """The next whole lines of a file (each ends with a line feed), redacted; a key's lines come when it is over."""
        for block in self._blocks:
            text = block.feed(text)
        return self._without_secrets(text)

    def finish(self) -> str:
        """The lines of a file that still wait, redacted; the next file begins afresh."""
        text = ""
        for block in self._blocks:
            text = (block.feed(text) if text else "") + block.close()
        return self._without_secrets(text)

    def counts(self) -> dict[str, int]:
        """How many places were masked, by class."""
        return dict(sorted(self.masked.items()))

    def _without_secrets(self, text: str) -> str:
        pieces: list[str] = []
        named: dict[tuple[str, str], str] = {}  # of this text only; a secret is not kept
        at = 0
        for start, end, kind, _, stands_for in _apart(self._find(text)):
            secret = kind, stands_for or text[start:end]
            name = named.get(secret)
            if name is None:
                name = named[secret] = self.names.name(*secret)
            lines = text.count("\n", start, end)
            pieces += (text[at:start], name, "\n" * lines) if lines else (text[at:start], name)
            self.masked[kind] += 1
            at = end
        pieces.append(text[at:])
        return "".join(pieces)

    def _block_name(self, kind: str, secret: str) -> str:
        self.masked[kind] += 1
        return self.names.name(kind, secret)

    def _find(self, text: str) -> list[Found]:
        views = Views(text, self._people, self._companies)
        return [
            Found(start, end, one.kind, rank, stands_for)
            for one in self._detectors
            for start, end, rank, stands_for in one.find(views)
        ]


def _apart(found: list[Found]) -> list[Found]:
    """In order and without overlap: the more certain class wins, then the longer one."""
    kept: list[Found] = []
    for one in sorted(found, key=_order):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
        elif one.rank < kept[-1].rank or (one.rank == kept[-1].rank and one.end > kept[-1].end):
            last = kept.pop()
            kept.append(_joined(one, last))
        elif one.end > kept[-1].end:
            last = kept.pop()
            kept.append(_joined(last, one))
    return kept


def _order(one: Found) -> tuple[int, int, int]:
    return one.start, one.rank, -one.end


def _joined(sure: Found, other: Found) -> Found:
    """All that both cover, named by the surer one; what it stands for holds only when it covers all."""
    start, end = min(sure.start, other.start), max(sure.end, other.end)
    whole = (start, end) == (sure.start, sure.end)
    return Found(start, end, sure.kind, sure.rank, sure.stands_for if whole else "")
