"""Archives with logs inside: zip, tar, gzip, bzip2 and xz, opened with bounds on size, ratio, number and depth.

Nothing is written under a name from the archive, so a path like `../../etc` is only a name. What is refused is refused
in a sentence; the other members are still read.
"""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO, BinaryIO, cast

_CHUNK = 256 * 1024
_MOST_REFUSALS = 20  # named one by one
_DAMAGE = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError,
           ValueError, NotImplementedError, OverflowError)  # fmt: skip
_PACKED: dict[str, tuple[str, Callable[[BinaryIO], object]]] = {
    "gzip": (".gz", lambda source: gzip.GzipFile(fileobj=source)),
    "bzip2": (".bz2", bz2.BZ2File),
    "xz": (".xz", lzma.LZMAFile),
}
"""One file, packed by itself: the end of its name, and what opens it."""
_CLOSED = (
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x28\xb5\x2f\xfd", "packed with Zstandard"),
    (b"\x04\x22\x4d\x18", "packed with LZ4"),
    (b"MSCF", "a cabinet of Windows"),
    (b"LZIP", "packed with lzip"),
)
"""What is told from its first bytes and not opened."""
_UNIX_LINK = 0xA  # file type in the upper bits of a zip member's attributes


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes unpacked in all, members, archives inside archives, and unpacked bytes for each packed byte."""

    total: int = 512 * 1024 * 1024
    members: int = 500
    depth: int = 2
    ratio: int = 200
    nested: int = 64 * 1024 * 1024


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


@dataclass(frozen=True, slots=True)
class Member:
    """One file: its name and its bytes in chunks (to be read before the next member)."""

    name: str
    chunks: Iterator[bytes]


class TooMuch(Exception):
    """The archive unpacks to more than the limits allow."""


def shown(name: str) -> str:
    """A member's name fit for a sentence: its last part, printable, short."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return "".join(letter if letter.isprintable() else "?" for letter in last)[:80] or "(no name)"


def members(source: BinaryIO, name: str, state: Unpacking, *, depth: int = 0) -> Iterator[Member]:
    """Every file of the source: itself when it is no archive, else what is inside, at most `depth` archives deep."""
    head = source.read(512)
    source.seek(0)
    kind = _kind(head)
    if closed := _closed(head):
        state.refuse(name, closed)
        return
    if not kind:
        yield Member(shown(name), _chunks(source))
        return
    if depth >= state.limits.depth:
        state.refuse(name, "archives inside archives are opened only two deep")
        return
    try:
        if kind == "zip":
            yield from _zip(source, state, depth)
        elif kind in _PACKED:
            yield from _packed(source, name, kind, state, depth)
        else:
            yield from _tar(source, state, depth)
    except _DAMAGE as error:
        state.refuse(name, _damaged("the archive", error))


def _kind(head: bytes) -> str:
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith(b"BZh") and head[4:10] == b"1AY&SY":
        return "bzip2"
    if head.startswith(b"\xfd7zXZ\0"):
        return "xz"
    return "tar" if head[257:262] == b"ustar" else ""


def _zip(source: BinaryIO, state: Unpacking, depth: int) -> Iterator[Member]:
    with zipfile.ZipFile(source) as archive:
        for info in archive.infolist():
            if info.is_dir():
                continue
            why = _zip_objection(info, state)
            if why:
                state.refuse(info.filename, why)
                continue
            _count(state)
            with archive.open(info) as stream:
                yield from _inner(stream, info.filename, state, depth, packed=info.compress_size)


def _zip_objection(info: zipfile.ZipInfo, state: Unpacking) -> str:
    if info.flag_bits & 0x1:
        return "it is encrypted"
    if (info.external_attr >> 28) == _UNIX_LINK:
        return "it is a link, not a file"
    if info.file_size > state.limits.total - state.total:
        return "it would unpack to more than is allowed"
    return ""


def _closed(head: bytes) -> str:
    """Why an archive of this kind is not opened; empty for all others."""
    kind = next((words for mark, words in _CLOSED if head.startswith(mark)), "")
    return f"it is {kind}, which is not opened here: send it as zip, tar or gz" if kind else ""


def _packed(source: BinaryIO, name: str, kind: str, state: Unpacking, depth: int) -> Iterator[Member]:
    ending, opened = _PACKED[kind]
    packed = source.seek(0, io.SEEK_END)
    source.seek(0)
    _count(state)
    with cast("gzip.GzipFile", opened(source)) as stream:
        inner = name[: -len(ending)] if name.lower().endswith(ending) else name
        yield from _inner(stream, inner, state, depth, packed=packed)


def _tar(source: BinaryIO, state: Unpacking, depth: int) -> Iterator[Member]:
    with tarfile.open(fileobj=source, mode="r:") as archive:
        for info in archive:
            if info.isdir():
                continue
            stream = archive.extractfile(info) if info.isreg() else None
            if stream is None:
                state.refuse(info.name, "it is a link or a device, not a file")
                continue
            _count(state)
            yield from _inner(stream, info.name, state, depth, packed=max(1, info.size))


def _inner(
    stream: IO[bytes] | gzip.GzipFile, name: str, state: Unpacking, depth: int, *, packed: int
) -> Iterator[Member]:
    """One member: read on as an archive when it is one, else its chunks under the limits."""
    chunks = _limited(stream, name, state, packed)
    try:
        first = next(chunks, b"")
    except _DAMAGE as error:
        state.refuse(name, _damaged("it", error))
        return
    if closed := _closed(first):
        state.refuse(name, closed)
        return
    if not _kind(first):
        yield Member(shown(name), _rejoin(first, chunks))
        for _ in chunks:  # what the reader left unread still counts
            pass
        return
    held = io.BytesIO()
    for chunk in _rejoin(first, chunks):
        if held.tell() + len(chunk) > state.limits.nested:
            state.refuse(name, "an archive inside the archive is too large")
            return
        held.write(chunk)
    held.seek(0)
    yield from members(held, name, state, depth=depth + 1)


def _limited(stream: IO[bytes] | gzip.GzipFile, name: str, state: Unpacking, packed: int) -> Iterator[bytes]:
    """The bytes under the limits. Damage behind the first chunk ends them and is noted; what came before is read."""
    size = 0
    try:
        for chunk in _filled(stream):
            size += len(chunk)
            state.total += len(chunk)
            if state.total > state.limits.total:
                raise TooMuch("the archive unpacks to more than is allowed")
            if size > 1024 * 1024 and size > packed * state.limits.ratio:
                raise TooMuch(f"{shown(name)} unpacks to over {state.limits.ratio} times its packed size")
            yield chunk
    except _DAMAGE as error:
        if not size:
            raise
        state.refuse(name, _damaged("the rest", error))


def _filled(stream: IO[bytes] | gzip.GzipFile) -> Iterator[bytes]:
    """Chunks of one size, also the part of one that could be unpacked before the damage."""
    read1 = stream.read1  # type: ignore[union-attr]  # the streams of zip and tar have it, their types do not say so
    held = bytearray()
    try:
        while piece := read1(_CHUNK):
            held += piece
            if len(held) >= _CHUNK:
                yield bytes(held)
                held.clear()
    except _DAMAGE:
        if held:
            yield bytes(held)
        raise
    if held:
        yield bytes(held)


def _damaged(what: str, error: Exception) -> str:
    return f"{what} is damaged or cut short ({type(error).__name__})"


def _rejoin(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest


def _count(state: Unpacking) -> None:
    state.members += 1
    if state.members > state.limits.members:
        raise TooMuch(f"the archive has more than {state.limits.members} files")


def _chunks(source: BinaryIO) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK):
        yield chunk
