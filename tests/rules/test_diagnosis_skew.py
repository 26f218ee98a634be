"""Clocks of several files: told apart by the ids that they share."""

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.work.diagnosis.rules import bursts, skew
from tierline.work.diagnosis.rules.archives import Unpacking
from tierline.work.diagnosis.rules.reading import EvidenceReader
from tierline.work.diagnosis.rules.sentence import Sentence

IDS = [f"{number:04x}beef{number * 7919 % 65536:04x}" for number in range(1, 40)]


def marks(ids: list[str], ahead: int = 0) -> dict[int, int]:
    made = skew.Marks()
    for at, one in enumerate(ids):
        made.add(f"request {one} done", 1_000 + at * 10 + ahead)
    return made.seen


@settings(max_examples=40, deadline=None)
@given(
    ahead=st.integers(-90_000, 90_000),
    shared=st.integers(3, 30),
    noise=st.lists(st.integers(-9_999, 9_999), max_size=8),
)
def test_the_distance_of_two_clocks_is_found_whatever_else_they_share(
    ahead: int, shared: int, noise: list[int]
) -> None:
    one, other = marks(IDS[:shared], ahead), marks(IDS[:shared])
    for at, seconds in enumerate(noise[: shared // 3]):
        one[-at] = seconds * 31
        other[-at] = 0
    found = skew.apart(one, other)
    assert found is not None
    assert abs(found - ahead) <= skew.NEAR
    assert skew.apart(other, one) == -found or abs(found) <= skew.NEAR


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {}),
        (marks(IDS[:2]), marks(IDS[:2])),
        (marks(IDS[:9]), marks(IDS[20:29])),
        ({at: at * 100 for at in range(9)}, {at: at * 377 for at in range(9)}),
    ],
)
def test_too_few_or_unequal_ids_say_nothing(one: dict[int, int], other: dict[int, int]) -> None:
    assert skew.apart(one, other) is None


def test_a_third_file_is_reached_over_the_second() -> None:
    first, second, third = marks(IDS[:8]), marks(IDS[4:14], 40 + 424), marks(IDS[10:20], 100 - 600)
    assert skew.apart(third, first) is None
    assert skew.against_first([first, third, second]) == [0, -600, 424]
    assert skew.against_first([]) == []
    assert skew.against_first([first, marks(IDS[30:])]) == [0, 0]


def test_what_is_kept_of_a_file_is_bounded_and_the_same_in_two_files() -> None:
    every = [f"{number:06x}ab{number % 97:02d}" for number in range(5_000)]
    one, other = marks(every), marks(list(reversed(every)))
    assert len(one) == skew.KEPT
    assert one.keys() == other.keys()


@pytest.mark.parametrize(
    ("message", "counted"),
    [
        ("session 9f31bb02ce up", 1),
        ("request 123e4567-e89b-12d3-a456-426614174000 done", 1),
        ("seq 482110 last 48275", 1),
        ("deadbeef facade", 0),
        ("v1.2.3 at 10.20.30.40:8080 in 12 ms", 0),
        ("<token-3> of <email-1>", 0),
    ],
)
def test_ids_are_long_and_hold_figures(message: str, counted: int) -> None:
    found = skew.Marks()
    found.add(message, 5)
    assert len(found.seen) == counted


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(424, "+7 min 04 s"), (420, "+7 min"), (-30, "-30 s"), (3_600, "+1 h"), (-5_400, "-1 h 30 min")],
)
def test_a_distance_in_words(seconds: int, said: str) -> None:
    assert skew.words(seconds) == said
    sentence = Sentence(
        started=0, ended=600, lines=9, templates=3, new=3, compared=True, bursts=1, traces=0, masked={}, clock=seconds
    )
    assert str(sentence) == f"00:00-00:10: 3 new templates, one burst, clock {said}; nothing to mask."


def test_tallies_are_joined_by_one_clock() -> None:
    one, other = bursts.Tally(), bursts.Tally(step=10)
    for second in (100, 101, 130):
        one.add(second, error=second == 130)
    other.add(520, error=True)
    whole = bursts.joined([(one, 0), (other, 420)])
    assert (whole.step, whole.lines, whole.errors) == (10, {100: 3, 130: 1}, {130: 1, 100: 1})
    assert bursts.joined([]).lines == {}


def log(ahead: int, name: str) -> str:
    minutes = [divmod(at * 20 + ahead, 60) for at in range(12)]
    return "".join(
        f"2026-11-23 10:{minute:02d}:{second:02d} INFO {name} request {IDS[at]} seen\n"
        for at, (minute, second) in enumerate(minutes)
    )


def test_files_of_one_archive_are_read_by_one_clock() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("gateway.log", log(0, "gateway"))
        archive.writestr("client.log", log(424, "client"))
        archive.writestr("notes.txt", "no clock here\n")
    packed.seek(0)
    reading = EvidenceReader(io.BytesIO()).read(packed, "bundle.zip", Unpacking())
    assert [(one["name"], one["first"], one["skew"]) for one in reading.files] == [
        ("gateway.log", 1, 0),
        ("client.log", 13, 424),
    ]
    assert reading.ended is not None
    assert reading.started is not None
    assert reading.ended - reading.started == 220, "both files by the clock of the first"
    assert max(one["lines"] for one in reading.buckets) >= 2
