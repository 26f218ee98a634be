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


def write(content: Iterable[bytes]) -> Written:
    """Write aside, to the disk itself. What is not finished leaves nothing behind."""
    digest, size = hashlib.sha256(), 0
    with tempfile.NamedTemporaryFile(dir=folder(), prefix=_ASIDE, delete=False) as target:
        try:
            for chunk in content:
                digest.update(chunk)
                size += len(chunk)
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        except BaseException:
            Path(target.name).unlink(missing_ok=True)
            raise
    return Written(Path(target.name), digest.hexdigest(), size)


def adopt(written: Written) -> Path:
    """Put a file that was written aside into its place."""
    final = path_of(written.sha256)
    final.parent.mkdir(parents=True, exist_ok=True)
    written.path.replace(final)
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
