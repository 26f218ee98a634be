"""The files of a zip (PKWARE's APPNOTE), those of its methods that are usual."""

import copy
import struct
import zipfile
from collections.abc import Iterator
from typing import BinaryIO, cast

from .bounds import DAMAGE, Entry, Stream, TooMuch, Unpacking, damaged
from .packed import MEMORY, unpacked

_UNIX_LINK = 0xA  # file type in the upper bits of a member's attributes
_ENCRYPTED = 0x1  # bit of a member's flags; set for AES as well
_ZSTANDARD = (20, 93)  # methods: the number of the first drafts, and today's
_METHODS = {
    1: "Shrink",
    6: "Implode",
    9: "Deflate64, as Windows does with files over 2 GB",
    95: "xz",
    98: "PPMd",
}
_END, _END_64, _LOCATOR_64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_END_SIZE, _LOCATOR_SIZE, _LONGEST_COMMENT = 22, 20, 65_535


def entries(source: BinaryIO, state: Unpacking) -> Iterator[Entry]:
    """Each file that can be opened; the others are refused by name. Raises TooMuch."""
    if _directory_size(source) > state.limits.directory:
        raise TooMuch("the list of its files alone is larger than is allowed")
    with zipfile.ZipFile(source) as archive:
        for info in archive.infolist():
            if info.is_dir():
                continue
            if why := _objection(info, state):
                state.refuse(info.filename, why)
                continue
            try:
                stream = _opened(archive, info)
            except DAMAGE as error:
                state.refuse(info.filename, damaged("it", error))
                continue
            yield Entry(info.filename, stream, info.compress_size)


def _objection(info: zipfile.ZipInfo, state: Unpacking) -> str:
    if info.flag_bits & _ENCRYPTED:
        return "it is encrypted"
    if (info.external_attr >> 28) == _UNIX_LINK:
        return "it is a link, not a file"
    if info.file_size > state.limits.total - state.total:
        return "it would unpack to more than is allowed"
    known = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, *_ZSTANDARD)
    if info.compress_type not in known:
        method = _METHODS.get(info.compress_type, f"method {info.compress_type}")
        return f"it is packed by {method}, which is not opened here: pack it as zip with Deflate, or as gz"
    return ""


def _opened(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Stream:
    if info.compress_type in _ZSTANDARD:
        return unpacked("zstandard", _raw(archive, info))
    if info.compress_type == zipfile.ZIP_LZMA:
        _, _, _, dictionary = struct.unpack("<HHBL", _raw(archive, info).read(9))
        if dictionary > MEMORY:
            raise MemoryError
    return cast("Stream", archive.open(info))


def _raw(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> BinaryIO:
    """A member's packed bytes as they lie there."""
    raw = copy.copy(info)
    raw.compress_type, raw.file_size, raw.CRC = zipfile.ZIP_STORED, info.compress_size, cast("int", None)
    return cast("BinaryIO", archive.open(raw))


def _directory_size(source: BinaryIO) -> int:
    """Bytes of the list of files, by the record at the end; it is read into memory whole."""
    size = source.seek(0, 2)
    source.seek(max(0, size - _END_SIZE - _LONGEST_COMMENT - _LOCATOR_SIZE))
    tail = source.read()
    source.seek(0)
    at = tail.rfind(_END)
    if at < 0 or at + _END_SIZE > len(tail):
        return 0
    [listed] = struct.unpack_from("<L", tail, at + 12)
    if at >= _LOCATOR_SIZE and tail[at - _LOCATOR_SIZE :].startswith(_LOCATOR_64):
        [place] = struct.unpack_from("<Q", tail, at - _LOCATOR_SIZE + 8)
        return max(listed if listed != 2**32 - 1 else 0, _directory_size_64(source, place))
    return int(listed)


def _directory_size_64(source: BinaryIO, place: int) -> int:
    try:
        source.seek(place)
        record = source.read(56)
    except (OSError, OverflowError, ValueError):
        return 0
    finally:
        source.seek(0)
    return int(struct.unpack_from("<Q", record, 40)[0]) if record.startswith(_END_64) and len(record) > 47 else 0  # noqa: PLR2004
