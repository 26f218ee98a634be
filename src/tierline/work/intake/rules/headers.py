"""The header block of a mail or of one of its parts: unfolding, encoded words, parameters, addresses.

RFC 5322 (syntax), RFC 2047 (encoded words), RFC 2231 (parameters), RFC 6532 (raw UTF-8). Everything is
tolerant: what breaks the grammar is read as well as it can be, and nothing raises.
"""

import binascii
import re
from dataclasses import dataclass
from email.utils import getaddresses
from urllib.parse import unquote_to_bytes

from .charsets import decode, scrub

MAX_VALUE = 100_000  # characters of one header value that are looked at
MAX_STRUCTURED = 10_000  # characters of a value that has parameters
MAX_ADDRESSES = 200

_FIELD = re.compile(r"([!-9;-~]{1,200})[ \t]*:[ \t]*(.*)", re.DOTALL)
_WORD = re.compile(r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,60})?\?([bBqQ])\?([^?]*)\?=")
_PARAM = re.compile(r";\s*([^\s=;\"]{1,100})\s*=\s*(\"(?:[^\"\\]|\\.)*\"|[^;]*)", re.DOTALL)
_CONTINUED = re.compile(r"(.+?)\*(\d{1,3})(\*?)$")
_ADDRESS = re.compile(r"[^\s<>@,;:\"()\[\]\\]{1,128}@[^\s<>@,;:\"()\\]{1,255}")
_BARE = re.compile(r"\s*([^\s<>@,;:\"()\[\]\\]{1,128}@[^\s<>@,;:\"()\\]{1,255})\s*")
_PLAIN_FROM = re.compile(r"\s*\"?([^\"<>,;:()@\\]*?)\"?\s*<([^\s<>@,;:\"()\[\]\\]+@[^\s<>@,;:\"()\\]+)>\s*$")


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox: `email` in lower case, `name` as a person reads it (may be empty)."""

    email: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Headers:
    """Header fields in their order: name in lower case, value unfolded, encoded words left as they are."""

    items: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str:
        """The first value of `name`, raw, or an empty string."""
        for key, value in self.items:
            if key == name:
                return value
        return ""

    def all(self, name: str) -> list[str]:
        """Every value of `name`, raw."""
        return [value for key, value in self.items if key == name]

    def text(self, name: str) -> str:
        """The first value of `name` as a person reads it."""
        return decode_words(self.get(name))

    def __contains__(self, name: str) -> bool:
        return any(key == name for key, _ in self.items)


def parse_headers(block: bytes) -> tuple[Headers, bytes]:
    """The fields of `block`, and what follows the first line that is no header (a forgotten empty line)."""
    fields: list[tuple[str, list[str]]] = []
    lines = block.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if line[:1] in b" \t" and fields and line.strip():
            fields[-1][1].append(_raw(line).strip())
            continue
        field = _FIELD.match(_raw(line).rstrip("\r\n"))
        if field is None:
            return _unfolded(fields), b"".join(lines[number:])
        fields.append((field[1].lower(), [field[2].rstrip()]))
    return _unfolded(fields), b""


def _unfolded(fields: list[tuple[str, list[str]]]) -> Headers:
    return Headers(tuple((name, " ".join(pieces)[:MAX_VALUE]) for name, pieces in fields))


def _raw(line: bytes) -> str:
    return scrub(line.decode("ascii")) if line.isascii() else decode(line)


def decode_words(value: str) -> str:
    """`value` with its RFC 2047 encoded words decoded; neighbours of one charset are joined before."""
    if "=?" not in value:
        return scrub(value)
    out: list[str] = []
    pending, charset, position = b"", "", 0
    for word in _WORD.finditer(value):
        between = value[position : word.start()]
        new_run = bool(between.strip()) or word[1].lower() != charset or not pending
        if new_run:
            out.append(decode(pending, charset) if pending else "")
            out.append(between if between.strip() or not position else "")
            pending, charset = b"", word[1].lower()
        pending += _word_bytes(word[2], word[3])
        position = word.end()
    out.append(decode(pending, charset) if pending else "")
    return scrub("".join(out) + value[position:])


def _word_bytes(kind: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if kind in "bB":
        return decode_base64(data)
    return binascii.a2b_qp(data, header=True)


_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))


def decode_base64(data: bytes) -> bytes:
    """The bytes that base64 `data` stands for; foreign characters and a damaged end are passed over."""
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        bare = data.translate(None, _NOT_BASE64)
        bare = bare[: len(bare) - 1] if len(bare) % 4 == 1 else bare
        return binascii.a2b_base64(bare + b"=" * (-len(bare) % 4))


def parse_value(value: str) -> tuple[str, dict[str, str]]:
    """A structured value such as Content-Type: what stands before the first `;`, and the parameters."""
    value = value[:MAX_STRUCTURED]
    main, _, _ = value.partition(";")
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for param in _PARAM.finditer(value, len(main)):
        name, text = param[1].lower(), _unquote(param[2])
        continued = _CONTINUED.match(name)
        if continued:
            pieces.setdefault(continued[1], {})[int(continued[2])] = (text, bool(continued[3]))
        elif name.endswith("*"):
            pieces.setdefault(name[:-1], {}).setdefault(0, (text, True))
        else:
            plain.setdefault(name, decode_words(text))
    return main.strip().lower(), plain | {name: _join_pieces(parts) for name, parts in pieces.items()}


def _unquote(text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text.strip('"')


def _join_pieces(parts: dict[int, tuple[str, bool]]) -> str:
    """RFC 2231 continuations: the first piece names the charset, each says whether it is percent-coded."""
    charset, data = "", b""
    for number in sorted(parts):
        text, extended = parts[number]
        if extended and number == min(parts) and text.count("'") >= 2:  # noqa: PLR2004 (charset'language'value)
            charset, _, text = text.split("'", 2)
        data += unquote_to_bytes(text) if extended else text.encode("utf-8", "replace")
    return decode(data, charset)


def addresses(value: str) -> tuple[Address, ...]:
    """The mailboxes of an address header in their order, at most `MAX_ADDRESSES`."""
    value = value[:MAX_VALUE]
    if bare := _BARE.fullmatch(value):
        return (Address(bare[1].lower()),)
    simple = _PLAIN_FROM.match(value) if len(value) < 1000 else None  # noqa: PLR2004 (the common case: one mailbox)
    if simple:
        return (Address(simple[2].lower(), decode_words(simple[1]).strip()),)
    try:
        pairs = getaddresses([value])
    except Exception:  # noqa: BLE001 (deeply nested comments end the library's recursion; the fallback reads them)
        pairs = []
    found = [Address(email.lower(), decode_words(name).strip()) for name, email in pairs if _ADDRESS.fullmatch(email)]
    if not found:
        found = [Address(match[0].lower()) for match in _ADDRESS.finditer(decode_words(value[:2000]))]
    return tuple(found[:MAX_ADDRESSES])
