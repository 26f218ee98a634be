"""From bytes to text that may be read: unpacked, decoded, cut into lines, redacted; block by block.

Nothing after this sees an unredacted letter. Secrets are named by the order in which they come, so that the beginning
of a text is redacted the same whether the rest is read already or not.
"""

from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, NamedTuple

from tierline.work.diagnosis.rules import archives, lines
from tierline.work.diagnosis.rules.guarded import DetectorFailed
from tierline.work.diagnosis.rules.redact import Redactor

_LEAST = 1024 * 1024  # characters that are redacted at once, but for the first blocks of a bundle
_FIRST = 4  # blocks that are as small as they come, so that somebody who waits sees something


class Block(NamedTuple):
    """The next whole lines of a file; `name` where a file begins.

    `read` is how many bytes of the source are behind, `masked` what was masked up to here.
    """

    text: str
    name: str | None
    read: int
    masked: dict[str, int]


class End(NamedTuple):
    """What is known when all is read: bytes of text, what was masked, what was refused, and why it is not all.

    `names` is what redaction goes on with; `withheld` says why nothing may be shown, because a detector failed.
    """

    size: int
    masked: dict[str, int]
    refused: list[str]
    reason: str
    cut: int
    names: dict[str, Any]
    withheld: str = ""


class SafeText:
    """Reads the members of one attachment, redacted."""

    def __init__(self, redactor: Redactor, unpacking: archives.Unpacking) -> None:
        self._redactor = redactor
        self._unpacking = unpacking
        self._bounds = lines.Bounds()
        self._size = 0

    def blocks(self, source: BinaryIO, name: str) -> Iterator[Block | End]:
        """The whole file, and last its End; never raises for what the file holds."""
        try:
            yield from self._blocks(source, name)
        except DetectorFailed as failed:
            yield End(0, {}, [], "", 0, {}, str(failed))

    def _blocks(self, source: BinaryIO, name: str) -> Iterator[Block | End]:
        try:
            for member in archives.members(source, name, self._unpacking):
                for text, begins in self._member(member):
                    yield Block(text, begins, source.tell(), self._redactor.counts())
        except archives.TooMuch as limit:
            self._unpacking.refused.append(f"reading stopped: {limit}")
        refused = self._unpacking.refused
        reason = self._redactor.redact("; ".join([*refused, *self._cut_words()]))
        names = self._redactor.names.to_json()
        yield End(self._size, self._redactor.counts(), refused, reason, self._bounds.cut_characters, names)

    def _member(self, member: archives.Member) -> Iterator[tuple[str, str | None]]:
        texts = lines.texts_of(self._counted(member.chunks), member.name)
        if isinstance(texts, str):
            self._unpacking.refuse(member.name, texts)
        else:
            yield "", member.name
            for text in _joined(lines.split_lines(texts, self._bounds)):
                if safe := self._redactor.feed(text):
                    yield safe, None
            if safe := self._redactor.finish():
                yield safe, None

    def _counted(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self._size += len(chunk)
            yield chunk

    def _cut_words(self) -> list[str]:
        if not self._bounds.long_lines:
            return []
        return [
            (
                f"{self._bounds.long_lines} overlong lines were cut after {lines.MAX_LINE // 1024} kB,"
                f" {self._bounds.cut_characters} characters are only in the original"
            )
        ]


def _joined(batches: Iterable[list[str]]) -> Iterator[str]:
    """Lines as text, each ended by a line feed; after the first in larger blocks, which are quicker to redact."""
    held: list[str] = []
    size = 0
    for number, batch in enumerate(batches):
        text = "\n".join(batch) + "\n"
        held.append(text)
        size += len(text)
        if number < _FIRST or size >= _LEAST:
            yield "".join(held)
            held, size = [], 0
    if held:
        yield "".join(held)
