"""`tierline files`, on a real object storage."""

from __future__ import annotations

import argparse
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.support.object_storage import ObjectStorage, object_storage
from tierline.core.kernel import storage
from tierline.core.kernel.storage.files import path_of
from tierline.doors.cli import desk as cli_desk
from tierline.doors.cli import files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_django import Settings

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStorage]:
    with object_storage(tmp_path_factory.mktemp("s3")) as running:
        yield running


@pytest.fixture
def house(server: ObjectStorage, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ObjectStorage:
    """The command works on the test's own database, which is open already."""

    @contextmanager
    def opened(_data: Path | None) -> Iterator[None]:
        yield

    monkeypatch.setattr(cli_desk, "opened", opened)
    server.prefix = f"{tmp_path.name}/"
    settings.TIERLINE_DATA, settings.TIERLINE_S3 = tmp_path, server.settings()
    return server


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    files.add_parser(parser.add_subparsers())
    args = parser.parse_args(["files", *words])
    return int(args.run(args))


def large(seed: int) -> str:
    return storage.put(bytes([seed]) * (storage.INLINE_LIMIT + 1)).sha256


def test_carried_counted_and_brought_back(house: ObjectStorage, capsys: pytest.CaptureFixture[str]) -> None:
    kept = [large(1), large(2)]
    assert run("carry") == 0
    assert "2 carried, 0 waiting, 0 failed" in capsys.readouterr().out
    path_of(kept[0]).unlink()

    assert run("state", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["files"], told["here"], told["carried"], told["waiting"]) == (2, 1, 2, 0)
    assert run("bring-back", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"fetched": 1}
    assert path_of(kept[0]).is_file()


def test_what_fails_is_told_and_is_an_exit_code(
    house: ObjectStorage, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.TIERLINE_S3 = house.settings(bucket="nowhere")
    large(3)
    assert run("carry") == 1
    assert "1 failed: There is no bucket nowhere." in capsys.readouterr().out
    assert run("test") == 1
    assert capsys.readouterr().out.startswith("bad      write There is no bucket nowhere.")


def test_the_test_of_one_that_works(house: ObjectStorage, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("test", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["good"]
    assert [step["name"] for step in told["steps"]] == ["write", "read", "delete"]


def test_without_an_object_storage(
    house: ObjectStorage, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.TIERLINE_S3 = None
    large(4)
    assert run("state") == 0
    assert "no object storage (TIERLINE_S3_BUCKET)" in capsys.readouterr().out
    assert run("carry") == 0
    assert run("test") == 1
