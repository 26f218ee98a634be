"""Archives with logs inside: zip, tar, gzip, bzip2, xz and Zstandard, opened with bounds on size, ratio, number, depth.

Nothing is written under a name from the archive, so a path like `../../etc` is only a name. What is refused is refused
in a sentence; the other members are still read.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from . import packed, tars, zips
from .bounds import CHUNK, DAMAGE, Entry, Limits, TooMuch, Unpacking, damaged, limited, shown
from .kinds import HEAD, closed, kind_of

__all__ = ["Limits", "Member", "TooMuch", "Unpacking", "members", "shown"]

_FIRST = 34 * 1024  # bytes: an image of a disc tells what it is behind 32 kB


@dataclass(frozen=True, slots=True)
class Member:
    """One file: its name and its bytes in chunks (to be read before the next member)."""

    name: str
    chunks: Iterator[bytes]


def members(source: BinaryIO, name: str, state: Unpacking, *, depth: int = 0) -> Iterator[Member]:
    """Every file of the source: itself when it is no archive, else what is inside, at most `depth` archives deep."""
    head = source.read(_FIRST)
    source.seek(0)
    kind = kind_of(head[:HEAD])
    if why := closed(head):
        state.refuse(name, why)
    elif not kind:
        yield Member(shown(name), _chunks(source))
    else:
        yield from _opened(kind, source, name, state, depth)


def _opened(kind: str, source: BinaryIO | packed.Pieces, name: str, state: Unpacking, depth: int) -> Iterator[Member]:
    """What is inside of an archive of a known kind."""
    if depth >= state.limits.depth:
        state.refuse(name, "archives inside archives are opened only two deep")
        return
    try:
        for entry in _entries(kind, source, name, state):
            state.count()
            yield from _inner(entry, state, depth)
    except DAMAGE as error:
        state.refuse(name, damaged("the archive", error))


def _entries(kind: str, source: BinaryIO | packed.Pieces, name: str, state: Unpacking) -> Iterator[Entry]:
    if kind == "tar":
        return tars.entries(source, state)
    if isinstance(source, packed.Pieces):
        raise TypeError(f"{kind} is not read in pieces")
    if kind == "zip":
        return zips.entries(source, state)
    size = source.seek(0, io.SEEK_END)
    source.seek(0)
    return iter([Entry(packed.name_of(kind, name), packed.unpacked(kind, source), size)])


def _inner(entry: Entry, state: Unpacking, depth: int) -> Iterator[Member]:
    """One member: read on as an archive when it is one, else its chunks under the limits."""
    chunks = limited(entry, state)
    try:
        first = next(chunks, b"")
    except DAMAGE as error:
        state.refuse(entry.name, damaged("it", error))
        return
    whole = _rejoin(first, chunks)
    kind = kind_of(first[:HEAD])
    if why := closed(first):
        state.refuse(entry.name, why)
    elif not kind:
        yield Member(shown(entry.name), whole)
        for _ in chunks:  # what the reader left unread still counts
            pass
    elif kind == "tar":
        yield from _opened(kind, packed.Pieces(whole), entry.name, state, depth + 1)
    elif held := _held(whole, entry.name, state):
        yield from members(held, entry.name, state, depth=depth + 1)


def _held(chunks: Iterator[bytes], name: str, state: Unpacking) -> io.BytesIO | None:
    """An inner archive that can only be opened whole."""
    held = io.BytesIO()
    for chunk in chunks:
        if held.tell() + len(chunk) > state.limits.nested:
            state.refuse(name, "an archive inside the archive is too large")
            return None
        held.write(chunk)
    held.seek(0)
    return held


def _rejoin(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest


def _chunks(source: BinaryIO) -> Iterator[bytes]:
    while chunk := source.read(CHUNK):
        yield chunk
