"""The words of compressed rich text (MS-OXRTFCP), as Outlook packs the body of a mail into TNEF."""

import re
import struct

from .charsets import scrub

MAX_RAW = 2_000_000  # bytes that a compressed text may unpack to
_COMPRESSED, _STORED = b"LZFu", b"MELA"
_DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS "
    b"Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20"
    b"\\b\\i\\u\\tab\\tx"
)
_WINDOW = 4096
_TOKEN = re.compile(
    r"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)|[\r\n]+"
)
_SKIPPED = {
    "fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "header", "footer", "listtable", "generator",
    "themedata", "datastore", "mhtmltag", "htmltag",
}  # fmt: skip
_BREAKS = {"par": "\n", "line": "\n", "tab": "\t", "cell": " ", "row": "\n", "emdash": "\u2014", "endash": "\u2013"}


def rtf_to_text(packed: bytes) -> str:
    """The words of compressed RTF, or an empty string when it is none. Never raises."""
    return scrub(_words(_unpacked(packed).decode("latin-1"))).strip()


def _unpacked(packed: bytes) -> bytes:
    if len(packed) < 16:  # noqa: PLR2004 (the header)
        return b""
    _, raw_size, magic = struct.unpack_from("<II4s", packed)
    if magic == _STORED:
        return packed[16 : 16 + MAX_RAW]
    return _decompressed(packed[16:], min(raw_size, MAX_RAW)) if magic == _COMPRESSED else b""


def _decompressed(data: bytes, size: int) -> bytes:
    """LZ77 with a window of 4,096 bytes: eight tokens behind each control byte, a bit says literal or reference."""
    window = bytearray(_DICTIONARY.ljust(_WINDOW, b"\0"))
    write, out, position = len(_DICTIONARY), bytearray(), 0
    while position < len(data) and len(out) < size:
        control = data[position]
        position += 1
        for bit in range(8):
            if not control >> bit & 1:
                piece = data[position : position + 1]
                position += 1
            else:
                token = int.from_bytes(data[position : position + 2], "big")
                position += 2
                start, length = token >> 4, (token & 15) + 2
                if start == write or position > len(data):
                    return bytes(out[:size])
                piece = _copied(window, start, length, write)
            for byte in piece:
                window[write] = byte
                write = (write + 1) % _WINDOW
            out += piece
    return bytes(out[:size])


def _copied(window: bytearray, start: int, length: int, write: int) -> bytes:
    """A reference may reach into what it writes itself; then it repeats."""
    ahead = (write - start) % _WINDOW
    piece = bytes(window[(start + offset) % _WINDOW] for offset in range(min(length, ahead)))
    return (piece * (length // len(piece) + 1))[:length] if piece else b""


def _words(rtf: str) -> str:
    out: list[str] = []
    skipped: list[bool] = [False]
    pending = 0  # characters that stand for a \uN in older readers
    for token in _TOKEN.finditer(rtf):
        word, number, code, symbol, brace, text = token.groups()
        if brace == "{":
            skipped.append(skipped[-1])
        elif brace == "}":
            skipped = skipped[:-1] or [False]
        elif word in _SKIPPED or symbol == "*":
            skipped[-1] = True
        elif skipped[-1]:
            continue
        elif word == "u" and number:
            out.append(chr(int(number) % 0x10000))
            pending = 1
        elif pending and (code or text):
            out.append((text or "")[1:])
            pending = 0
        else:
            out.append(_plain(word, code, symbol, text))
    return re.sub(r"\n{3,}", "\n\n", "".join(out).encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def _plain(word: str | None, code: str | None, symbol: str | None, text: str | None) -> str:
    if word:
        return _BREAKS.get(word, "")
    if code:
        return bytes([int(code, 16)]).decode("cp1252", "replace")
    if symbol:
        return {"~": " ", "\n": "\n", "\r": "\n"}.get(symbol, symbol if symbol in "\\{}" else "")
    return text or ""
