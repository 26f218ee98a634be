"""What a file is, judged by its first bytes and not by its name or by what its sender says.

Only a label: nothing here decides whether a file may be kept. Whatever it is, a file is handed out as a download; only
`PICTURES` are ever shown, and those only as the pictures that their bytes say they are.
"""

PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"})
UNKNOWN = "application/octet-stream"
LOOKED_AT = 1024  # bytes at the beginning that tell it
_NO_LOGS = ("image/", "audio/", "video/", "font/", "message/", "multipart/")
_DOCUMENTS = frozenset({
    "application/pdf", "application/rtf", "application/msword", "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/ms-tnef", "application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature",
    "text/calendar", "text/vcard", "text/x-vcard", "text/html", "text/css",
})  # fmt: skip
_ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".bmp", ".pdf", ".docx", ".xlsx", ".pptx", ".odt", ".ods",
            ".doc", ".xls", ".ppt", ".ics", ".vcf", ".eml", ".msg", ".html", ".htm", ".p7s", ".asc", ".mp3", ".mp4",
            ".mov", ".heic", ".winmail.dat")  # fmt: skip

_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"{\\rtf", "application/rtf"),
    (b"\x1f\x8b", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\0", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"MZ", "application/vnd.microsoft.portable-executable"),
    (b"\x7fELF", "application/x-elf"),
    (b"\xca\xfe\xba\xbe", "application/java-vm"),
    (b"#!", "text/x-script"),
    (b"OggS", "application/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"SQLite format 3\0", "application/vnd.sqlite3"),
)
_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_ZIP_FAMILY = (
    "application/vnd.openxmlformats",
    "application/vnd.oasis.opendocument",
    "application/epub",
    "application/java",
)
_OLE_FAMILY = ("application/msword", "application/vnd.ms-", "application/x-msi")
_ACTIVE = (
    (b"<svg", "image/svg+xml"),
    (b"<!doctype html", "text/html"),
    (b"<html", "text/html"),
    (b"<script", "text/html"),
)
_NEEDS_PROOF = ("image/", "audio/", "video/", "font/", "application/pdf", "application/zip", "application/gzip")


def kind_of(content: bytes, declared: str = "") -> str:
    """The media type of `content`. What its bytes do not tell is believed, unless they would have told it."""
    said = declared.partition(";")[0].strip().lower()
    start = content[:LOOKED_AT]
    if start.startswith(_ZIP_STARTS):
        return said if said.startswith(_ZIP_FAMILY) else "application/zip"
    found = next((kind for mark, kind in _STARTS if start.startswith(mark)), "") or _in_containers(start)
    if found == "application/x-ole-storage" and said.startswith(_OLE_FAMILY):
        return said
    if found == "image/bmp" and len(content) < 26:  # noqa: PLR2004 (two letters prove little; its headers are longer)
        found = ""
    found = found or _active(start)
    if found:
        return found
    return said if "/" in said and not said.startswith(_NEEDS_PROOF) else UNKNOWN


def _in_containers(start: bytes) -> str:
    if start[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}.get(start[8:12], "")
    if start[4:8] == b"ftyp":
        return "image/heic" if start[8:12] in (b"heic", b"heix", b"mif1") else "video/mp4"
    return "application/x-tar" if start[257:262] == b"ustar" else ""


def _active(start: bytes) -> str:
    """What a browser would run: named as it is whatever else was said, so that nobody takes it for a picture."""
    head = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not head.startswith(b"<"):
        return ""
    return next((kind for mark, kind in _ACTIVE if mark in head), "text/xml" if head.startswith(b"<?xml") else "")


def may_hold_logs(name: str, content_type: str) -> bool:
    """False for pictures, documents, invitations and signatures; what is left is tried."""
    kind = content_type.lower().partition(";")[0].strip()
    if kind.startswith(_NO_LOGS) or kind in _DOCUMENTS or "officedocument" in kind or "opendocument" in kind:
        return False
    return not name.lower().endswith(_ENDINGS)
