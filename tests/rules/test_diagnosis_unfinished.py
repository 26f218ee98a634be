"""Work that is done ahead in another process, and what a reading that is not over shows."""

import io
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tierline.work.diagnosis.rules import unfinished, worker
from tierline.work.diagnosis.rules.ahead import Stopped, ahead
from tierline.work.diagnosis.rules.archives import Limits, Unpacking
from tierline.work.diagnosis.rules.built_in import BUILT_IN
from tierline.work.diagnosis.rules.reading import EvidenceReader
from tierline.work.diagnosis.rules.redact import Names
from tierline.work.diagnosis.rules.unfinished import Progress, Teller


def guard(work: Callable[[], None]) -> int:
    try:
        work()
    except MemoryError:
        return 3
    except ValueError:
        return 4
    return 0


def failing(after: int, with_: BaseException) -> Iterator[int]:
    yield from range(after)
    raise with_


class TestAhead:
    def test_items_come_as_they_are_and_in_order(self) -> None:
        items = [("größer \ud83d", 1, None), ["a", {"b": 2}], b"\x00", "x" * 5_000_000, ()]
        assert list(ahead(lambda: iter(items), guard)) == items

    def test_it_is_another_process(self) -> None:
        [other] = ahead(lambda: iter([os.getpid()]), guard)
        assert other != os.getpid()

    @pytest.mark.parametrize(("error", "status"), [(MemoryError(), 3), (ValueError("x"), 4)])
    def test_what_goes_wrong_there_is_told_here(self, error: Exception, status: int) -> None:
        got: list[int] = []
        with pytest.raises(Stopped) as stopped:
            got.extend(ahead(lambda: failing(3, error), guard))
        assert stopped.value.status == status

    def test_a_signal_is_told_as_well(self) -> None:
        def killed() -> Iterator[int]:
            yield 1
            os.kill(os.getpid(), signal.SIGKILL)

        with pytest.raises(Stopped) as stopped:
            list(ahead(killed, guard))
        assert stopped.value.status == -signal.SIGKILL

    def test_who_stops_asking_ends_it(self) -> None:
        items = ahead(lambda: iter(os.getpid, 0), guard)
        other = next(items)
        items.close()  # type: ignore[attr-defined]  # a generator
        with pytest.raises(ProcessLookupError):
            os.kill(other, 0)


LOG = "".join(
    f"2026-11-23 10:{at // 60 % 60:02}:{at % 60:02} INFO from 203.0.113.{at % 200} step {at}\n" for at in range(9_000)
)


DETECTORS = [{"at": f"{one.__module__}:{one.__qualname__}", "key": one.key, "package": ""} for one in BUILT_IN]


def task(folder: Path, **more: Any) -> dict[str, Any]:
    names = {name: str(folder / name) for name in ("source", "target", "report")}
    (folder / "source").write_text(LOG, encoding="ascii")
    who = {"people": [], "companies": [], "names": Names().to_json(), "names_key": "00" * 16}
    plain = {"name": "a.log", "products": [], "year": 2026, "unpacked_bytes": 10**8, "detectors": DETECTORS, "path": []}
    return {**names, **plain, **who, **more}


def test_two_processes_say_what_one_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = []
    for least in (10**9, 1):
        monkeypatch.setattr(worker, "_TWO_PROCESSES_FROM", least)
        report = json.loads(worker._read(task(tmp_path)))
        told.append((report, (tmp_path / "target").read_text()))
    assert told[0] == told[1]
    assert told[0][0]["lines"] == 9_000
    assert "203.0.113" not in told[0][1]


def test_the_end_of_the_other_process_is_the_end_of_this_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_TWO_PROCESSES_FROM", 1)
    for status, end in ((3, "memory"), (-signal.SIGXCPU, "time"), (4, "broken")):

        def stopped(*_: object, status: int = status) -> Iterator[Any]:
            yield from failing(0, Stopped(status))

        def read() -> None:
            worker._read(task(tmp_path))

        monkeypatch.setattr(worker, "ahead", stopped)
        assert worker._ENDS.get(worker._guarded(read), "broken") == end


class Watched:
    """A reading that is looked at whenever it says how far it is."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.seen: list[Progress] = []
        monkeypatch.setattr(unfinished, "_PAUSE", 0.0)

    def read(self, data: bytes, look: Callable[[Progress], None]) -> None:
        teller = Teller(self.folder, len(data))
        told = teller.tell

        def tell(**known: Any) -> None:
            told(**known)
            progress = unfinished.progress_in(self.folder)
            assert progress is not None
            look(progress)
            self.seen.append(progress)

        teller_like: Any = type("Like", (), {"tell": staticmethod(tell)})()
        with (self.folder / unfinished.TEXT).open("wb") as out:
            EvidenceReader(out, year=2026, teller=teller_like).read(
                io.BytesIO(data), "a.log", Unpacking(Limits(total=10**8))
            )


def test_what_can_be_read_before_the_end_is_what_can_be_read_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = (LOG * 5).encode()
    early: list[tuple[int, list[str]]] = []

    def look(progress: Progress) -> None:
        assert unfinished.lines_in(tmp_path, progress.lines + 1, 10) == []
        start = max(1, progress.lines - 30)
        early.append((start, unfinished.lines_in(tmp_path, start, 500)))
        found = unfinished.findings_in(tmp_path)
        assert found is not None
        assert found["masked"]["address"] <= progress.lines
        assert found["templates"][0]["text"] == "from <*> step <*>"

    watched = Watched(tmp_path, monkeypatch)
    watched.read(data, look)
    whole = (tmp_path / unfinished.TEXT).read_text().splitlines()
    assert len(watched.seen) > 2
    assert watched.seen[0].read < len(data)
    assert [one.lines for one in watched.seen] == sorted(one.lines for one in watched.seen)
    assert watched.seen[-1].share == 1
    assert watched.seen[-1].until is not None
    for start, lines in early:
        assert lines == whole[start - 1 : start - 1 + len(lines)]
        assert len(lines) == 31
        assert not any("203.0.113" in line for line in lines)


def test_before_the_first_word_and_after_the_end_there_is_nothing(tmp_path: Path) -> None:
    assert unfinished.progress_in(tmp_path) is None
    assert unfinished.findings_in(tmp_path / "gone") is None
    assert unfinished.lines_in(tmp_path, 1, 10) == []
    (tmp_path / unfinished.PROGRESS).write_text("{broken")
    assert unfinished.progress_in(tmp_path) is None
    (tmp_path / unfinished.PROGRESS).write_text('{"read": 1, "total": 2, "lines": 5, "until": null}')
    assert unfinished.progress_in(tmp_path) == Progress(1, 2, 5)
    assert unfinished.lines_in(tmp_path, 1, 10) == []  # done in the meantime: the text is gone


def test_findings_take_a_tenth_of_the_time_at_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unfinished, "_PAUSE", 0.0)
    teller, made = Teller(tmp_path, 100), []

    def slow() -> dict[str, Any]:
        time.sleep(0.02)
        made.append(1)
        return {}

    for at in range(5):
        teller.tell(read=at, lines=at, until=None, offsets=[0], findings=slow)
    assert len(made) == 1
    assert unfinished.progress_in(tmp_path) == Progress(4, 100, 4)
    assert (tmp_path / unfinished.INDEX).stat().st_size == 8


@pytest.mark.parametrize(("read", "total", "share"), [(0, 0, 0.0), (5, 10, 0.5), (12, 10, 1.0)])
def test_a_share_is_none_to_all(read: int, total: int, share: float) -> None:
    assert Progress(read, total).share == share
