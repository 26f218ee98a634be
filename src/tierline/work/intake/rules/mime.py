"""The tree of a mail's parts, within bounds.

Why not the standard library's parser: it goes line by line and nests generators, so 50 MB of attachment take
it four seconds and 2,000 nested parts end it with RecursionError. Searching for delimiters in the bytes takes
the same mail in tenths of a second and knows its limits beforehand. (RFC 2045, RFC 2046.)
"""

import binascii
from dataclasses import dataclass, field

from .headers import Headers, decode_base64, parse_headers, parse_value

MAX_PARTS = 500
MAX_DEPTH = 20
MAX_HEADER_BYTES = 512 * 1024
MAX_SHELLS = 5
MAX_UNPACKED = 60_000_000  # bytes
_MAX_FALSE_DELIMITERS = 10_000
_MAX_DELIMITER_TAIL = 200  # bytes of white space that a relay may have added to a delimiter line


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its headers, its type, and the place of its body in the mail's bytes."""

    headers: Headers
    content_type: str
    params: dict[str, str]
    start: int
    end: int
    children: tuple["Part", ...] = ()

    def content(self, mail: bytes) -> bytes:
        """The body with its transfer encoding undone."""
        return decode_transfer(mail[self.start : self.end], self.headers.get("content-transfer-encoding"))


@dataclass(slots=True)
class Limits:
    """How much of the tree may still be built, and what was met that breaks the rules.

    `shells` are the signed or compressed contents that may still be opened, `unpacked` the bytes that all of them
    together may still unpack to.
    """

    parts: int = MAX_PARTS
    shells: int = MAX_SHELLS
    unpacked: int = MAX_UNPACKED
    defects: list[str] = field(default_factory=list)

    def note(self, defect: str) -> None:
        if defect not in self.defects:
            self.defects.append(defect)


def parse_tree(mail: bytes, limits: Limits) -> Part:
    """The whole mail as a tree of parts."""
    return _part(mail, 0, len(mail), limits, depth=0, default="text/plain")


def _part(mail: bytes, start: int, end: int, limits: Limits, *, depth: int, default: str) -> Part:
    headers, body = _headers_at(mail, start, end, limits)
    content_type, params = parse_value(headers.get("content-type"))
    if content_type.count("/") != 1:
        content_type = default
    limits.parts -= 1
    children: tuple[Part, ...] = ()
    if content_type.startswith("multipart/"):
        children = _children(mail, body, end, content_type, params.get("boundary", ""), limits, depth=depth)
        if not children:
            content_type = "text/plain"
    return Part(headers, content_type, params, body, end, children)


def _headers_at(mail: bytes, start: int, end: int, limits: Limits) -> tuple[Headers, int]:
    """The headers that begin at `start`, and where the body begins."""
    if mail[start : start + 1] == b"\n" or mail[start : start + 2] == b"\r\n":
        return Headers(), start + (1 if mail[start : start + 1] == b"\n" else 2)
    ends = [(at, len(mark)) for mark in (b"\n\n", b"\n\r\n") if (at := mail.find(mark, start, end)) >= 0]
    stop, gap = min(ends) if ends else (end, 0)
    if stop - start > MAX_HEADER_BYTES:
        limits.note(f"header block longer than {MAX_HEADER_BYTES} bytes")
    headers, rest = parse_headers(mail[start : min(stop, start + MAX_HEADER_BYTES)])
    if rest and stop - start <= MAX_HEADER_BYTES:
        limits.note("no empty line between headers and body")
        return headers, min(stop, end) - len(rest)
    return headers, min(stop + gap, end)


def _children(
    mail: bytes, start: int, end: int, content_type: str, boundary: str, limits: Limits, *, depth: int
) -> tuple[Part, ...]:
    if not boundary or depth >= MAX_DEPTH:
        limits.note("nested deeper than is read" if boundary else "multipart without a boundary")
        return ()
    default = "message/rfc822" if content_type == "multipart/digest" else "text/plain"
    children = []
    for first, last in _between(mail, start, end, boundary.encode("utf-8", "replace"), limits):
        if limits.parts <= 0:
            limits.note(f"more than {MAX_PARTS} parts: the others are in the original only")
            break
        children.append(_part(mail, first, last, limits, depth=depth + 1, default=default))
    return tuple(children)


def _between(mail: bytes, start: int, end: int, boundary: bytes, limits: Limits) -> list[tuple[int, int]]:
    """The stretches between delimiter lines; a missing last delimiter closes at the end."""
    spans: list[tuple[int, int]] = []
    mark, first, position, misses = b"--" + boundary, -1, start, 0
    while len(spans) <= MAX_PARTS and misses < _MAX_FALSE_DELIMITERS:
        at = mail.find(mark, position, end)
        if at < 0:
            break
        position = at + len(mark)
        tail = mail[position : min(end, position + _MAX_DELIMITER_TAIL)]
        tail, found, _ = tail.partition(b"\n")
        line_end = position + len(tail)
        whole_line = (at == start or mail[at - 1 : at] == b"\n") and (found or line_end == end)
        if not whole_line or tail.strip() not in (b"", b"--"):
            misses += 1
            continue
        if first >= 0:
            spans.append((first, _before_line_break(mail, first, at)))
        first, position = (-1, end) if tail.strip() else (min(line_end + 1, end), line_end)
    if first >= 0 and len(spans) <= MAX_PARTS:
        limits.note("the closing delimiter is missing")
        spans.append((first, end))
    return spans


def _before_line_break(mail: bytes, first: int, at: int) -> int:
    """The line break before a delimiter belongs to the delimiter (RFC 2046 §5.1.1)."""
    if mail[at - 2 : at] == b"\r\n":
        at -= 2
    elif mail[at - 1 : at] == b"\n":
        at -= 1
    return max(first, at)


def decode_transfer(body: bytes, encoding: str) -> bytes:
    """`body` with its Content-Transfer-Encoding undone; what cannot be decoded is left as it is."""
    encoding = encoding.partition(";")[0].strip().strip('"').lower()
    if encoding == "base64":
        return decode_base64(body)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(body)
    if encoding in {"x-uuencode", "uuencode", "x-uue", "uue"}:
        return _decode_uu(body)
    return body


def _decode_uu(body: bytes) -> bytes:
    out = []
    for line in body.splitlines():
        if line.startswith((b"begin ", b"end")) or not line:
            continue
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Some encoders leave out trailing spaces: the count in the first byte says how much is meant.
            wanted = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                out.append(binascii.a2b_uu(line[:wanted]))
            except binascii.Error:
                return body
    return b"".join(out)
