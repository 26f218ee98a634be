"""What a browser recorded (HAR 1.2): one line a request, what was sent, and of a request that failed all that helps.

`2026-11-20T09:58:48.120Z ERROR POST https://shop.example/export 503 Service Unavailable, 30,012 ms` and, below it and
indented, headers, what was sent and what was answered. Bodies of answers that are as they should be stay in the
original.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from .objects import LARGEST, decoded, encoded, objects

_BEGINS = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,64}\{\s{0,64}\"log\"\s{0,64}:\s{0,64}\{")
_ENTRIES = re.compile(r'"entries"\s{0,64}:\s{0,64}\[')
_OVERLAP = 200  # characters in which the word for the entries may be cut in two
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?")
_PART = re.compile(
    r'name="(?P<name>[^"\r\n]{0,200})"[^\r\n]{0,400}\r?\n(?:[^\r\n]{1,400}\r?\n){0,8}\r?\n(?P<value>[^\r\n]*)'
)
_FAILED, _PHRASES = 400, {one.value: one.phrase for one in HTTPStatus}
BEGINNING = "HAR recorded by "
_MOST_LINES = 40  # of one body


def is_har(first: bytes) -> bool:
    """Whether a file begins as a HAR does."""
    return _BEGINS.match(first) is not None


def lines_of(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a HAR; a file without entries, and the rest of one that is cut short, pass as they came."""
    texts = decoded(chunks)
    head, rest = _up_to_entries(texts)
    if rest is None:
        yield head.encode("utf-8", "replace")
        yield from (text.encode("utf-8", "replace") for text in texts)
        return
    yield from map(encoded, _opening(head))
    for one in objects(texts, rest):
        if isinstance(one, dict):
            yield from map(encoded, _entry(one))
        elif not one.startswith("]"):
            yield one.encode("utf-8", "replace")
        else:
            return  # the end of the entries: what follows says nothing of a request


def _up_to_entries(texts: Iterator[str]) -> tuple[str, str | None]:
    """What stands before the entries, and what is there of them already; None where there are none."""
    held, looked = "", 0
    for text in texts:
        held += text
        if found := _ENTRIES.search(held, max(0, looked - _OVERLAP)):
            return held[: found.start()], held[found.end() :]
        looked = len(held)
        if looked > LARGEST:
            break
    return held, None


def _opening(head: str) -> Iterator[str]:
    """Who recorded it, and when which page was loaded."""
    try:
        log = _part(json.loads(f'{head}"entries":[]}}}}'), "log")
    except (ValueError, RecursionError):
        log = {}
    by = [
        f"{_line(one.get('name'))} {_line(one.get('version'))}".strip()
        for one in (_part(log, "creator"), _part(log, "browser"))
    ]
    yield f"{BEGINNING}{', '.join(filter(None, by)) or 'an unknown program'}"
    for page in log.get("pages") or () if isinstance(log.get("pages"), list) else ():
        if isinstance(page, dict):
            took = _part(page, "pageTimings").get("onLoad")
            yield f"{_stamp(page)}INFO page {_line(page.get('title'))}{f' loaded in {_ms(took)}' if _ms(took) else ''}"


def _entry(entry: Mapping[str, Any]) -> Iterator[str]:
    """One request: its line, and indented what belongs to it."""
    asked, answered = _part(entry, "request"), _part(entry, "response")
    status = answered.get("status")
    status = status if isinstance(status, int) else 0
    failed = status >= _FAILED or status <= 0
    words = " ".join(filter(None, (str(status), _line(answered.get("statusText")) or _PHRASES.get(status, ""))))
    if status <= 0:
        words = f"failed: {_line(answered.get('_error')) or _line(answered.get('statusText')) or 'no answer'}"
    took = _ms(entry.get("time"))
    line = f"{_line(asked.get('method')) or '?'} {_line(asked.get('url')) or '?'} {words}{f', {took}' if took else ''}"
    yield f"{_stamp(entry)}{'ERROR' if failed else 'INFO'} {line}"
    if to := _line(answered.get("redirectURL")):
        yield f"  goes on to: {to}"
    if failed:
        yield from _headers(">", asked)
    yield from _body("> sent", _sent(_part(asked, "postData")))
    if failed:
        yield from _headers("<", answered)
        yield from _body("< answered", _answer(_part(answered, "content")))


def _headers(way: str, side: Mapping[str, Any]) -> Iterator[str]:
    found = side.get("headers")
    for one in found if isinstance(found, list) else ():
        if isinstance(one, dict) and not (name := _line(one.get("name"))).startswith(":"):
            yield f"  {way} {name}: {_line(one.get('value'))}"


def _sent(data: Mapping[str, Any]) -> str:
    """What was sent, its fields as pairs, so that each value stands behind its name."""
    text, fields = data.get("text"), data.get("params")
    if _line(data.get("mimeType")).startswith("multipart/") and isinstance(text, str):
        return "\n".join(f"{one['name']}={one['value']}" for one in _PART.finditer(text))
    if isinstance(text, str) and text:
        return text
    pairs = [one for one in fields if isinstance(one, dict)] if isinstance(fields, list) else []
    return "\n".join(f"{_line(one.get('name'))}={_line(one.get('value'))}" for one in pairs)


def _answer(content: Mapping[str, Any]) -> str:
    text = content.get("text")
    if not isinstance(text, str) or not text:
        return ""
    if content.get("encoding"):
        return f"({_line(content.get('mimeType')) or 'bytes'}, {_line(content.get('size'))} bytes)"
    return text


def _body(what: str, text: str) -> Iterator[str]:
    """A body in lines of its own, none of them cut in the middle: half of a secret would not be known as one."""
    found = [line for line in text.splitlines() if line.strip()]
    for number, line in enumerate(found[:_MOST_LINES]):
        yield f"  {what}: {_line(line)}" if not number else f"    {_line(line)}"
    if len(found) > _MOST_LINES:
        yield f"    ({len(found) - _MOST_LINES:,} more lines are in the original)"


def _part(data: Any, name: str) -> Mapping[str, Any]:  # noqa: ANN401 (JSON of a stranger)
    found = data.get(name) if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}


def _line(value: object) -> str:
    """A text or a number in one line; nothing for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return " ".join(str(value).split())


def _stamp(one: Mapping[str, Any]) -> str:
    found = _line(one.get("startedDateTime"))
    return f"{found} " if _STAMP.fullmatch(found) else ""


def _ms(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e12:  # noqa: PLR2004 (no time is as long)
        return ""
    return f"{value:,.0f} ms"
