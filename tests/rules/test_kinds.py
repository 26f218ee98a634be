"""What a file is: by its bytes, whatever its name and its sender say."""

from __future__ import annotations

import io
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.core.kernel.kinds import PICTURES, UNKNOWN, kind_of

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def packed(kind: str) -> bytes:
    out = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("a.txt", "a")
    else:
        with tarfile.open(fileobj=out, mode="w") as archive:
            archive.addfile(tarfile.TarInfo("a"))
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "declared", "kind"),
    [
        (PNG, "text/html", "image/png"),
        (PNG, "", "image/png"),
        (b"\xff\xd8\xff\xe0JFIF", "image/png", "image/jpeg"),
        (b"GIF89a", "", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "", "image/webp"),
        (b"BM" + b"\0" * 40, "", "image/bmp"),
        (b"BMW needs a service", "text/plain", "text/plain"),
        (b"%PDF-1.7", "application/octet-stream", "application/pdf"),
        (b"MZ\x90\0", "image/jpeg", "application/vnd.microsoft.portable-executable"),
        (b"\x7fELF\2", "text/plain", "application/x-elf"),
        (b"#!/bin/sh\nrm -r x", "text/plain", "text/x-script"),
        (b"<svg onload=alert(1)>", "image/png", "image/svg+xml"),
        (b"\xef\xbb\xbf <?xml version='1.0'?><svg>", "image/svg+xml", "image/svg+xml"),
        (b"<?xml version='1.0'?><a/>", "text/plain", "text/xml"),
        (b"<!DOCTYPE HTML><p>", "image/gif", "text/html"),
        (b"<script>alert(1)</script>", "image/gif", "text/html"),
        (b"<not markup", "text/plain", "text/plain"),
        (b"\x00\x01\x02", "image/png", UNKNOWN),
        (b"\x00\x01\x02", "application/pdf", UNKNOWN),
        (b"\x00\x01\x02", "application/x-own", "application/x-own"),
        (b"words", "TEXT/Plain; charset=x", "text/plain"),
        (b"words", "nonsense", UNKNOWN),
        (b"", "", UNKNOWN),
        (b"\0\0\0\x18ftypmp42", "", "video/mp4"),
        (b"\0\0\0\x18ftypheic", "", "image/heic"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/msword", "application/msword"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "image/png", "application/x-ole-storage"),
        (packed("zip"), "image/png", "application/zip"),
        (
            packed("zip"),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (packed("tar"), "", "application/x-tar"),
    ],
)
def test_each_is_what_its_bytes_say(content: bytes, declared: str, kind: str) -> None:
    assert kind_of(content, declared) == kind


@given(st.binary(max_size=300), st.sampled_from(["image/png", "image/svg+xml", "text/html", "image/webp", ""]))
def test_a_picture_is_never_believed(content: bytes, declared: str) -> None:
    starts = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM")

    assert kind_of(content, declared) not in PICTURES or content.startswith(starts)
