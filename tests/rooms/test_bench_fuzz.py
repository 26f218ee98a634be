"""Damaged mail, a few hundred here (the benchmark plays as many as wanted): none lost, no exception, all add up."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from bench import fuzz
from tierline.desk.people.models import Desk
from tierline.work.intake.models import InboundMessage

SHARED = Path(os.environ.get("TIERLINE_SHARED", Path(__file__).resolve().parents[3] / "shared"))


@pytest.mark.django_db
@pytest.mark.parametrize("real", [False, True])
def test_nothing_is_lost_and_nothing_raises(*, real: bool) -> None:
    folders = [folder for folder in (SHARED / "data").glob("mail-bounce-*") if real]
    if real and not folders:
        pytest.skip(f"the public mail collections are not in {SHARED}")
    Desk.objects.create(key="it", name="IT", kind="it")

    found = fuzz.receive_damaged(fuzz.seeds_from(folders), 120, seed=7)

    assert (found["lost"], found["exceptions"], found["slow"], found["first_exceptions"]) == (0, 0, 0, [])
    assert sum(found["outcomes"].values()) == 120
    assert InboundMessage.objects.count() == found["distinct"]
    assert {"ticket", "quarantined"} <= set(found["outcomes"])


def test_a_seed_can_be_played_again() -> None:
    def play(seed: int) -> list[bytes]:
        pick = random.Random(seed)
        return [fuzz.damaged(pick, fuzz.seeds_from([])) for _ in range(20)]

    assert play(3) == play(3) != play(4)
    assert all(len(one) <= 800_000 for one in play(5))


def test_too_large_and_empty_files_are_no_seeds(tmp_path: Path) -> None:
    (tmp_path / "empty.eml").write_bytes(b"")
    (tmp_path / "large.eml").write_bytes(b"x" * 300_000)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "good.eml").write_bytes(b"From: a@b\n\nx")

    assert fuzz.seeds_from([tmp_path])[-1] == b"From: a@b\n\nx"
    assert len(fuzz.seeds_from([tmp_path])) == len(fuzz.seeds_from([])) + 1
