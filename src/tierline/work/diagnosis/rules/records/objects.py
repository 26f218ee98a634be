"""JSON objects one after another out of a stream, in memory bounded by the largest of them."""

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

LARGEST = 32 * 1024 * 1024  # characters of one object
_GAP = re.compile(r"[\s,\x1e]*+")
_DECODER = json.JSONDecoder()


def decoded(chunks: Iterable[bytes]) -> Iterator[str]:
    """The text of UTF-8 chunks, without its mark; what is no UTF-8 becomes U+FFFD."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
    for chunk in chunks:
        if text := decoder.decode(chunk):
            yield text
    if text := decoder.decode(b"", final=True):
        yield text


def encoded(line: str) -> bytes:
    """One line in UTF-8, with its end; half of a pair of surrogates becomes a question mark."""
    return line.encode("utf-8", "replace") + b"\n"


def objects(texts: Iterator[str], begun: str = "") -> Iterator[dict[str, Any] | str]:
    """Each object, up to the end or to what is none; that, and all that follows, comes last, as text.

    An object that is not whole yet is tried again when twice as much of it is there: linear time however large it is.
    """
    held, at, enough, ended = begun, 0, 0, False
    while True:
        at = _end_of_gap(held, at)
        if len(held) - at >= enough:
            if (found := _decoded(held, at)) is not None:
                one, at = found
                enough = 0
                yield one
                continue
            if ended or (at < len(held) and (held[at] != "{" or len(held) - at > LARGEST)):
                break
            enough = 2 * (len(held) - at)
        more = next(texts, None)
        ended = more is None
        enough = 0 if ended else enough
        held, at = held[at:] + (more or ""), 0
    yield held[at:]
    yield from texts


def _end_of_gap(text: str, at: int) -> int:
    gap = _GAP.match(text, at)
    return gap.end() if gap else at


def _decoded(text: str, at: int) -> tuple[dict[str, Any], int] | None:
    if not text.startswith("{", at):
        return None
    try:
        found, end = _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None
    return (found, end) if isinstance(found, dict) else None
