"""One way to keep bytes: `put` them, get them back by their SHA-256.

Up to `INLINE_LIMIT` bytes are part of the database transaction. Larger ones are written to a file under the data
folder, flushed to disk and renamed into place before the transaction can commit: a crash may leave an unreferenced
file behind, never a reference without its bytes.
"""

import hashlib
import io
import os
import tempfile
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, RestrictedError

from . import clock, rows
from .errors import NotFound
from .models import Blob

INLINE_LIMIT = 256 * 1024
_CHUNK = 1024 * 1024


def put(content: bytes | BinaryIO) -> Blob:
    """Keep `content`; the same bytes are kept once. Returns the blob (its key is the SHA-256 in hex)."""
    if not isinstance(content, bytes):
        return _put_stream(content)
    if len(content) > INLINE_LIMIT:
        return _put_stream(io.BytesIO(content))
    digest = hashlib.sha256(content).hexdigest()
    blob = Blob(sha256=digest, size=len(content), inline=content, created_at=clock.now())
    return rows.insert(blob, or_ignore=True)


def open_blob(sha256: str) -> BinaryIO:
    """A readable, seekable stream of the blob's bytes. Raises NotFound."""
    blob = Blob.objects.filter(pk=sha256).first()
    if blob is None:
        raise NotFound
    if blob.inline is not None:
        return io.BytesIO(bytes(blob.inline))
    return _path(sha256).open("rb")


def read(sha256: str, limit: int | None = None) -> bytes:
    """The blob's bytes, at most `limit` of them. Raises NotFound."""
    with open_blob(sha256) as stream:
        return stream.read() if limit is None else stream.read(limit)


def drop(sha256: str) -> bool:
    """Delete bytes that nothing refers to any more, the file with the commit; says whether they are gone."""
    try:
        with transaction.atomic():
            deleted, _ = Blob.objects.filter(pk=sha256).delete()
    except (ProtectedError, RestrictedError, IntegrityError):
        return False
    if deleted:
        transaction.on_commit(lambda: _path(sha256).unlink(missing_ok=True))
    return bool(deleted)


def _path(sha256: str) -> Path:
    return Path(settings.TIERLINE_DATA) / "blobs" / sha256[:2] / sha256[2:4] / sha256


def _put_stream(stream: BinaryIO) -> Blob:
    folder = Path(settings.TIERLINE_DATA) / "blobs"
    folder.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".new-", delete=False) as target:
        try:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        except BaseException:
            Path(target.name).unlink(missing_ok=True)
            raise
    return _adopt(Path(target.name), digest.hexdigest(), size)


def _adopt(written: Path, sha256: str, size: int) -> Blob:
    """Turn the written file into the blob's file, or into an inline blob when it turned out small."""
    inline = written.read_bytes() if size <= INLINE_LIMIT else None
    if inline is not None:
        written.unlink()
    else:
        final = _path(sha256)
        final.parent.mkdir(parents=True, exist_ok=True)
        written.replace(final)
    blob = Blob(sha256=sha256, size=size, inline=inline, created_at=clock.now())
    Blob.objects.bulk_create([blob], ignore_conflicts=True)
    return blob
