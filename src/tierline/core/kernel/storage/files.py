"""Large files in the data folder: written aside, flushed to disk, renamed into their place."""

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from django.conf import settings

CHUNK = 1024 * 1024  # bytes
_ASIDE = ".new-"
_FLUSHED_EVERY = 32 * 1024 * 1024  # bytes


class Written(NamedTuple):
    """A file that was written aside: where, its SHA-256 in hex, and its size in bytes."""

    path: Path
    sha256: str
    size: int


def folder() -> Path:
    """Where the files lie; made when it is not there."""
    found = Path(settings.TIERLINE_DATA) / "blobs"
    found.mkdir(parents=True, exist_ok=True)
    return found


def path_of(sha256: str) -> Path:
    """Where the file with this content lies, or would lie."""
    return Path(settings.TIERLINE_DATA) / "blobs" / sha256[:2] / sha256[2:4] / sha256


def chunks(stream: BinaryIO) -> Iterator[bytes]:
    """A stream in parts of at most a megabyte."""
    while chunk := stream.read(CHUNK):
        yield chunk


class Aside:
    """A file that is being written aside, on the disk of the storage, and hashed as it comes.

    `stream` can be read as well. Closed without being adopted, it is gone.
    """

    def __init__(self) -> None:
        self.stream = tempfile.NamedTemporaryFile(dir=folder(), prefix=_ASIDE, delete=False)  # noqa: SIM115 (closed by `close`)
        self.path = Path(self.stream.name)
        self._digest = hashlib.sha256()
        self._size = self._flushed = 0

    def write(self, chunk: bytes) -> None:
        """The next bytes."""
        self._digest.update(chunk)
        self._size += len(chunk)
        self.stream.write(chunk)
        if self._size - self._flushed >= _FLUSHED_EVERY:  # so that the end of a large file need not wait for the disk
            self._flush()

    def written(self) -> Written:
        """All of it is on the disk now."""
        self._flush()
        return Written(self.path, self._digest.hexdigest(), self._size)

    def close(self) -> None:
        """Let go of it; gone when nobody adopted it. Safe to repeat."""
        self.stream.close()
        self.path.unlink(missing_ok=True)

    def _flush(self) -> None:
        self.stream.flush()
        os.fsync(self.stream.fileno())
        self._flushed = self._size


def write(content: Iterable[bytes]) -> Written:
    """Write aside, to the disk itself. What is not finished leaves nothing behind."""
    aside = Aside()
    try:
        for chunk in content:
            aside.write(chunk)
        written = aside.written()
    except BaseException:
        aside.close()
        raise
    aside.stream.close()
    return written


def adopt(written: Written) -> Path:
    """Put a file that was written aside into its place; one that was put there before stays."""
    final = path_of(written.sha256)
    final.parent.mkdir(parents=True, exist_ok=True)
    try:
        written.path.replace(final)
    except FileNotFoundError:
        if not final.is_file():
            raise
    return final


class Kept(NamedTuple):
    """A file in its place: when it was used last (seconds since 1970), its size in bytes, and where it is."""

    used: float
    size: int
    path: Path


def every() -> Iterator[Kept]:
    """All files in their places."""
    for path in folder().glob("??/??/*"):
        try:
            found = path.stat()
        except FileNotFoundError:  # deleted meanwhile
            continue
        yield Kept(found.st_mtime, found.st_size, path)


def touch(path: Path) -> None:
    """Remember that the file was used now; a folder that is read only forgets it."""
    try:
        os.utime(path)
    except OSError:
        return


def sweep(before: float) -> int:
    """Delete what was written aside before this moment (seconds since 1970) and never finished; returns how many."""
    left = [path for path in folder().glob(f"{_ASIDE}*") if path.stat().st_mtime < before]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)
