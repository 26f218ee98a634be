"""Uploaded files on their way into the storage: written aside and hashed as they come, never held in memory.

A request that cannot be taken is refused before its files are read: what stands before them in the form is kept.
"""

import errno
import shutil
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload

from tierline.core.kernel.errors import Refused, TemporaryError, TierlineError
from tierline.core.kernel.text import size_words

from . import files

BESIDES = 16 * 1024 * 1024  # bytes of a request that are no file: fields, headers of parts
BY_STRANGERS = 64 * 1024 * 1024  # bytes of a request of somebody who is not signed in
_LEFT_FREE = 256 * 1024 * 1024  # bytes of the disk that uploads leave to others
_PATIENCE = 60.0  # seconds, and then
_SLOWEST = 1024  # bytes a second: whoever sends slower holds a thread of the server for nothing


class UploadTooLarge(Refused):
    """More than one request may bring."""

    code = "too_large"


class NoRoom(TemporaryError):
    """The disk of the data folder has no room for it."""

    code = "no_room"
    default = "There is no room for this file at the moment."


class Interrupted(Refused):
    """It broke off, or came so slowly that it was given up."""

    code = "upload_interrupted"
    default = "The file did not arrive whole."


class StoredUpload(UploadedFile):
    """An uploaded file that was written aside; `written` is what the storage takes over. Closed, it is gone."""

    def __init__(self, aside: files.Aside, *args: Any) -> None:  # noqa: ANN401 (Django's own, handed on)
        self.written = aside.written()
        self._aside = aside
        super().__init__(aside.stream, *args)
        self.seek(0)

    def close(self) -> None:
        """Let go of it, unless the storage has it."""
        self._aside.close()


class ToStorage(FileUploadHandler):
    """Writes each file aside, where the storage can take it over without copying."""

    chunk_size = 256 * 1024

    def handle_raw_input(
        self,
        input_data: Any,  # noqa: ANN401 (Django's)
        META: dict[str, str],  # noqa: N803 (Django's)
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        """Judge the request by its length, before its body."""
        del input_data, META, boundary, encoding
        self._began, self._received = monotonic(), 0
        self._objection = objection(content_length, stranger=_is_stranger(self.request))

    def new_file(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (Django's own, handed on)
        super().new_file(*args, **kwargs)
        if self._objection is not None:
            self._refuse(self._objection)
        self.file = files.Aside()
        self._begin(self.file)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._received += len(raw_data)
        if start + len(raw_data) > settings.TIERLINE_UPLOAD_LIMIT:
            self._refuse(_too_large(settings.TIERLINE_UPLOAD_LIMIT))
        took = monotonic() - self._began
        if took > _PATIENCE and self._received < took * _SLOWEST:
            self._refuse(Interrupted())
        try:
            self.file.write(raw_data)
        except OSError as problem:
            if problem.errno != errno.ENOSPC:
                raise
            self._refuse(NoRoom())

    def file_complete(self, file_size: int) -> StoredUpload:
        given = (self.file_name, self.content_type, file_size, self.charset, self.content_type_extra)
        whole = StoredUpload(self.file, *given)
        self._begin(None)
        return whole

    def upload_interrupted(self) -> None:
        """The last file broke off; the form before it was whole."""
        if hasattr(self, "file"):
            self.file.close()
        self._note(Interrupted())

    def _refuse(self, problem: TierlineError) -> None:
        self._note(problem)
        raise StopUpload(connection_reset=True)  # what follows is not read: it may be gigabytes

    def _begin(self, aside: files.Aside | None) -> None:
        if self.request is not None:
            self.request.upload_begun = aside  # type: ignore[attr-defined] # read by `abandon`

    def _note(self, problem: TierlineError) -> None:
        if self.request is not None:
            self.request.upload_refused = problem  # type: ignore[attr-defined] # read by `refusal`


def refusal(request: object) -> TierlineError | None:
    """Why the files of a request were not taken, once its form was read."""
    found: TierlineError | None = getattr(request, "upload_refused", None)
    return found


def abandon(request: object) -> None:
    """Remove what was begun of a file when its request ended in the middle; called after every large request."""
    begun: files.Aside | None = getattr(request, "upload_begun", None)
    if begun is not None:
        begun.close()


def objection(length: int, *, stranger: bool = False) -> TierlineError | None:
    """Why a request of so many bytes is not taken."""
    limit: int = settings.TIERLINE_UPLOAD_LIMIT
    most = min(limit, BY_STRANGERS) if stranger else limit
    if length > most + BESIDES:
        return _too_large(most)
    if length > settings.FILE_UPLOAD_MAX_MEMORY_SIZE and shutil.disk_usage(files.folder()).free < length + _LEFT_FREE:
        return NoRoom()
    return None


def _too_large(limit: int) -> UploadTooLarge:
    return UploadTooLarge(
        f"That is larger than {size_words(limit)}.", todo="Compress it, or send the part that matters."
    )


def _is_stranger(request: object) -> bool:
    person = getattr(request, "user", None)
    return not (getattr(request, "auth", None) or (person is not None and person.is_authenticated))
