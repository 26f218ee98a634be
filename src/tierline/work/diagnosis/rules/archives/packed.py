"""Single files that are packed by themselves: gzip, bzip2, xz and Zstandard, one or several on end."""

import bz2
import gzip
import lzma
from collections.abc import Callable, Iterator
from typing import BinaryIO, cast

import zstandard

from .bounds import CHUNK, Stream

_SIP = 256  # bytes: a block of Zstandard of four bytes may unpack to 128 kB, so a sip is at most 8 MB
MEMORY = 192 * 1024 * 1024  # bytes for an LZMA decoder: its own program needs a third of that at most, unless asked
_WINDOW = 128 * 1024 * 1024  # bytes that a Zstandard frame may look back, as its own program allows


class Pieces:
    """Bytes that come in pieces, as a stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = filter(None, pieces)
        self._held = b""

    def read1(self, size: int, /) -> bytes:
        """The next piece, at most so many bytes of it; empty at the end."""
        piece = self._held or next(self._pieces, b"")
        self._held = piece[size:]
        return piece[:size]

    def read(self, size: int, /) -> bytes:
        """So many bytes; fewer at the end only."""
        parts, missing = [], size
        while missing and (part := self.read1(missing)):
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)


def unpacked(kind: str, source: BinaryIO) -> Stream:
    """The bytes of a packed file. Raises what `bounds.DAMAGE` names, also while they are read."""
    return _OPENED[kind](source)


def name_of(kind: str, name: str) -> str:
    """What a file is called when it is unpacked."""
    for ending, instead in _ENDINGS[kind]:
        if name.lower().endswith(ending):
            return name[: -len(ending)] + instead
    return name


def _frames(source: BinaryIO) -> Iterator[bytes]:
    """Frame after frame (RFC 8878 §3.1), those to be skipped as well. Raises EOFError where the last one breaks off."""
    decompressor = zstandard.ZstdDecompressor(max_window_size=_WINDOW)
    frame, rest = None, b""
    while data := rest or source.read(_SIP):
        frame = frame or decompressor.decompressobj()
        piece = frame.decompress(data)
        rest = frame.unused_data if frame.eof else b""
        frame = None if frame.eof else frame
        if piece:
            yield piece
    if frame is not None:
        raise EOFError


def _streams(source: BinaryIO) -> Iterator[bytes]:
    """Stream after stream of an xz file, with zeros between. Raises EOFError where the last one breaks off."""
    decoder, rest = None, b""
    while data := rest or source.read(CHUNK):
        rest = b""
        if decoder is None:
            if not (data := data.lstrip(b"\0")):
                continue
            decoder = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MEMORY)
        yield decoder.decompress(data, CHUNK)
        while not (decoder.eof or decoder.needs_input):
            yield decoder.decompress(b"", CHUNK)
        if decoder.eof:
            rest = decoder.unused_data
            decoder = None
    if decoder is not None:
        raise EOFError


_OPENED: dict[str, Callable[[BinaryIO], Stream]] = {
    "gzip": lambda source: cast("Stream", gzip.GzipFile(fileobj=source)),
    "bzip2": bz2.BZ2File,
    "xz": lambda source: Pieces(_streams(source)),
    "zstandard": lambda source: Pieces(_frames(source)),
}
_ENDINGS: dict[str, tuple[tuple[str, str], ...]] = {
    "gzip": ((".tgz", ".tar"), (".gz", "")),
    "bzip2": ((".tbz2", ".tar"), (".tbz", ".tar"), (".bz2", "")),
    "xz": ((".txz", ".tar"), (".xz", "")),
    "zstandard": ((".tzst", ".tar"), (".zst", "")),
}
KINDS = frozenset(_OPENED)
