"""One way to keep bytes: `put` them, get them back by their SHA-256.

Up to `INLINE_LIMIT` bytes are part of the database transaction. Larger ones are written to a file under the data
folder, flushed to disk and renamed into place before the transaction can commit: a crash may leave an unreferenced
file behind, never a reference without its bytes. Where an object storage is set up, a job of the same transaction
carries the file there (see `carrying`).
"""

import hashlib
import io
from typing import BinaryIO

from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError, RestrictedError

from tierline.core.kernel import clock, rows
from tierline.core.kernel.errors import NotFound
from tierline.core.kernel.models import Blob

from . import carrying, files

INLINE_LIMIT = 256 * 1024  # bytes


def put(content: bytes | BinaryIO | files.Written) -> Blob:
    """Keep `content`; the same bytes are kept once. Returns the blob (its key is the SHA-256 in hex).

    What was written aside on the way in is renamed and not copied; it may be put twice.
    """
    if isinstance(content, files.Written):
        return _put_written(content)
    if not isinstance(content, bytes):
        return _put_stream(content)
    if len(content) > INLINE_LIMIT:
        return _put_stream(io.BytesIO(content))
    digest = hashlib.sha256(content).hexdigest()
    blob = Blob(sha256=digest, size=len(content), inline=content, created_at=clock.now())
    return rows.insert(blob, or_ignore=True)


def open_blob(sha256: str) -> BinaryIO:
    """A readable, seekable stream of the blob's bytes, fetched from the object storage when they are only there.

    Raises NotFound, and FileAway when the object storage does not give it within half a minute.
    """
    blob = Blob.objects.filter(pk=sha256).first()
    if blob is None:
        raise NotFound
    if blob.inline is not None:
        return io.BytesIO(bytes(blob.inline))
    path = files.path_of(sha256)
    try:
        stream = path.open("rb")
    except FileNotFoundError:
        return carrying.fetch(sha256).open("rb")
    files.touch(path)
    return stream


def read(sha256: str, limit: int | None = None) -> bytes:
    """The blob's bytes, at most `limit` of them. Raises NotFound and FileAway."""
    with open_blob(sha256) as stream:
        return stream.read() if limit is None else stream.read(limit)


def drop(sha256: str) -> bool:
    """Delete bytes that nothing refers to any more, the file with the commit; says whether they are gone."""
    try:
        with transaction.atomic():
            _alone_with(sha256)
            deleted, _ = Blob.objects.filter(pk=sha256).delete()
            if deleted:
                carrying.ask_to_delete(sha256)
    except (ProtectedError, RestrictedError, IntegrityError):
        return False
    if deleted:
        transaction.on_commit(lambda: _unlink(sha256))
    return bool(deleted)


def _unlink(sha256: str) -> None:
    """Delete the file, unless the same bytes came again meanwhile."""
    with transaction.atomic():
        _alone_with(sha256)
        if not Blob.objects.filter(pk=sha256).exists():
            files.path_of(sha256).unlink(missing_ok=True)


def _alone_with(sha256: str) -> None:
    """Until the end of the transaction nobody else puts or drops this content."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int(sha256[:15], 16)])


def _put_stream(stream: BinaryIO) -> Blob:
    written = files.write(files.chunks(stream))
    try:
        return _put_written(written)
    finally:
        written.path.unlink(missing_ok=True)


def _put_written(written: files.Written) -> Blob:
    if written.size <= INLINE_LIMIT:
        return put(written.path.read_bytes())
    blob = Blob(sha256=written.sha256, size=written.size, inline=None, created_at=clock.now())
    with transaction.atomic():
        _alone_with(written.sha256)
        files.adopt(written)
        Blob.objects.bulk_create([blob], ignore_conflicts=True)
        carrying.ask_to_carry(written.sha256)
    return blob
