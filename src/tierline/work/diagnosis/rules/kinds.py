"""Which attachments are worth reading as evidence."""

_NEVER = ("image/", "audio/", "video/", "font/", "message/", "multipart/")
_DOCUMENTS = frozenset({
    "application/pdf", "application/rtf", "application/msword", "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/ms-tnef", "application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature",
    "text/calendar", "text/vcard", "text/x-vcard", "text/html", "text/css",
})  # fmt: skip
_ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".bmp", ".pdf", ".docx", ".xlsx", ".pptx", ".odt", ".ods",
            ".doc", ".xls", ".ppt", ".ics", ".vcf", ".eml", ".msg", ".html", ".htm", ".p7s", ".asc", ".mp3", ".mp4",
            ".mov", ".heic", ".winmail.dat")  # fmt: skip


def may_hold_logs(name: str, content_type: str) -> bool:
    """False for pictures, documents, invitations and signatures; what is left is tried."""
    kind = content_type.lower().partition(";")[0].strip()
    if kind.startswith(_NEVER) or kind in _DOCUMENTS or "officedocument" in kind or "opendocument" in kind:
        return False
    return not name.lower().endswith(_ENDINGS)
