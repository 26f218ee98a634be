"""Bytes to text when the mail lies about its charset: never raises, never leaves what PostgreSQL refuses."""

import codecs
import re

# What mail programs write, and the decoder that reads it. A superset is used where senders mean the superset.
_ALIASES = {
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "ansi_x3.4-1968": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "iso-8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "euc-kr": "cp949",
    "x-windows-949": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
    "unicode-1-1-utf-7": "utf-7",
    "utf8mb4": "utf-8",
    "utf-8mb4": "utf-8",
    "cp-850": "cp850",
    "windows-874": "cp874",
    "iso-8859-11": "cp874",
}
# Python codecs that are not charsets of mail: some are slow on purpose-made input, some run escapes.
_NOT_CHARSETS = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem", "utf-8-sig"}
)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def decoder_for(label: str) -> str:
    """The Python codec for a charset label, or an empty string when there is none."""
    name = label.strip().strip("\"'").lower()
    name = _ALIASES.get(name, name)
    try:
        known = codecs.lookup(name)
    except (LookupError, ValueError):
        return ""
    usable = getattr(known, "_is_text_encoding", True) and known.name.replace("-", "_") not in _NOT_CHARSETS
    return name if usable else ""


def decode(data: bytes, label: str = "") -> str:
    """`data` as text: the declared charset, else UTF-8, else Windows-1252, else the declared one with gaps.

    The last resort marks what cannot be read with U+FFFD. NUL and lone surrogates are taken out.
    """
    declared = decoder_for(label) if label else ""
    # ASCII and its kin are declared by habit: UTF-8 that decodes is no accident.
    guesses = ("utf-8", declared) if declared in ("", "cp1252") else (declared, "utf-8")
    for name in (*guesses, "cp1252"):
        if name:
            try:
                return scrub(data.decode(name))
            except (UnicodeError, LookupError, ValueError):
                continue
    return scrub(data.decode(declared or "utf-8", "replace"))


def scrub(text: str) -> str:
    """`text` without NUL and without lone surrogates, which neither UTF-8 nor PostgreSQL can hold."""
    if text.isascii() and "\x00" not in text:
        return text
    return _UNSTORABLE.sub("", text)
