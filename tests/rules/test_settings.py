"""Settings from the environment: what is wrong ends in a sentence that names the variable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import ImproperlyConfigured

from tierline.config import env

if TYPE_CHECKING:
    from pathlib import Path

GIVEN = {"S_BUCKET": "desk", "S_KEY": "k", "S_SECRET": "s"}


def storage(monkeypatch: pytest.MonkeyPatch, **given: str) -> dict[str, object] | None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return env.object_storage("S")


def test_no_bucket_is_no_object_storage(monkeypatch: pytest.MonkeyPatch) -> None:
    assert storage(monkeypatch, S_KEY="k", S_ENDPOINT="nonsense") is None


def test_what_is_not_said_has_a_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert storage(monkeypatch, **GIVEN) == {
        "bucket": "desk",
        "key": "k",
        "secret": "s",
        "endpoint": "",
        "region": "us-east-1",
        "prefix": "",
        "host_style": False,
        "cache": 10_000_000_000,
    }


def test_everything_said(monkeypatch: pytest.MonkeyPatch) -> None:
    more = {"S_ENDPOINT": "https://s3.example/", "S_REGION": "eu-1", "S_PREFIX": "/a/b/", "S_CACHE": "0"}
    found = storage(monkeypatch, **GIVEN, **more, S_ADDRESSING="host")
    assert found is not None
    assert [found[one] for one in ("endpoint", "region", "prefix", "cache", "host_style")] == [
        "https://s3.example",
        "eu-1",
        "a/b/",
        0,
        True,
    ]


def test_secrets_come_from_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "s").write_text(" a b\n")
    found = storage(monkeypatch, S_BUCKET="b", S_KEY="k", S_SECRET_FILE=str(tmp_path / "s"))
    assert found is not None
    assert found["secret"] == " a b"


WRONG = [
    ({"S_SECRET": ""}, "S_SECRET_FILE"),
    ({"S_KEY": ""}, "S_KEY"),
    ({"S_ENDPOINT": "s3.example"}, "S_ENDPOINT"),
    ({"S_ADDRESSING": "virtual"}, "S_ADDRESSING"),
    ({"S_CACHE": "10G"}, "S_CACHE"),
    ({"S_CACHE": "-1"}, "S_CACHE"),
    ({"S_SECRET_FILE": "/nonexistent/secret"}, "S_SECRET_FILE names /nonexistent/secret"),
]


@pytest.mark.parametrize(("changed", "named"), WRONG)
def test_a_wrong_one_is_named(monkeypatch: pytest.MonkeyPatch, changed: dict[str, str], named: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=named) as refused:
        storage(monkeypatch, **{**GIVEN, **changed})
    assert "'s'" not in str(refused.value)
