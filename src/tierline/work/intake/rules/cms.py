"""S/MIME parts (RFC 8551): the content of a signed one is taken out; of an encrypted one it is said that it is.

Nothing is verified and nothing is decrypted here. Only the outer shell of the Cryptographic Message Syntax (RFC 5652)
is walked, in the encodings DER and BER, within the bytes that are there.
"""

import zlib
from collections.abc import Iterator
from enum import StrEnum
from itertools import islice

MAX_CONTENT = 60_000_000  # bytes that a compressed content may unpack to
_MAX_DEPTH = 8
_MAX_FIELDS = 20
_MAX_PIECES = 100_000
_SEQUENCE, _OCTETS, _OID, _CONTEXT_0 = 0x30, 0x04, 0x06, 0xA0
_CONSTRUCTED = 0x20
_PKCS7 = bytes.fromhex("2a864886f70d0107")  # 1.2.840.113549.1.7
_SMIME = bytes.fromhex("2a864886f70d01091001")  # 1.2.840.113549.1.9.16.1


class Shell(StrEnum):
    """What a CMS object does to its content."""

    SIGNED = "signed"
    ENCRYPTED = "encrypted"
    COMPRESSED = "compressed"
    UNKNOWN = "unknown"


_KINDS = {
    _PKCS7 + b"\x02": Shell.SIGNED,
    _PKCS7 + b"\x03": Shell.ENCRYPTED,
    _PKCS7 + b"\x04": Shell.ENCRYPTED,
    _PKCS7 + b"\x06": Shell.ENCRYPTED,
    _SMIME + b"\x17": Shell.ENCRYPTED,
    _SMIME + b"\x09": Shell.COMPRESSED,
}


def open_shell(data: bytes, *, room: int = MAX_CONTENT) -> tuple[Shell, bytes]:
    """What kind of object it is, and its content (empty when it cannot be read or is not there). Never raises.

    What is compressed is unpacked up to `room` bytes.
    """
    outer = next(_elements(data), None)
    if outer is None or outer[0] != _SEQUENCE:
        return Shell.UNKNOWN, b""
    parts = list(islice(_elements(outer[1]), 2))
    if len(parts) < 2 or parts[0][0] != _OID:  # noqa: PLR2004 (type and content)
        return Shell.UNKNOWN, b""
    kind = _KINDS.get(parts[0][1], Shell.UNKNOWN)
    if kind not in (Shell.SIGNED, Shell.COMPRESSED):
        return kind, b""
    content = _encapsulated(parts[1][1])
    return kind, _inflated(content, room) if kind is Shell.COMPRESSED else content


def _encapsulated(explicit: bytes) -> bytes:
    """The octets of the first inner SEQUENCE that begins with an identifier: `EncapsulatedContentInfo`."""
    body = next(_elements(explicit), (0, b""))[1]
    for tag, value in islice(_elements(body), _MAX_FIELDS):
        inner = list(islice(_elements(value), 2)) if tag == _SEQUENCE else []
        if len(inner) == 2 and inner[0][0] == _OID and inner[1][0] == _CONTEXT_0:  # noqa: PLR2004 (type and content)
            return b"".join(_octets(inner[1][1], 0))
    return b""


def _octets(data: bytes, depth: int) -> Iterator[bytes]:
    """The pieces of an OCTET STRING, which BER may cut into constructed ones."""
    for number, (tag, value) in enumerate(_elements(data)):
        if number >= _MAX_PIECES:
            return
        if tag == _OCTETS:
            yield value
        elif tag == _OCTETS | _CONSTRUCTED and depth < _MAX_DEPTH:
            yield from _octets(value, depth + 1)


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and value of each element in `data`; ends where the encoding breaks."""
    position = 0
    while position + 2 <= len(data):
        tag = data[position]
        start, length = _length(data, position + 1)
        if start < 0 or (tag == 0 and length == 0):
            return
        end = _end_of_indefinite(data, start) if length < 0 else start + length
        end = min(end, len(data))
        yield tag, data[start:end]
        position = end + (2 if length < 0 else 0)


def _length(data: bytes, position: int) -> tuple[int, int]:
    """Where the value begins and how long it is: -1 when it ends by a mark; a start of -1 when it is damaged."""
    first = data[position]
    if first < 0x80:  # noqa: PLR2004 (the short form)
        return position + 1, first
    count = first & 0x7F
    if count == 0:
        return position + 1, -1
    if count > 6 or position + 1 + count > len(data):  # noqa: PLR2004 (longer than any mail)
        return -1, 0
    return position + 1 + count, int.from_bytes(data[position + 1 : position + 1 + count], "big")


def _end_of_indefinite(data: bytes, position: int) -> int:
    """Where the two zero bytes stand that end the element; one pass with a count of what is open."""
    opened = 1
    while position + 2 <= len(data):
        if data[position : position + 2] == b"\0\0":
            opened -= 1
            if not opened:
                return position
            position += 2
            continue
        start, length = _length(data, position + 1)
        if start < 0:
            break
        opened += length < 0
        position = start + max(length, 0)
    return len(data)


def _inflated(content: bytes, room: int) -> bytes:
    if room <= 0:  # to zlib, 0 means: without an end
        return b""
    try:
        return zlib.decompressobj().decompress(content, room)
    except zlib.error:
        return b""
