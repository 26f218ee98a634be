"""Redaction: secrets become numbered names (`<email-3>`), the same one the same name throughout a bundle.

Lines stay comparable because equal values get equal names. The redactor keeps a keyed hash of each value, never the
value itself.
"""

import hashlib
import re
import secrets
from collections import Counter
from collections.abc import Iterable

from tierline.work.diagnosis.rules.addresses import find_accounts, find_addresses, find_mails
from tierline.work.diagnosis.rules.detectors import DETECTORS, Detector, Found, Views

CLASSES = ("account", "address", "card", "cookie", "email", "id", "key", "password", "person", "phone", "token")
_MAX_NAMES = 200_000
_SHORTEST_NAME = 4
_OPEN_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:(?!-----END)[\s\S]){0,16000}\Z")


class Redactor:
    """Redacts the files of one bundle; `names` are persons of the ticket, masked wherever they stand."""

    def __init__(self, *, names: Iterable[str] = (), key: bytes | None = None) -> None:
        self._key = key or secrets.token_bytes(16)
        self._numbers: dict[bytes, int] = {}
        self._used: Counter[str] = Counter()
        self.masked: Counter[str] = Counter()
        self._people = tuple(_person(name) for name in names if len(name.strip()) >= _SHORTEST_NAME)

    def redact(self, text: str) -> str:
        """The text without its secrets, with as many lines; `masked` counts what was masked, by class."""
        views = Views(text)
        pieces: list[str] = []
        at = 0
        for found in _apart(self._find(views)):
            secret = text[found.start : found.end]
            pieces += (text[at : found.start], self._name(found.kind, secret), "\n" * secret.count("\n"))
            self.masked[found.kind] += 1
            at = found.end
        pieces.append(text[at:])
        return "".join(pieces)

    def counts(self) -> dict[str, int]:
        """How many places were masked, by class."""
        return dict(sorted(self.masked.items()))

    def _find(self, views: Views) -> list[Found]:
        found = [one for detector in (*DETECTORS, *self._people) for one in detector.find(views)]
        found += find_mails(views.text)
        found += find_addresses(views.text)
        found += find_accounts(views.text)
        return found

    def _name(self, kind: str, value: str) -> str:
        digest = hashlib.blake2b(
            f"{kind}:{value}".encode("utf-8", "surrogatepass"), key=self._key, digest_size=12
        ).digest()
        number = self._numbers.get(digest)
        if number is None:
            if len(self._numbers) >= _MAX_NAMES:
                return f"<{kind}-more>"
            self._used[kind] += 1
            number = self._numbers[digest] = self._used[kind]
        return f"<{kind}-{number}>"


def open_key_at(text: str) -> int:
    """Where a private key begins that is not yet closed at the end of this text; -1 when none is open."""
    begin = text.rfind("-----BEGIN ", max(0, len(text) - 16_100))
    return begin if begin >= 0 and _OPEN_KEY.match(text, begin) else -1


def _apart(found: list[Found]) -> list[Found]:
    """In order and without overlap: the more certain class wins, then the longer one."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda each: (each.start, each.rank, -each.end)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
        elif one.rank < kept[-1].rank or (one.rank == kept[-1].rank and one.end > kept[-1].end):
            last = kept.pop()
            kept.append(Found(min(one.start, last.start), max(one.end, last.end), one.kind, one.rank))
        elif one.end > kept[-1].end:
            last = kept.pop()
            kept.append(Found(last.start, one.end, last.kind, last.rank))
    return kept


def _person(name: str) -> Detector:
    words = [re.escape(word) for word in name.split()]
    pattern = re.compile(r"(?<!\w)" + r"[ ._]{1,2}".join(words) + r"(?!\w)", re.IGNORECASE)
    return Detector("person", 6, "lower", (name.split(maxsplit=1)[0].lower(),), pattern)
