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
GAP = "\ufffd"
LETTERS_FOR_A_GAP = 4  # beyond ASCII: a text in another charset has a gap for nearly each of them
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
    """`data` as text: the declared charset, else UTF-8, else one of them with a few gaps, else Windows-1252.

    What cannot be read is marked with U+FFFD: one damaged byte spoils one letter and not the whole. NUL and lone
    surrogates are taken out.
    """
    declared = decoder_for(label) if label else ""
    # ASCII and its kin are declared by habit: UTF-8 that decodes is no accident.
    guesses = ("utf-8", declared) if declared in ("", "cp1252") else (declared, "utf-8")
    names = [name for name in guesses if name]
    found = _strictly(data, names[:1])
    if found is None and data.isascii():  # ISO-2022 and its kin write every letter in ASCII
        found = _with_few_gaps(data, names)
    if found is None:
        found = _strictly(data, names)
    if found is None:
        found = _with_few_gaps(data, names)
    if found is None:
        found = _strictly(data, ["cp1252"])
    return scrub(data.decode(declared or "utf-8", "replace") if found is None else found)


def _strictly(data: bytes, names: list[str]) -> str | None:
    """The text by the first charset that reads every byte."""
    for name in names:
        try:
            return data.decode(name)
        except (UnicodeError, LookupError, ValueError):
            continue
    return None


def _with_few_gaps(data: bytes, names: list[str]) -> str | None:
    """The text by the first charset in which what cannot be read is little beside what only that charset says."""
    for name in names:
        try:
            text = data.decode(name, "replace")
        except (UnicodeError, LookupError, ValueError):
            continue
        gaps = text.count(GAP)
        read = len(text) - len(text.encode("ascii", "ignore")) - gaps
        if gaps * LETTERS_FOR_A_GAP <= read:
            return text
    return None


def scrub(text: str) -> str:
    """`text` without NUL and without lone surrogates, which neither UTF-8 nor PostgreSQL can hold."""
    if text.isascii() and "\x00" not in text:
        return text
    return _UNSTORABLE.sub("", text)
