"""Files of records: a browser's recording and a journal, read as lines, with their secrets masked."""

import io
import json
import struct
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.work.diagnosis.rules.archives import Unpacking
from tierline.work.diagnosis.rules.reading import EvidenceReader, Reading, original_lines
from tierline.work.diagnosis.rules.records import as_lines, objects

SESSION, TOKEN, PASSWORD = (
    "9f8e7d6c5b4a39281706",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2VjcmV0c2ln",
    "Sommer2026!",
)
URL = "https://shop.example/api/orders/1002"


def request(**changes: Any) -> dict[str, Any]:
    """An entry as Chromium writes it."""
    asked = {
        "method": changes.get("method", "GET"),
        "url": changes.get("url", URL),
        "headers": [
            {"name": ":authority", "value": "shop.example"},
            {"name": "authorization", "value": f"Bearer {TOKEN}"},
            {"name": "cookie", "value": f"SESSIONID={SESSION}; theme=dark"},
        ],
        "cookies": [{"name": "SESSIONID", "value": SESSION}],
    }
    if "sent" in changes:
        asked["postData"] = changes["sent"]
    return {
        "startedDateTime": changes.get("at", "2026-11-20T09:58:48.120Z"),
        "time": changes.get("took", 84.31),
        "request": asked,
        "response": {
            "status": changes.get("status", 200),
            "statusText": changes.get("phrase", ""),
            "headers": [{"name": "set-cookie", "value": f"SESSIONID={SESSION[::-1]}; HttpOnly"}],
            "content": changes.get("content", {"mimeType": "text/html", "text": "<h1>hello</h1>"}),
            "redirectURL": changes.get("to", ""),
            "_error": changes.get("error"),
        },
    }


def har(*entries: Any, indent: int | None = None, **log: Any) -> bytes:
    """A recording of these requests."""
    whole = {
        "version": "1.2",
        "creator": {"name": "WebInspector", "version": "537.36"},
        **log,
        "entries": list(entries),
    }
    return json.dumps({"log": whole}, indent=indent).encode()


def read(data: bytes, name: str = "a.har") -> tuple[Reading, list[str]]:
    """What reading shows, and the redacted lines."""
    out = io.BytesIO()
    reading = EvidenceReader(out, year=2026).read(io.BytesIO(data), name)
    return reading, out.getvalue().decode().splitlines()


def test_a_request_is_one_line() -> None:
    reading, lines = read(har(request(), request(method="POST", status=204)))
    assert lines == [
        "HAR recorded by WebInspector 537.36",
        f"2026-11-20T09:58:48.120Z INFO GET {URL} 200 OK, 84 ms",
        f"2026-11-20T09:58:48.120Z INFO POST {URL} 204 No Content, 84 ms",
    ]
    assert reading.format == "HAR"
    assert reading.started == reading.ended == 1_795_168_728


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b"\n  "])
def test_it_does_not_matter_how_a_program_writes_it(indent: int | None, before: bytes) -> None:
    pages = [
        {"startedDateTime": "2026-11-20T09:58:00Z", "title": "https://shop.example/", "pageTimings": {"onLoad": 903}}
    ]
    _, lines = read(before + har(request(), indent=indent, pages=pages))
    assert lines[1] == "2026-11-20T09:58:00Z INFO page https://shop.example/ loaded in 903 ms"
    assert len(lines) == 3


FAILURES = {
    "the server fails": ({"status": 503}, "503 Service Unavailable"),
    "not allowed": ({"status": 401, "phrase": "Who are you"}, "401 Who are you"),
    "no connection": ({"status": 0, "error": "net::ERR_CONNECTION_REFUSED"}, "failed: net::ERR_CONNECTION_REFUSED"),
    "nothing came": ({"status": 0}, "failed: no answer"),
    "not even a number": ({"status": "soon"}, "failed: no answer"),
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_request_that_failed_counts_as_an_error_and_says_all(case: str) -> None:
    given_, words = FAILURES[case]
    content = {"mimeType": "application/json", "text": '{"error":"export worker unavailable"}'}
    reading, lines = read(har(request(), request(**given_, content=content)))
    assert f"ERROR GET {URL} {words}, 84 ms" in lines[2]
    assert '  < answered: {"error":"export worker unavailable"}' in lines
    assert any(line.startswith("  > authorization: Bearer <token-") for line in lines)
    assert not any(":authority" in line for line in lines)
    assert sum(bucket["errors"] for bucket in reading.buckets) == 1


SENT = {
    "a form": {
        "mimeType": "application/x-www-form-urlencoded",
        "text": f"user=anna&password={PASSWORD}&csrf=abc123def456",
    },
    "fields": {"params": [{"name": "user", "value": "anna"}, {"name": "password", "value": PASSWORD}]},
    "JSON": {"mimeType": "application/json", "text": json.dumps({"user": "anna", "password": PASSWORD})},
    "JSON over lines": {"mimeType": "application/json", "text": json.dumps({"password": PASSWORD}, indent=2)},
    "parts": {
        "mimeType": "multipart/form-data; boundary=x",
        "text": f'--x\r\nContent-Disposition: form-data; name="password"\r\n\r\n{PASSWORD}\r\n--x--\r\n',
    },
}


@pytest.mark.parametrize("how", SENT)
@pytest.mark.parametrize("status", [200, 500])
def test_what_was_sent_is_shown_without_its_secrets(how: str, status: int) -> None:
    reading, lines = read(har(request(method="POST", sent=SENT[how], status=status)))
    text = "\n".join(lines)
    assert "  > sent: " in text
    assert "<password-1>" in text
    assert not [secret for secret in (PASSWORD, SESSION, SESSION[::-1], TOKEN, "abc123def456") if secret in text]
    assert reading.masked["password"] == 1


def test_bytes_and_long_bodies_are_told_and_not_shown() -> None:
    picture = {"mimeType": "image/png", "size": 3000, "encoding": "base64", "text": "iVBORw0KGgo="}
    page = {"mimeType": "text/html", "text": "\n".join(f"<p>{n}</p>" for n in range(100))}
    _, lines = read(
        har(request(status=404, content=picture), request(status=500, content=page), request(status=302, to="/b"))
    )
    assert "  < answered: (image/png, 3000 bytes)" in lines
    assert "    (60 more lines are in the original)" in lines
    assert "  goes on to: /b" in lines


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"request": 7, "response": None},
        {"request": {"headers": [3]}, "response": {"headers": "no", "content": []}},
        {"startedDateTime": "yesterday", "time": -1, "request": {"url": ["x"]}},
        {"time": True, "response": {"status": 500}},
    ],
)
def test_a_strange_entry_is_still_a_line(entry: dict[str, Any]) -> None:
    reading, lines = read(har(entry, request()))
    assert reading.state == "ready"
    assert lines[-1] == f"2026-11-20T09:58:48.120Z INFO GET {URL} 200 OK, 84 ms"


def test_what_is_cut_short_is_read_up_to_the_cut_and_masked_behind_it() -> None:
    whole = har(request(), request(), request())
    reading, lines = read(whole[: whole.rindex(b'"cookies"')])
    assert lines[1:3] == [f"2026-11-20T09:58:48.120Z INFO GET {URL} 200 OK, 84 ms"] * 2
    assert reading.state == "ready"
    assert not [secret for secret in (SESSION, TOKEN) if secret in "\n".join(lines)]


@pytest.mark.parametrize(
    "text", ['{"log": {"version": "1.2"}}', '{"log": {"entries": 3}}', '{"log": {"level": "info"}}\n{}']
)
def test_other_json_stays_as_it_came(text: str) -> None:
    assert read(text.encode())[1] == text.split("\n")


def test_the_lines_of_the_original_are_those_of_the_view() -> None:
    data = har(request(status=503), request())
    _, lines = read(data)
    bare = original_lines(io.BytesIO(data), "a.har", Unpacking(), 1, 100)
    assert len(bare) == len(lines)
    assert bare[2] == f"  > authorization: Bearer {TOKEN}"
    assert original_lines(io.BytesIO(data), "a.har", Unpacking(), len(lines), 1) == bare[-1:]


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_where_the_file_is_cut_into_chunks_does_not_matter(data: st.DataObject) -> None:
    whole = har(request(status=503), request(method="PÖST"), pages=[{"title": "ä"}])
    cuts = sorted(data.draw(st.lists(st.integers(40, len(whole)), max_size=5)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert b"".join(as_lines(pieces[0], pieces[1:])) == b"".join(as_lines(whole, []))


def test_a_large_object_is_decoded_a_few_times_only(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []
    real = objects._DECODER

    class Counting:
        def raw_decode(self, text: str, at: int) -> tuple[Any, int]:
            tried.append(len(text) - at)
            return real.raw_decode(text, at)

    monkeypatch.setattr(objects, "_DECODER", Counting())
    text = json.dumps({"a": "x" * 500_000})
    pieces = iter(text[at : at + 1_000] for at in range(0, len(text), 1_000))
    assert [len(one["a"]) for one in objects.objects(pieces) if isinstance(one, dict)] == [500_000]
    assert len(tried) < 15
    assert sum(tried) < 4 * len(text)


def test_an_object_without_an_end_stops_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "LARGEST", 5_000)
    taken = 0

    def texts() -> Iterator[str]:
        nonlocal taken
        for _ in range(100):
            taken += 1
            yield '{"a": "' + "x" * 993

    found = objects.objects(texts())
    assert isinstance(next(found), str)
    assert taken < 10
    assert sum(len(one) for one in found if isinstance(one, str)) > 80_000  # the rest passes


# the journal of systemd

AT = 1_795_168_680_000_000  # 2026-11-20 09:58:00 UTC


def fields(message: bytes, number: int = 0, **others: str) -> dict[str, bytes]:
    """An entry of a journal."""
    said = {
        "__CURSOR": "s=0123;i=1",
        "__REALTIME_TIMESTAMP": str(AT + number * 1_300_000),
        "_HOSTNAME": "gw-hh-02",
        "SYSLOG_IDENTIFIER": "tunneld",
        "_PID": "812",
        "PRIORITY": "6",
        "_CMDLINE": "/usr/sbin/tunneld --token=9f8e7d6c5b4a",
        **others,
    }
    return {name: value.encode() for name, value in said.items()} | {"MESSAGE": message}


def export(entries: Iterable[dict[str, bytes]]) -> bytes:
    """As `journalctl -o export` writes them: bytes and values of several lines with their length."""
    out = b""
    for entry in entries:
        for name, value in entry.items():
            plain = b"\n" not in value and value.isascii()
            size = struct.pack("<Q", len(value))
            out += name.encode() + (b"=" + value if plain else b"\n" + size + value) + b"\n"
        out += b"\n"
    return out


def as_json(entries: Iterable[dict[str, bytes]], indent: int | None = None) -> bytes:
    """As `journalctl -o json` writes them: what is no text is a list of bytes."""
    made = []
    for entry in entries:
        told = {name: value.decode() if value.isascii() else list(value) for name, value in entry.items()}
        made.append(json.dumps(told, indent=indent))
    return ("\n".join(made) + "\n").encode()


JOURNAL = [
    fields(b"keepalive sent"),
    fields(b"rekey window exceeded after 600 s", 1, PRIORITY="3"),
    fields(
        b'Traceback (most recent call last):\n  File "/usr/lib/rekey.py", line 212, in verify\n'
        b"    raise ReplayError(64)\ntunneld.ReplayError: window 64",
        2,
    ),
    fields("schlüssel".encode(), 3, SYSLOG_IDENTIFIER="", _COMM="sshd", _PID=""),
    fields(b"no time", 4, __REALTIME_TIMESTAMP="soon", PRIORITY="loud"),
]


@pytest.mark.parametrize("form", ["export", "json", "json-pretty"])
def test_a_journal_reads_as_journalctl_shows_it(form: str) -> None:
    made = {"export": export(JOURNAL), "json": as_json(JOURNAL), "json-pretty": as_json(JOURNAL, indent=4)}[form]
    reading, lines = read(made, "journal")
    assert lines == [
        "2026-11-20T09:58:00.000000Z INFO [gw-hh-02] tunneld[812]: keepalive sent",
        "2026-11-20T09:58:01.300000Z ERR [gw-hh-02] tunneld[812]: rekey window exceeded after 600 s",
        "2026-11-20T09:58:02.600000Z INFO [gw-hh-02] tunneld[812]: Traceback (most recent call last):",
        '  File "/usr/lib/rekey.py", line 212, in verify',
        "    raise ReplayError(64)",
        "tunneld.ReplayError: window 64",
        "2026-11-20T09:58:03.900000Z INFO [gw-hh-02] sshd: schlüssel",
        "INFO [gw-hh-02] tunneld[812]: no time",
    ]
    assert [trace["type"] for trace in reading.traces] == ["tunneld.ReplayError"]
    assert sum(bucket["errors"] for bucket in reading.buckets) == 1


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=40), st.data())
def test_any_message_of_an_export_comes_through_wherever_it_is_cut(message: bytes, data: st.DataObject) -> None:
    whole = export([fields(message), fields(b"the next")])
    cut = data.draw(st.integers(30, len(whole)))
    made = b"".join(as_lines(whole[:cut], [whole[cut:]])).decode()
    assert made.endswith("Z INFO [gw-hh-02] tunneld[812]: the next\n")
    assert message.decode("utf-8", "replace").rstrip("\n") in made


@pytest.mark.parametrize("size", [5, 2**40, 2**64 - 1])
def test_a_field_that_lies_about_its_length_ends_the_reading(size: int) -> None:
    whole = export([fields(b"before")]) + b"__CURSOR=x\nMESSAGE\n" + struct.pack("<Q", size) + b"abc"
    _, lines = read(whole, "journal")
    assert lines[0].endswith(": before")
    assert len(lines) <= 2


def test_a_journal_in_json_that_breaks_off_keeps_what_it_had() -> None:
    _, lines = read(as_json(JOURNAL[:2])[:-30], "journal.json")
    assert lines[0].endswith("keepalive sent")
    assert "9f8e7d6c5b4a" not in "\n".join(lines)
