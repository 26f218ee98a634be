"""`tierline token`: API tokens for whoever keeps the machine."""

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.desk import SmallDesk, small_desk
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.desk.people.errors import UnknownToken
from tierline.desk.people.models import ApiToken
from tierline.desk.people.operations import admit_by_token
from tierline.doors.cli import desk as cli_desk
from tierline.doors.cli import token

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> SmallDesk:
    """The command works on the test's own database, which is open already."""

    @contextmanager
    def opened(_data: Path | None) -> Iterator[None]:
        yield

    monkeypatch.setattr(cli_desk, "opened", opened)
    return small_desk()


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    token.add_parser(parser.add_subparsers())
    args = parser.parse_args(["token", *words])
    return int(args.run(args))


def printed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_token_is_made_and_its_secret_shown_once(house: SmallDesk, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("make", "Agent1@desk.example", "--name", "nightly report", "--days", "30") == 0
    (made,) = printed(capsys)
    actor, token_id = admit_by_token(secret=str(made["secret"]))
    assert (actor.person_id, token_id) == (house.agents[1].pk, made["id"])
    assert made["expires_at"] is not None
    assert run("list", "agent1@desk.example") == 0
    (listed,) = printed(capsys)
    assert (listed["name"], "secret" in listed, listed["revoked_at"]) == ("nightly report", False, None)
    assert listed["last_used_at"] is not None


def test_no_days_is_for_ever(house: SmallDesk, capsys: pytest.CaptureFixture[str]) -> None:
    run("make", "agent1@desk.example", "--days", "0")
    assert printed(capsys)[0]["expires_at"] is None


def test_a_token_is_revoked(house: SmallDesk, capsys: pytest.CaptureFixture[str]) -> None:
    run("make", "agent1@desk.example")
    (made,) = printed(capsys)
    assert run("revoke", str(made["id"])) == 0
    assert printed(capsys)[0]["revoked_at"] is not None
    with pytest.raises(UnknownToken):
        admit_by_token(secret=str(made["secret"]))


def test_what_is_not_there_is_told(house: SmallDesk) -> None:
    with pytest.raises(NotFound, match=r"Nobody here has the address ghost@desk\.example"):
        run("make", "ghost@desk.example")
    with pytest.raises(NotFound):
        run("revoke", "987654")
    with pytest.raises(Invalid):
        run("make", "agent1@desk.example", "--days", "-1")
    assert not ApiToken.objects.exists()
