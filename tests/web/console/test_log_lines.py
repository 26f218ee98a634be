"""The lines of a log as the page prints them: hits, frames, clocks and folds. No database."""

import pytest

from tierline.doors.web.console.pages.evidence import beside_hit
from tierline.doors.web.console.pages.log_lines import LogLine, log_lines, pieces
from tierline.work.diagnosis.queries import Line

USUAL = "2026-11-20 08:28:{:02d},120 INFO [dns] resolved files in {} ms"
HIT = "2026-11-20 08:28:40,120 WARN [tunneld] session ab12: rekey window exceeded after 600 s"
FORM = "session <*>: rekey window exceeded after <*> s"


def made(
    *texts: str, differing: tuple[str, ...] = (FORM,), firsts: tuple[int, ...] = (), folds: bool = True
) -> list[LogLine]:
    lines = [Line(number, text) for number, text in enumerate(texts, 1)]
    return log_lines(lines, differing=differing, firsts=set(firsts), folds=folds)


def marks(*texts: str, **how: tuple[str, ...]) -> list[str]:
    return [line.mark for line in made(*texts, **how)]


def test_a_line_is_its_clock_and_what_follows() -> None:
    (line,) = made("2026-11-20 08:28:40,120 INFO [auth] signing in <person-1>")
    assert (line.time, line.stamp) == ("08:28:40", "2026-11-20 08:28:40,120")
    assert [(piece.text, piece.kind) for piece in line.pieces] == [
        ("INFO [auth] signing in ", ""),
        ("person 1", "masked"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "no clock at all",
        "<34>1 2026-11-20T08:28:40Z gw tunneld - up",
        '{"ts": 1795168728, "msg": "up"}',
        "",
        "2026-11-20 08:28:40",
        "12:00 is no stamp",
    ],
)
def test_a_line_whose_stamp_is_not_at_its_beginning_stays_whole(text: str) -> None:
    (line,) = made(text)
    assert line.time == ""
    assert "".join(piece.text for piece in line.pieces) == text


FITS = {
    "its words in their order": (FORM, HIT, True),
    "in capitals": (FORM, HIT.replace("session", "SESSION"), True),
    "more behind it": (FORM, f"{HIT} and more", False),
    "something before it": (FORM, HIT.replace("session", "lost session"), False),
    "a part is missing": (FORM, HIT.replace("window ", ""), False),
    "values at both ends": ("<*> of <*>", "2026-11-20 08:28:40 INFO 17 of 20", True),
    "only a value": ("<*>", HIT, False),
}


@pytest.mark.parametrize("case", FITS)
def test_a_hit_is_a_line_of_a_form_that_differs(case: str) -> None:
    form, text, fits = FITS[case]
    assert marks(text, differing=(form,)) == ["hit" if fits else ""]


def test_what_a_form_came_first_in_is_a_hit_whatever_it_says() -> None:
    assert [line.mark for line in made("a", "b", "c", firsts=(2,))] == ["", "hit", ""]


def test_an_error_is_told_apart_from_a_hit() -> None:
    assert marks("2026-11-20 08:28:40 ERROR [a] lost", "2026-11-20 08:28:40 INFO [a] ERROR is a word") == ["err", ""]


TRACES = {
    "JavaScript": (
        "2026-11-20 08:28:40 ERROR [a] unhandled",
        "ReplayError: behind the window",
        "    at Rekey.verify (/opt/rekey.js:212:11)",
        "    at listOnTimeout (node:internal/timers:573:17)",
        "2026-11-20 08:28:41 INFO [a] next",
    ),
    "Java": (
        "2026-11-20 08:28:40 ERROR [a] unhandled",
        "java.lang.IllegalStateException: closed",
        "\tat com.nordlicht.Ledger.post(Ledger.java:88)",
        "\tat java.lang.Thread.run(Thread.java:840)",
        "2026-11-20 08:28:41 INFO [a] next",
    ),
}


@pytest.mark.parametrize("language", TRACES)
def test_frames_of_a_runtime_are_told_from_the_own_ones(language: str) -> None:
    assert marks(*TRACES[language]) == ["err", "own", "own", "lib", ""]


def test_a_trace_with_code_between_its_frames_is_one() -> None:
    text = (
        'Traceback (most recent call last):\n  File "/opt/a.py", line 8, in main\n    write()\nIndexError: out of range'
    )
    assert marks(*text.split("\n"), "2026-11-20 08:28:41 INFO [a] next", "  indented") == ["own"] * 4 + ["", ""]


def test_a_long_run_as_usual_between_two_hits_is_folded_around_its_context() -> None:
    usual = [USUAL.format(n, n) for n in range(20)]
    lines = made(HIT, *usual, HIT)
    folded = [line.number for line in lines if line.folded]
    assert folded == list(range(5, 19))
    assert [(line.number, line.fold) for line in lines if line.fold] == [(5, 14)]
    assert not any(line.folded for line in made(HIT, *usual, HIT, folds=False))


@pytest.mark.parametrize(
    "texts",
    [
        [HIT, *[USUAL.format(n, n) for n in range(11)], HIT],
        [*[USUAL.format(n, n) for n in range(40)], HIT],
        [HIT, *[USUAL.format(n, n) for n in range(40)]],
        [USUAL.format(n, n) for n in range(40)],
        [],
    ],
)
def test_short_runs_and_what_stands_at_the_ends_stay(texts: list[str]) -> None:
    assert not any(line.folded for line in made(*texts))


def test_a_line_that_is_too_long_says_that_it_was_cut() -> None:
    (line,) = made("x" * 5_000)
    assert line.cut
    assert sum(len(piece.text) for piece in line.pieces) == 600


def test_a_template_is_cut_at_its_slots() -> None:
    assert [(piece.text, piece.kind) for piece in pieces("sent <*> to <email-3>")] == [
        ("sent ", ""),
        ("…", "slot"),
        (" to ", ""),
        ("email 3", "masked"),
    ]


@pytest.mark.parametrize(
    ("told", "first", "beside"),
    [
        (set(), 1, (0, 0)),
        ({40}, 28, (0, 0)),
        ({5, 40, 200}, 28, (5, 200)),
        ({5, 6, 7, 40, 41, 42, 200, 201}, 28, (5, 200)),
        ({2, 3}, 1, (2, 0)),
    ],
)
def test_the_keys_go_from_one_place_with_hits_to_the_next(told: set[int], first: int, beside: tuple[int, int]) -> None:
    assert beside_hit(told, first) == beside
