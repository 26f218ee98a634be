"""The spool folder by itself: what is whole, in which order, how often it was tried, who attends to it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tierline.core.kernel import spool
from tierline.core.kernel.spool import END, Spool

NAMES = [f"{number:08x}-0000-4000-8000-000000000000" for number in range(6)]


@pytest.fixture
def box(tmp_path: Path) -> Spool:
    return Spool(tmp_path)


def leave(
    box: Spool, name: str, content: bytes = b"words", *, file: str = "", age: float = 0.0, end: bool = True
) -> Path:
    path = box.folder / (file or name)
    path.write_bytes(content + (END % name.encode() if end else b""))
    moment = time.time() - age
    os.utime(path, (moment, moment))
    return path


def test_the_folder_is_for_this_account_only(box: Spool) -> None:
    assert box.folder.stat().st_mode & 0o777 == 0o700


def test_looking_makes_nothing(tmp_path: Path) -> None:
    state = Spool(tmp_path, make=False).state()
    assert (state.waiting, state.since, state.attended, state.refused) == (0, None, False, ())
    assert list(tmp_path.iterdir()) == []


def test_files_come_in_the_order_they_were_left_and_those_tried_before_at_the_end(box: Spool) -> None:
    leave(box, NAMES[0], age=1)
    leave(box, NAMES[1], age=3)
    leave(box, NAMES[2], age=2)
    leave(box, NAMES[3], file=f"{NAMES[3]}.2", age=9)
    leave(box, NAMES[4], file=f"{NAMES[4]}.refused", age=0.5)
    assert [left.file for left in box.files()] == [
        NAMES[1], NAMES[2], NAMES[0], f"{NAMES[4]}.refused", f"{NAMES[3]}.2",
    ]  # fmt: skip


def test_what_is_none_of_ours_is_left_alone(box: Spool) -> None:
    (box.folder / "notes.txt").write_text("mine")
    (box.folder / NAMES[0]).mkdir()
    (box.folder / NAMES[1]).symlink_to("/etc/passwd")
    os.mkfifo(box.folder / NAMES[2])
    assert box.files() == []


@pytest.mark.parametrize(
    ("content", "whole"),
    [
        (b"words" + END % NAMES[0].encode(), True),
        (END % NAMES[0].encode(), True),
        (b"", False),
        (b"words", False),
        ((b"words" + END % NAMES[0].encode())[:-1], False),
        (b"words" + END % NAMES[1].encode(), False),
        (b"words" + END % NAMES[0].encode() + b"and more", False),
    ],
)
def test_a_file_is_whole_when_it_ends_with_its_own_name(box: Spool, content: bytes, whole: bool) -> None:
    (box.folder / NAMES[0]).write_bytes(content)
    (left,) = box.files()
    assert box.is_whole(left) is whole


def test_the_content_is_what_stands_before_the_end(box: Spool) -> None:
    content = b"\r\n\x00 end of words\n"
    leave(box, NAMES[0], content)
    (left,) = box.files()
    assert box.content(left) == content


def test_tries_are_counted_in_the_name(box: Spool) -> None:
    leave(box, NAMES[0])
    (left,) = box.files()
    tried = box.try_again(box.try_again(left))
    assert [one.name for one in box.folder.iterdir()] == [f"{NAMES[0]}.2"]
    assert box.is_whole(tried)
    assert box.give_back(box.give_back(tried)) == left
    assert (box.folder / NAMES[0]).exists()
    box.done(left)
    box.done(left)  # somebody else was faster
    assert box.files() == []
    assert not box.is_whole(left)


def test_one_at_a_time_attends(box: Spool, tmp_path: Path) -> None:
    other = Spool(tmp_path)
    assert box.attend()
    assert box.attend()
    assert not other.attend()
    assert other.state().attended
    box.leave()
    assert not other.state().attended
    assert other.attend()
    other.leave()


def test_the_state_tells_what_waits_and_what_cannot_be_taken(box: Spool) -> None:
    leave(box, NAMES[0], age=100)
    leave(box, NAMES[1], age=200, end=False)  # still being written
    leave(box, NAMES[2])
    leave(box, NAMES[3], file=f"{NAMES[3]}.refused")
    state = box.state()
    assert (state.waiting, state.refused) == (2, (f"{NAMES[3]}.refused",))
    assert state.since == pytest.approx(time.time() - 100, abs=5)
    assert state.is_stuck(time.time())
    assert not state.is_stuck(time.time() - 90)


def test_what_nobody_finished_goes_after_a_day(box: Spool) -> None:
    leave(box, NAMES[0], age=spool.FORGOTTEN_AFTER + 60, end=False)
    leave(box, NAMES[1], age=spool.FORGOTTEN_AFTER - 60, end=False)
    leave(box, NAMES[2], age=spool.FORGOTTEN_AFTER + 60)  # whole: it was promised
    leave(box, NAMES[3], file=f"{NAMES[3]}.refused", age=spool.FORGOTTEN_AFTER + 60, end=False)
    box.tidy()
    assert {left.name for left in box.files()} == set(NAMES[1:4])
