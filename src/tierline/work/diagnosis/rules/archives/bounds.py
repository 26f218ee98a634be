"""What an archive may cost, what was spent of it, and its bytes counted as they come."""

import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Protocol

import zstandard

CHUNK = 256 * 1024
_MOST_REFUSALS = 20  # named one by one
DAMAGE = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, zstandard.ZstdError, struct.error, EOFError,
          OSError, ValueError, NotImplementedError, OverflowError, RuntimeError, MemoryError)  # fmt: skip
"""What the libraries raise for bytes that are not what they should be."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes unpacked in all, members, archives inside archives, and unpacked bytes for each packed byte.

    `nested` is for an archive inside an archive that has to be held whole; `directory` for the list of a zip's files.
    """

    total: int = 512 * 1024 * 1024
    members: int = 500
    depth: int = 2
    ratio: int = 200
    nested: int = 64 * 1024 * 1024
    directory: int = 4 * 1024 * 1024


@dataclass(slots=True)
class Unpacking:
    """What is spent so far, and what was refused and why."""

    limits: Limits = field(default_factory=Limits)
    total: int = 0
    members: int = 0
    refused: list[str] = field(default_factory=list)

    def refuse(self, name: str, why: str) -> None:
        """Note one member that is not read."""
        if len(self.refused) < _MOST_REFUSALS:
            self.refused.append(f"{shown(name)}: {why}")

    def count(self) -> None:
        """One member more. Raises TooMuch."""
        self.members += 1
        if self.members > self.limits.members:
            raise TooMuch(f"the archive has more than {self.limits.members} files")


class Stream(Protocol):
    """Bytes of a member as they come."""

    def read1(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One file as an archive holds it: `packed` is its size there in bytes.

    The bytes of one that is `counted` were counted already, when the archive itself was unpacked.
    """

    name: str
    stream: Stream
    packed: int
    counted: bool = False


class TooMuch(Exception):
    """The archive unpacks to more than the limits allow."""


def shown(name: str) -> str:
    """A member's name fit for a sentence: its last part, printable, short."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return "".join(letter if letter.isprintable() else "?" for letter in last)[:80] or "(no name)"


def damaged(what: str, error: BaseException) -> str:
    """Why something cannot be read on."""
    if isinstance(error, MemoryError) or (isinstance(error, lzma.LZMAError) and "emory" in str(error)):
        return f"{what} asks for more memory than is allowed"
    return f"{what} is damaged or cut short ({type(error).__name__})"


def limited(entry: Entry, state: Unpacking) -> Iterator[bytes]:
    """The bytes under the limits. Damage behind the first chunk ends them and is noted; what came before is read."""
    size, limits = 0, state.limits
    try:
        for chunk in _filled(entry.stream):
            size += len(chunk)
            state.total += 0 if entry.counted else len(chunk)
            if state.total > limits.total:
                raise TooMuch("the archive unpacks to more than is allowed")
            if size > 1024 * 1024 and size > entry.packed * limits.ratio:
                raise TooMuch(f"{shown(entry.name)} unpacks to over {limits.ratio} times its packed size")
            yield chunk
    except DAMAGE as error:
        if not size:
            raise
        state.refuse(entry.name, damaged("the rest", error))


def _filled(stream: Stream) -> Iterator[bytes]:
    """Chunks of one size, also the part of one that could be unpacked before the damage."""
    held = bytearray()
    try:
        while piece := stream.read1(CHUNK):
            held += piece
            while len(held) >= CHUNK:
                yield bytes(held[:CHUNK])
                del held[:CHUNK]
    except DAMAGE:
        if held:
            yield bytes(held)
        raise
    if held:
        yield bytes(held)
