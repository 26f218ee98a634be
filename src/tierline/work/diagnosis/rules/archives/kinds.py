"""What kind of archive begins with these bytes, and which kinds are not opened."""

HEAD = 512  # bytes that tell it
_BEGINNINGS = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstandard"),
)
_CLOSED = (
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x04\x22\x4d\x18", "packed with LZ4"),
    (b"MSCF", "a cabinet of Windows"),
    (b"LZIP", "packed with lzip"),
    (b"PK\x07\x08", "one part of a zip that was cut into several"),
)
"""What is told from its first bytes and not opened."""
_DISC = "an image of a disc"
_DISC_AT = 32_769  # ECMA-119 §8: the first volume descriptor is in sector 16


def kind_of(head: bytes) -> str:
    """zip, tar, gzip, bzip2, xz or zstandard; empty for what is none."""
    if head.startswith(b"BZh") and head[4:10] == b"1AY&SY":
        return "bzip2"
    kind = next((kind for mark, kind in _BEGINNINGS if head.startswith(mark)), "")
    return kind or ("tar" if head[257:262] == b"ustar" else "")


def closed(head: bytes) -> str:
    """Why an archive of this kind is not opened; empty for all others."""
    kind = next((words for mark, words in _CLOSED if head.startswith(mark)), "")
    if head[_DISC_AT : _DISC_AT + 5] == b"CD001":
        kind = _DISC
    return f"it is {kind}, which is not opened here: send it as zip, tar, gz or zst" if kind else ""
