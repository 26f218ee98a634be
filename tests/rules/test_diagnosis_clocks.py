"""Clocks of files: told apart by what the files share, and read where their stamps leave something open."""

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tierline.work.diagnosis.rules import placing, skew
from tierline.work.diagnosis.rules.archives import Unpacking
from tierline.work.diagnosis.rules.clocks import Moments, moment, stamp_of
from tierline.work.diagnosis.rules.headers import read_header
from tierline.work.diagnosis.rules.reading import EvidenceReader, Reading

BEGAN = datetime(2026, 11, 23, 10, 4, 2, tzinfo=UTC)
CAME = int(BEGAN.timestamp()) + 7200
IDS = [f"{number:04x}beef{number * 7919 % 65536:04x}" for number in range(1, 60)]
Write = Callable[[datetime], str]


def iso(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} INFO "


def zoned(hours: float) -> Write:
    sign, left = ("+" if hours >= 0 else "-"), int(abs(hours) * 60)
    return lambda at: f"{at + timedelta(hours=hours):%Y-%m-%dT%H:%M:%S}{sign}{left // 60:02}:{left % 60:02} INFO "


def of_day(at: datetime) -> str:
    return f"{at:%H:%M:%S} [main] INFO "


def log(
    ids: list[str], *, write: Write = iso, ahead: float = 0, drift: float = 0, began: datetime = BEGAN, jump: float = 0
) -> str:
    """A request each 20 seconds, by a clock that is `ahead`, drifts, and jumps in the middle (all in seconds)."""
    lines = []
    for at, one in enumerate(ids):
        away = ahead + at * 20 * drift + (jump if at >= len(ids) // 2 else 0)
        lines.append(f"{write(began + timedelta(seconds=at * 20 + away))}request {one} done\n")
    return "".join(lines)


def read(*texts: str, until: int | None = CAME) -> Reading:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number, text in enumerate(texts):
            archive.writestr(f"{number}.log", text)
    packed.seek(0)
    return EvidenceReader(io.BytesIO(), until=until).read(packed, "bundle.zip", Unpacking())


HOUR = 3600
CASES = {
    "the same requests at the same moments": (log(IDS[:20]), log(IDS[:20]), 0),
    "the same lines in both files": (log(IDS[:20]), log(IDS[5:15], began=BEGAN + timedelta(seconds=100)), 0),
    "the gateway seven minutes ahead": (log(IDS[:20]), log(IDS[:20], ahead=420), 420),
    "seven minutes behind, half of the requests": (log(IDS[:20]), log(IDS[5:25], ahead=-420 + 100), -420),
    "a second apart is nothing": (log(IDS[:20]), log(IDS[:20], ahead=1), 0),
    "another zone that is not written": (log(IDS[:20]), log(IDS[:20], ahead=HOUR), HOUR),
    "half an hour of zone that is not written": (log(IDS[:20]), log(IDS[:20], ahead=5.5 * HOUR), 19_800),
    "zones that are written, whole hours": (log(IDS[:20], write=zoned(0)), log(IDS[:20], write=zoned(-8)), 0),
    "zones that are written, half hours": (log(IDS[:20], write=zoned(2)), log(IDS[:20], write=zoned(5.5)), 0),
    "a written zone and a wrong clock": (log(IDS[:20], write=zoned(1)), log(IDS[:20], write=zoned(2), ahead=90), 90),
    "summer time ends in the file, with zones": (
        log(IDS[:10]) + log(IDS[10:20], began=BEGAN + timedelta(seconds=200)),
        log(IDS[:10], write=zoned(2)) + log(IDS[10:20], write=zoned(1), began=BEGAN + timedelta(seconds=200)),
        0,
    ),
    "a clock that drifts a little": (log(IDS[:40]), log(IDS[:40], ahead=420, drift=0.0015), 421),
    "a clock that drifts a lot": (log(IDS[:40]), log(IDS[:40], drift=0.2), 0),
    "a clock that was set in between": (log(IDS[:40]), log(IDS[:40], jump=HOUR), 0),
    "no request in both": (log(IDS[:20]), log(IDS[30:50], ahead=420), 0),
    "only two requests in both": (log(IDS[:20]), log(IDS[18:40], ahead=420), 0),
    "no stretch in both, the same banner": (
        "".join(f"{iso(BEGAN)}build {one}\n" for one in IDS[:4]) + log(IDS[10:20]),
        "".join(f"{iso(BEGAN - timedelta(days=3))}build {one}\n" for one in IDS[:4]) + log(IDS[30:40]),
        0,
    ),
    "one without dates, by the same clock": (log(IDS[:20]), log(IDS[:20], write=of_day), 0),
    "one without dates, seven minutes ahead": (log(IDS[:20]), log(IDS[:20], write=of_day, ahead=420), 420),
    "one without dates comes first": (log(IDS[:20], write=of_day), log(IDS[:20], ahead=420), 420),
    "one without dates over midnight": (
        log(IDS[:20], began=BEGAN.replace(hour=23, minute=57)),
        log(IDS[:20], write=of_day, began=BEGAN.replace(hour=23, minute=57), ahead=-60),
        -60,
    ),
}


@pytest.mark.parametrize("name", list(CASES))
def test_what_two_files_of_a_bundle_say_of_their_clocks(name: str) -> None:
    one, other, ahead = CASES[name]
    found = read(one, other)
    assert [abs(file["skew"] - told) <= 1 for file, told in zip(found.files, (0, ahead), strict=True)] == [True, True]


@pytest.mark.parametrize("name", [name for name in CASES if "dates" in name])
@pytest.mark.parametrize("until", [CAME, CAME + 30 * 86_400, None])
def test_a_file_without_dates_stands_beside_those_that_have_them(name: str, until: int | None) -> None:
    one, other, ahead = CASES[name]
    found = read(one, other, until=until)
    assert found.started is not None
    assert found.ended is not None
    assert found.ended - found.started <= 1200
    assert found.files[1]["skew"] == ahead
    assert sum(bucket["lines"] for bucket in found.buckets) == 40


def test_a_file_without_dates_and_without_shared_requests_is_of_the_same_day() -> None:
    found = read(log(IDS[:9]), log(IDS[20:29], write=of_day, ahead=600))
    assert [file["skew"] for file in found.files] == [0, 0]
    assert found.files[1]["started"] == int(BEGAN.timestamp()) + 600


@pytest.mark.parametrize(
    ("seconds", "left"), [(0, 0), (420, 420), (86_400 + 420, 420), (-86_400 * 3 - 60, -60), (43_000, 43_000)]
)
def test_whole_days_are_nothing_to_a_clock_without_dates(seconds: int, left: int) -> None:
    assert placing.of_day(seconds) == left


# --- within one file ---


def moments(lines: list[str], *, year: int = 1970, until: str | None = None) -> list[str]:
    came = None if until is None else int(datetime.fromisoformat(f"{until}+00:00").timestamp())
    reader, found = Moments(year, came), []
    for line in lines:
        header = read_header(line)
        second = reader.of(stamp_of(header.kind, header.stamp, header.at), line)
        found.append("" if second is None else f"{datetime.fromtimestamp(second, UTC):%Y-%m-%d %H:%M}")
    return found


OPEN = {
    "New Year without years": (
        ["Dec 31 23:59:58 h a: x", "Jan  1 00:00:01 h a: x"],
        "2027-01-09",
        ["2026-12-31 23:59", "2027-01-01 00:00"],
    ),
    "rotated files in the wrong order over New Year": (
        ["Jan  1 00:00:01 h a: x", "Dec 31 23:59:58 h a: x", "Jan  2 08:00:00 h a: x"],
        "2027-01-09",
        ["2027-01-01 00:00", "2026-12-31 23:59", "2027-01-02 08:00"],
    ),
    "no year, before today": (["Nov 23 10:04:02 h a: x"], "2026-11-24", ["2026-11-23 10:04"]),
    "no year, later than today": (["Nov 25 10:04:02 h a: x"], "2026-11-23", ["2025-11-25 10:04"]),
    "no year, a zone ahead of ours": (["Nov 24 00:04:02 h a: x"], "2026-11-23", ["2026-11-24 00:04"]),
    "a device that starts without a clock": (
        ["01-01 00:00:09.000  1  2 I Tag: x", "11-23 10:04:02.118  1  2 I Tag: x"],
        "2026-11-24",
        ["2026-01-01 00:00", "2026-11-23 10:04"],
    ),
    "New Year in letters and figures": (
        ["I1231 23:59:58.000001  1 a.go:1] x", "I0101 00:00:01.000001  1 a.go:1] x"],
        "2027-01-09",
        ["2026-12-31 23:59", "2027-01-01 00:00"],
    ),
    "month first, told by nothing but the days": (
        ["11/05/2026 23:59:58 x", "11/06/2026 00:00:01 x", "11/13/2026 00:00:01 x"],
        "2026-11-14",
        ["2026-11-05 23:59", "2026-11-06 00:00", "2026-11-13 00:00"],
    ),
    "day first": (
        ["05/11/2026 23:59:58 x", "06/11/2026 00:00:01 x", "13/11/2026 00:00:01 x"],
        "2026-11-14",
        ["2026-11-05 23:59", "2026-11-06 00:00", "2026-11-13 00:00"],
    ),
    "over midnight without dates": (
        ["23:59:58.118 a", "00:00:01.118 a", "00:00:00.118 a"],
        "2026-11-24T09:00",
        ["2026-11-23 23:59", "2026-11-24 00:00", "2026-11-24 00:00"],
    ),
    "a clock of the day behind a full stamp": (
        ["2026-11-23 22:00:00 opened", "23:59:58.118 a", "00:00:01.118 a"],
        None,
        ["2026-11-23 22:00", "2026-11-23 23:59", "2026-11-24 00:00"],
    ),
    "a clock set back": (
        ["2026-11-23 10:04:02 x", "2026-11-23 09:50:00 x", "2026-11-23 09:50:01 x"],
        None,
        ["2026-11-23 10:04", "2026-11-23 09:50", "2026-11-23 09:50"],
    ),
    "summer time ends, without zones": (
        ["2026-10-25 02:59:59 x", "2026-10-25 02:00:00 x"],
        None,
        ["2026-10-25 02:59", "2026-10-25 02:00"],
    ),
    "summer time begins, with zones": (
        ["2026-03-29T01:59:59+01:00 x", "2026-03-29T03:00:00+02:00 x"],
        None,
        ["2026-03-29 00:59", "2026-03-29 01:00"],
    ),
    "noon and midnight in two halves": (
        ["11/23/2026 12:00:00 AM x", "11/23/2026 11:59:59 AM x", "11/23/2026 12:00:00 PM x", "11/23/2026 1:00:00 PM x"],
        "2026-11-24",
        ["2026-11-23 00:00", "2026-11-23 11:59", "2026-11-23 12:00", "2026-11-23 13:00"],
    ),
    "an hour that is none in two halves": (["11/23/2026 13:00:00 PM x"], None, [""]),
}


@pytest.mark.parametrize("name", list(OPEN))
def test_what_a_stamp_leaves_open_follows_from_its_neighbours(name: str) -> None:
    lines, until, expected = OPEN[name]
    assert moments(lines, until=until) == expected


def test_a_log_that_runs_into_the_future_is_of_the_years_before() -> None:
    days = [datetime(2025, 10, 5, tzinfo=UTC) + timedelta(days=5 * at) for at in range(30)]
    text = "".join(f"{day:%b} {day.day:2} 10:00:00 host app: alive\n" for day in days)
    found = read(text, until=int(datetime(2026, 11, 23, tzinfo=UTC).timestamp()))
    assert (found.started, found.ended) == tuple(int(day.timestamp()) + 36_000 for day in (days[0], days[-1]))


@pytest.mark.parametrize(
    ("zone", "hour"),
    [("CET", 9), ("CEST", 8), ("EST", 15), ("PDT", 17), ("UTC", 10), ("GMT", 10), ("JST", 1), ("+03", 7)],
)
def test_zones_by_name(zone: str, hour: int) -> None:
    gap = "" if zone.startswith("+") else " "
    assert moment("iso", f"2026-11-23 10:04:02{gap}{zone}") == int(BEGAN.replace(hour=hour).timestamp())


def test_ids_that_all_came_at_one_moment_are_no_proof() -> None:
    assert skew.apart(dict.fromkeys(range(9), 1_000), dict.fromkeys(range(9), 70)) is None
    assert skew.apart({1: 100, 2: 100, 3: 110}, {1: 0, 2: 0, 3: 10}) == 100
