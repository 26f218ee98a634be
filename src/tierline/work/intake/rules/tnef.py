"""What is packed in a `winmail.dat`: attachments and the body (MS-OXTNEF, MS-OXCMSG).

A small reader of its own: it only slices bytes within bounds, never follows an offset, and what is damaged ends the
reading with what was found so far. The checksums are not compared, since mail programs get them wrong.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from .charsets import decode
from .rtf import rtf_to_text

MAX_FILES = 200
_SIGNATURE = b"\x78\x9f\x3e\x22"
_MAX_PROPERTIES = 2_000
_MAX_DEPTH = 3
_TITLE, _DATA, _BEGINS, _ATTACHED = 0x8010, 0x800F, 0x9002, 0x9005
_BODY, _PROPERTIES, _CODEPAGE = 0x800C, 0x9003, 0x9007
_SIZES = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16}
_VARIABLE = {13, 30, 31, 258}
_UNICODE = 31
_MULTIPLE = 0x1000
_NAMED = 0x8000
_NAMES = (0x3707, 0x3704, 0x3001)  # long file name, short file name, display name
_MIME_TAG, _CONTENT_ID, _CONTENT = 0x370E, 0x3712, 0x3701
_PLAIN, _HTML, _RTF, _INTERNET_CODEPAGE = 0x1000, 0x1013, 0x1009, 0x3FDE


@dataclass(slots=True)
class PackedFile:
    """One attachment; `content_type` and `content_id` may be empty."""

    name: str = ""
    content_type: str = ""
    content_id: str = ""
    content: bytes = b""


@dataclass(slots=True)
class Unpacked:
    """The body in words or as HTML (either may be empty) and the attachments."""

    text: str = ""
    html: str = ""
    files: list[PackedFile] = field(default_factory=list)


def unpack(content: bytes, depth: int = 0) -> Unpacked | None:
    """What `content` holds, or None when it is no TNEF stream. Never raises."""
    if content[:4] != _SIGNATURE:
        return None
    out = Unpacked()
    codepage = ""
    for name, data in _attributes(content):
        if name == _CODEPAGE and len(data) >= 4:  # noqa: PLR2004 (a 32-bit number)
            codepage = f"cp{int.from_bytes(data[:4], 'little')}"
        elif name == _BEGINS:
            if len(out.files) >= MAX_FILES:
                break
            out.files.append(PackedFile())
        elif name == _BODY:
            out.text = out.text or _words(data, codepage)
        elif name == _PROPERTIES:
            _take_body(out, dict(_properties(data)), codepage)
        elif out.files:
            _take_file(out.files[-1], name, data, codepage, depth)
    out.files = [one for one in out.files if one.content or one.name]
    return out


def _attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    position = 6
    while position + 9 <= len(content):
        name, _, length = struct.unpack_from("<HHI", content, position + 1)
        start = position + 9
        yield name, content[start : start + length]
        position = start + length + 2


def _take_body(out: Unpacked, found: dict[int, bytes], codepage: str) -> None:
    page = int.from_bytes(found.get(_INTERNET_CODEPAGE, b"")[:4], "little")
    out.html = decode(found.get(_HTML, b"").rstrip(b"\0"), {65001: "utf-8", 0: codepage}.get(page, f"cp{page}"))
    plain = _words(found.get(_PLAIN, b""), codepage)
    out.text = plain or out.text or rtf_to_text(found.get(_RTF, b""))


def _take_file(file: PackedFile, name: int, data: bytes, codepage: str, depth: int) -> None:
    if name == _TITLE:
        file.name = file.name or _words(data, codepage)
    elif name == _DATA:
        file.content = data
    elif name == _ATTACHED:
        found = dict(_properties(data))
        names = (_words(found.get(one, b""), codepage) for one in _NAMES)
        file.name = next((one for one in names if one), file.name)
        file.content_type = _words(found.get(_MIME_TAG, b""), codepage) or file.content_type
        file.content_id = _words(found.get(_CONTENT_ID, b""), codepage) or file.content_id
        file.content = found.get(_CONTENT, b"") or file.content
        _open_message(file, depth)


def _open_message(file: PackedFile, depth: int) -> None:
    """A message in the message: its words stand for it, since no program opens the packed form."""
    inner = file.content[16:]  # behind the identifier of the interface
    if depth >= _MAX_DEPTH or inner[:4] != _SIGNATURE:
        return
    found = unpack(inner, depth + 1)
    if found is not None and (found.text or found.html):
        file.content = (found.text or found.html).encode()
        file.content_type = "text/plain" if found.text else "text/html"
        file.name = f"{file.name or 'message'}.{'txt' if found.text else 'html'}"


def _words(data: bytes, codepage: str) -> str:
    if data[1::2].count(0) * 4 > len(data) and len(data) % 2 == 0:  # mostly Latin letters in UTF-16
        return decode(data, "utf-16-le").replace("\r\n", "\n").strip("\x00 ")
    return decode(data.rstrip(b"\0"), codepage or "cp1252").replace("\r\n", "\n").strip("\x00 ")


def _properties(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Identifier and (first) value of each MAPI property; ends at the first that breaks the rules."""
    try:
        (count,) = struct.unpack_from("<I", data, 0)
        position = 4
        for _ in range(min(count, _MAX_PROPERTIES)):
            kind, name = struct.unpack_from("<HH", data, position)
            position += 4
            if name >= _NAMED:
                position = _after_name(data, position)
            value, position = _value(data, position, kind)
            yield name, value
    except (struct.error, _DamagedError):
        return


class _DamagedError(Exception):
    pass


def _after_name(data: bytes, position: int) -> int:
    (by_string,) = struct.unpack_from("<I", data, position + 16)
    position += 20
    if not by_string:
        return position + 4
    (length,) = struct.unpack_from("<I", data, position)
    return position + 4 + _padded(length)


def _value(data: bytes, position: int, kind: int) -> tuple[bytes, int]:
    kind, several = kind & ~_MULTIPLE, bool(kind & _MULTIPLE)
    count = 1
    if several or kind in _VARIABLE:
        (count,) = struct.unpack_from("<I", data, position)
        position += 4
    if kind in _SIZES:
        size = _SIZES[kind]
        return data[position : position + size], position + size * count
    if kind not in _VARIABLE or count > len(data):
        raise _DamagedError
    first = b""
    for number in range(count):
        (length,) = struct.unpack_from("<I", data, position)
        value = data[position + 4 : position + 4 + length]
        first = first if number else (_as_utf8(value) if kind == _UNICODE else value)
        position += 4 + _padded(length)
    return first, position


def _as_utf8(value: bytes) -> bytes:
    return decode(value, "utf-16-le").strip("\x00").encode()


def _padded(length: int) -> int:
    return length + (-length % 4)
