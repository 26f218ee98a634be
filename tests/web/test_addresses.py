"""The addresses behind the slot of a request's template."""

import time

import pytest

from tierline.doors.web.console.pages.addresses import Addresses, counted
from tierline.work.diagnosis.queries import Line, TemplateRow

OK = TemplateRow("ok", "GET <*> OK, <*> ms", 4, 1, "usual")
BROKEN = TemplateRow("broken", "GET <*> Internal Server Error, <*> ms", 2, 5, "new")
ACCESS = TemplateRow("access", '"GET <*>" <*> "-" "<*>"', 2, 1, "usual")


def numbered(*texts: str) -> list[Line]:
    return [Line(number, text) for number, text in enumerate(texts, 1)]


def said(found: Addresses) -> list[tuple[str, int, int]]:
    return [("".join(piece.text for piece in one.pieces), one.count, one.line) for one in found.shown]


def test_the_most_frequent_addresses_of_each_form_come_first() -> None:
    at = "2026-11-23T10:00:00.000Z"
    found = counted(
        numbered(
            f"{at} INFO GET https://a.example/one?id=1 200 OK, 12 ms",
            f"{at} INFO GET https://a.example/two 200 OK, 7 ms",
            f"{at} INFO GET https://a.example/two?id=2#x 200 OK, 9 ms",
            f"{at} ERROR GET https://a.example/pay 500 Internal Server Error, 30 ms",
            "  > Accept: */*",
            f"{at} INFO GET https://a.example/three 200 OK, 9 ms",
            f"{at} INFO GET https://a.example/four 200 OK, 9 ms",
        ),
        [OK, BROKEN],
    )
    assert said(found["broken"]) == [("a.example/pay", 1, 4)]
    assert said(found["ok"]) == [("a.example/two", 2, 2), ("a.example/one", 1, 1), ("a.example/three", 1, 6)]
    assert (found["ok"].others, found["broken"].others) == (1, 0)


def test_an_access_log_is_read_as_well() -> None:
    line = '10.0.0.1 - - [23/Nov/2026:10:00:00 +0000] "GET /api/orders?x=2 HTTP/1.1" 500 123 "-" "Agent/5.0"'
    assert said(counted(numbered(line, line), [ACCESS])["access"]) == [("/api/orders", 2, 1)]


def test_what_is_masked_stays_masked_and_what_is_long_is_cut() -> None:
    texts = ("GET https://<address-3>/x 200 OK, 1 ms", f"GET https://a.example/{'y' * 200} 200 OK, 1 ms")
    shown = counted(numbered(*texts), [OK])["ok"].shown
    assert [(piece.text, piece.kind) for piece in shown[0].pieces] == [("address 3", "masked"), ("/x", "")]
    assert "".join(piece.text for piece in shown[1].pieces) == f"a.example/{'y' * 79}…"


@pytest.mark.parametrize(
    "text",
    ["", "no request", "GET", "GET x 200 OK, 1 ms", "get /a OK, 1 ms", "GET /a Found, 1 ms", "ERROR /a OK, 1 ms"],
)
def test_a_line_that_is_no_request_of_the_form_counts_nothing(text: str) -> None:
    assert counted(numbered(text), [OK]) == {}


def test_hostile_lines_cost_little() -> None:
    lines = numbered(*(["GET " * 2_000, "GET " + "a/" * 4_000, "GET http:" + "/" * 8_000] * 5))
    began = time.process_time()
    counted(lines, [OK])
    assert time.process_time() - began < 1
