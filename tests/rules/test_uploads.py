"""What an upload may be is judged by its length first, and its bytes never pass through memory as a whole."""

import errno
import hashlib
import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import UploadedFile
from django.core.handlers.wsgi import WSGIRequest
from django.http import UnreadablePostError
from pytest_django import Settings

from tierline.core.kernel import storage
from tierline.core.kernel.errors import TierlineError
from tierline.core.kernel.storage import files, uploads
from tierline.core.kernel.text import size_words

MB = 1024 * 1024
WORDS = b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\nmy words\r\n'
HEAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.log"\r\nContent-Type: text/plain\r\n\r\n'
TAIL = b"\r\n--b--\r\n"
SIGNED_IN = SimpleNamespace(is_authenticated=True)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, settings: Settings) -> None:
    settings.TIERLINE_DATA = tmp_path


class Body(io.RawIOBase):
    """A form of a few words and one file of `size` bytes, made while it is read; `breaks` is where the sender goes."""

    def __init__(self, size: int, breaks: int | None = None) -> None:
        self.length = len(WORDS + HEAD) + size + len(TAIL)
        self._left = [WORDS + HEAD, size, TAIL]
        self._breaks = self.length if breaks is None else breaks
        self.taken = 0

    def read(self, size: int = -1) -> bytes:
        piece = self._piece(min(size, self._breaks - self.taken))
        self.taken += len(piece)
        return piece

    def _piece(self, most: int) -> bytes:
        first = self._left[0] if self._left else b""
        if isinstance(first, int):
            given = b"x" * min(first, most)
            self._left[0] = first - len(given)
        else:
            given, self._left[0:1] = first[:most], [first[most:]] if first[most:] else []
        if self._left and self._left[0] == 0:
            self._left.pop(0)
        return given


def sent(body: Body, user: Any = SIGNED_IN) -> Any:
    request: Any = WSGIRequest(
        {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/",
            "CONTENT_TYPE": "multipart/form-data; boundary=b",
            "CONTENT_LENGTH": str(body.length),
            "wsgi.input": body,
        }
    )
    request.user = user
    return request


def aside() -> list[Path]:
    return list(files.folder().glob(".new-*"))


def test_a_large_file_is_written_aside_and_hashed_in_little_memory() -> None:
    request = sent(Body(60 * MB))
    tracemalloc.start()
    [file] = request.FILES.getlist("file")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * MB
    assert isinstance(file, uploads.StoredUpload)
    assert (file.size, file.name, request.POST["text"]) == (60 * MB, "a.log", "my words")
    assert file.written == storage.Written(aside()[0], hashlib.sha256(b"x" * 60 * MB).hexdigest(), 60 * MB)
    assert file.read(3) == b"xxx"
    request.close()
    assert aside() == []


def test_what_the_storage_took_over_stays_when_the_request_ends() -> None:
    request = sent(Body(2 * MB))
    written = request.FILES["file"].written
    placed = files.adopt(written)
    request.close()
    assert placed.stat().st_size == 2 * MB
    assert files.adopt(written) == placed  # the same once more is fine


def test_a_small_file_stays_in_memory() -> None:
    request = sent(Body(1000))
    assert isinstance(request.FILES["file"], UploadedFile)
    assert not isinstance(request.FILES["file"], uploads.StoredUpload)
    assert aside() == []


def test_a_request_that_is_too_long_is_refused_before_its_files_and_what_was_typed_is_kept(settings: Settings) -> None:
    settings.TIERLINE_UPLOAD_LIMIT = 8 * MB
    body = Body(900 * MB)
    request = sent(body)
    assert request.POST["text"] == "my words"
    assert not request.FILES
    assert body.taken < MB
    refused = uploads.refusal(request)
    assert isinstance(refused, uploads.UploadTooLarge)
    assert refused.for_people() == "That is larger than 8.4 MB. Compress it, or send the part that matters."
    assert aside() == []


def test_a_file_that_grows_too_large_on_the_way_is_refused_there(settings: Settings) -> None:
    settings.TIERLINE_UPLOAD_LIMIT = 8 * MB  # the whole request may have room for its other fields
    body = Body(20 * MB)
    request = sent(body)
    assert not request.FILES
    assert body.taken < 10 * MB
    assert isinstance(uploads.refusal(request), uploads.UploadTooLarge)
    assert aside() == []


@pytest.mark.parametrize("user", [SimpleNamespace(is_authenticated=False), None])
def test_strangers_send_less(user: object) -> None:
    body = Body(uploads.BY_STRANGERS + uploads.BESIDES + 1)
    assert not sent(body, user).FILES
    assert body.taken < MB
    assert uploads.objection(200 * MB) is None
    assert uploads.objection(200 * MB, stranger=True) is not None


def test_a_file_that_breaks_off_is_not_taken_for_a_whole_one() -> None:
    request = sent(Body(20 * MB, breaks=9 * MB))
    assert not request.FILES
    assert isinstance(uploads.refusal(request), uploads.Interrupted)
    assert aside() == []


def test_somebody_who_sends_a_byte_now_and_then_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    moments: Iterator[float] = iter(range(0, 10**9, 30_000))
    monkeypatch.setattr(uploads, "monotonic", lambda: next(moments))
    request = sent(Body(20 * MB))
    assert not request.FILES
    assert isinstance(uploads.refusal(request), uploads.Interrupted)


def test_a_full_disk_is_said_before_and_while_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_self: files.Aside, _chunk: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as during:
        during.setattr(files.Aside, "write", full)
        request = sent(Body(20 * MB))
        assert not request.FILES
        assert isinstance(uploads.refusal(request), uploads.NoRoom)
    monkeypatch.setattr(uploads.shutil, "disk_usage", lambda _path: SimpleNamespace(free=100 * MB))
    body = Body(20 * MB)
    request = sent(body)
    assert not request.FILES
    assert body.taken < MB
    assert aside() == []


def test_another_fault_of_the_disk_is_a_fault_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_self: files.Aside, _chunk: bytes) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(files.Aside, "write", broken)
    request = sent(Body(20 * MB))
    with pytest.raises(OSError, match="Input"):
        _ = request.FILES
    uploads.abandon(request)
    assert aside() == []


def test_a_connection_that_breaks_leaves_nothing_behind() -> None:
    class Broken(Body):
        def read(self, size: int = -1) -> bytes:
            if self.taken > 8 * MB:
                raise ConnectionResetError
            return super().read(size)

    request = sent(Broken(20 * MB))
    with pytest.raises(UnreadablePostError):
        _ = request.FILES
    assert len(aside()) == 1
    uploads.abandon(request)
    assert aside() == []
    uploads.abandon(request)  # and again


def test_a_request_without_files_is_never_refused_by_them() -> None:
    found: TierlineError | None = uploads.refusal(SimpleNamespace())
    assert found is None


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1 kB"), (52_428_800, "52.4 MB"), (2 * 1024**3, "2.1 GB")],
)
def test_sizes_in_a_sentence(size: int, words: str) -> None:
    assert size_words(size) == words
