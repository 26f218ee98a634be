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
from tierline.work.diagnosis.rules.blocks import KeyBlocks
from tierline.work.diagnosis.rules.detectors import DETECTORS, Detector, Found, Views

CLASSES = (
    "account",
    "address",
    "card",
    "company",
    "cookie",
    "email",
    "id",
    "key",
    "password",
    "person",
    "phone",
    "token",
)
_MAX_NAMES = 200_000
_SHORTEST_COMPANY = 6  # letters: shorter ones are words of the language as well
_SHORTEST_NAME = 4


class Redactor:
    """Redacts the files of one bundle; `names` are persons of the ticket, masked wherever they stand."""

    def __init__(self, *, names: Iterable[str] = (), companies: Iterable[str] = (), key: bytes | None = None) -> None:
        self._key = key or secrets.token_bytes(16)
        self._numbers: dict[bytes, int] = {}
        self._used: Counter[str] = Counter()
        self.masked: Counter[str] = Counter()
        self._keys = KeyBlocks(self._key_name)
        self._named = (
            *(_named("person", name) for name in names if len(name.strip()) >= _SHORTEST_NAME),
            *(_named("company", name) for name in companies if len(name.strip()) >= _SHORTEST_COMPANY),
        )

    def redact(self, text: str) -> str:
        """The whole text without its secrets, with as many lines; `masked` counts what was masked, by class."""
        return (self.feed(f"{text}\n") + self.finish()).removesuffix("\n")

    def feed(self, text: str) -> str:
        """The next whole lines of a file (each ends with a line feed), redacted; a key's lines come when it is over."""
        return self._without_secrets(self._keys.feed(text))

    def finish(self) -> str:
        """The lines of a file that still wait, redacted; the next file begins afresh."""
        return self._without_secrets(self._keys.close())

    def counts(self) -> dict[str, int]:
        """How many places were masked, by class."""
        return dict(sorted(self.masked.items()))

    def _without_secrets(self, text: str) -> str:
        pieces: list[str] = []
        named: dict[tuple[str, str], str] = {}  # of this text only; a secret is not kept
        at = 0
        for start, end, kind, _ in _apart(self._find(Views(text))):
            secret = kind, text[start:end]
            name = named.get(secret)
            if name is None:
                name = named[secret] = self._name(*secret)
            pieces += (text[at:start], name)
            self.masked[kind] += 1
            at = end
        pieces.append(text[at:])
        return "".join(pieces)

    def _key_name(self, secret: str) -> str:
        self.masked["key"] += 1
        return self._name("key", secret)

    def _find(self, views: Views) -> list[Found]:
        found = [one for detector in (*DETECTORS, *self._named) for one in detector.find(views)]
        found += find_mails(views)
        found += find_addresses(views)
        found += find_accounts(views)
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


def _named(kind: str, name: str) -> Detector:
    words = [re.escape(word) for word in name.split()]
    pattern = re.compile(r"(?<!\w)" + r"[ ._]{1,2}".join(words) + r"(?!\w)", re.IGNORECASE)
    return Detector(kind, 6, "lower", (name.split(maxsplit=1)[0].lower(),), pattern)
