"""The files of a tar (POSIX.1-2001 pax, GNU and older), read from the front to the end."""

import tarfile
from collections.abc import Iterator
from typing import IO, BinaryIO, Self, cast

from .bounds import Entry, Stream, Unpacking
from .packed import Pieces

_LONGEST_EXTRA = 1024 * 1024  # bytes of a header that belongs to the next file: it is held in memory
_EXTRAS = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)


class _Header(tarfile.TarInfo):
    """A header within bounds; one that is no header is damage, and not the end."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """Raises ReadError, and tarfile's own errors for an end."""
        try:
            found = super().frombuf(buf, encoding, errors)
        except (tarfile.InvalidHeaderError, tarfile.TruncatedHeaderError) as error:  # type: ignore[attr-defined]  # tarfile has them, its types do not
            raise tarfile.ReadError(str(error)) from error
        if found.type in _EXTRAS and found.size > _LONGEST_EXTRA:
            raise tarfile.ReadError("a header is too long")
        return found


def entries(source: BinaryIO | Pieces, state: Unpacking) -> Iterator[Entry]:
    """Each plain file; the others are refused by name. Pieces are read as they come, and were counted already."""
    streamed = isinstance(source, Pieces)
    given = cast("IO[bytes]", source)
    with tarfile.open(fileobj=given, mode="r|" if streamed else "r:", tarinfo=_Header) as archive:
        for info in archive:
            archive.members.clear()  # type: ignore[attr-defined]  # it remembers every header, and there may be millions
            if info.isdir():
                continue
            stream = archive.extractfile(info) if info.isreg() else None
            if stream is None:
                state.refuse(info.name, "it is a link or a device, not a file")
                continue
            holes = cast(
                "list[tuple[int, int]] | None", info.sparse
            )  # pairs of place and size, as tarfile's code has it
            stored = info.size if holes is None else sum(size for _at, size in holes)
            if info.size > max(1, stored) * state.limits.ratio:
                state.refuse(info.name, "it is a file of holes, most of it is not there")
                continue
            yield Entry(info.name, cast("Stream", stream), max(1, info.size), counted=streamed)
