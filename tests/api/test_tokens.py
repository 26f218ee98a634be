"""API tokens: made once, kept as a digest, and worth nothing once they ended."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.support.desk import SmallDesk
from tierline.core.kernel import clock
from tierline.core.kernel.errors import Invalid, NotFound, Refused
from tierline.desk.people import operations as people
from tierline.desk.people import queries
from tierline.desk.people.errors import UnknownToken
from tierline.desk.people.models import ApiToken
from tierline.desk.people.queries import actor_for
from tierline.desk.people.rules import TOKENS_EACH, token_digest

pytestmark = pytest.mark.django_db


def issue(desk: SmallDesk, tier: int = 1, **rest: object) -> tuple[ApiToken, str]:
    person = desk.agents[tier]
    return people.issue_token(actor=actor_for(person), person_id=person.pk, name="reports", **rest)  # type: ignore[arg-type]  # as given


def test_only_the_digest_of_a_token_is_kept(desk: SmallDesk) -> None:
    token, secret = issue(desk)
    row = ApiToken.objects.values().get(pk=token.pk)
    assert secret not in str(row)
    assert row["sha256"] == token_digest(secret)
    assert len(secret) >= 43  # 256 bits


def test_a_token_stands_for_its_person_in_two_statements(desk: SmallDesk) -> None:
    token, secret = issue(desk)
    with CaptureQueriesContext(connection) as statements:
        holder = queries.actor_by_token(secret, at=clock.now(), request_id="abc")
    assert len(statements) == 2
    assert holder is not None
    assert holder.token_id == token.pk
    assert holder.actor == actor_for(desk.agents[1], request_id="abc")


@pytest.mark.parametrize("secret", ["", "tierline_", "wrong", "x" * 5000, "\udcff", "\x00"])
def test_a_wrong_token_opens_nothing(desk: SmallDesk, secret: str) -> None:
    issue(desk)
    with pytest.raises(UnknownToken):
        people.admit_by_token(secret=secret)


def test_the_digest_is_no_token(desk: SmallDesk) -> None:
    token, _secret = issue(desk)
    with pytest.raises(UnknownToken):
        people.admit_by_token(secret=token.sha256)


def test_a_revoked_token_ends_at_once_and_ending_it_twice_is_fine(desk: SmallDesk) -> None:
    token, secret = issue(desk)
    people.admit_by_token(secret=secret)
    first = people.revoke_token(actor=desk.actor(1), token_id=token.pk)
    again = people.revoke_token(actor=desk.actor(1), token_id=token.pk)
    assert first.revoked_at == again.revoked_at
    with pytest.raises(UnknownToken):
        people.admit_by_token(secret=secret)


def test_a_token_ends_on_its_day(desk: SmallDesk) -> None:
    token, secret = issue(desk, days=30)
    assert token.expires_at is not None
    with clock.at(token.expires_at - timedelta(seconds=1)):
        people.admit_by_token(secret=secret)
    with clock.at(token.expires_at), pytest.raises(UnknownToken):
        people.admit_by_token(secret=secret)


def test_a_token_without_an_end_lasts(desk: SmallDesk) -> None:
    _token, secret = issue(desk, days=None)
    with clock.at(clock.now() + timedelta(days=20_000)):
        actor, _ = people.admit_by_token(secret=secret)
    assert actor.person_id == desk.agents[1].pk


def test_who_may_not_come_in_may_not_with_a_token(desk: SmallDesk) -> None:
    _token, secret = issue(desk)
    people.set_active(actor=actor_for(desk.administrator), person_id=desk.agents[1].pk, active=False)
    with pytest.raises(UnknownToken):
        people.admit_by_token(secret=secret)


def test_the_use_of_a_token_is_noted_once_an_hour(desk: SmallDesk) -> None:
    token, secret = issue(desk)
    start = clock.now()
    seen = []
    for minutes in (0, 30, 59, 60, 61):
        with clock.at(start + timedelta(minutes=minutes)):
            people.admit_by_token(secret=secret)
        token.refresh_from_db()
        seen.append(token.last_used_at)
    assert seen == [start, start, start, start + timedelta(hours=1), start + timedelta(hours=1)]


def test_nobody_makes_or_ends_the_tokens_of_others_but_who_sets_up_the_desk(desk: SmallDesk) -> None:
    token, _secret = issue(desk, tier=2)
    other = desk.actor(1)
    with pytest.raises(NotFound):
        people.issue_token(actor=other, person_id=desk.agents[2].pk, name="theirs")
    with pytest.raises(NotFound):
        people.revoke_token(actor=other, token_id=token.pk)
    with pytest.raises(NotFound):
        queries.tokens_of(other, desk.agents[2].pk)
    admin = actor_for(desk.administrator)
    people.issue_token(actor=admin, person_id=desk.agents[2].pk, name="an integration")
    people.revoke_token(actor=admin, token_id=token.pk)
    assert [one.name for one in queries.tokens_of(admin, desk.agents[2].pk)] == ["an integration", "reports"]


def test_a_token_that_is_not_there_cannot_be_ended(desk: SmallDesk) -> None:
    with pytest.raises(NotFound):
        people.revoke_token(actor=actor_for(desk.administrator), token_id=987654)
    with pytest.raises(NotFound):
        people.issue_token(actor=actor_for(desk.administrator), person_id=987654, name="nobody's")


@pytest.mark.parametrize(("name", "days", "field"), [(" \n", 30, "name"), ("x", 0, "days"), ("x", 99_999, "days")])
def test_a_token_needs_a_name_and_a_life(desk: SmallDesk, name: str, days: int, field: str) -> None:
    person = desk.agents[1]
    with pytest.raises(Invalid) as refused:
        people.issue_token(actor=actor_for(person), person_id=person.pk, name=name, days=days)
    assert set(refused.value.fields) == {field}


def test_a_person_has_so_many_tokens_and_no_more(desk: SmallDesk) -> None:
    tokens = [issue(desk)[0] for _ in range(TOKENS_EACH)]
    with pytest.raises(Refused, match="Revoke one"):
        issue(desk)
    people.revoke_token(actor=desk.actor(1), token_id=tokens[0].pk)
    issue(desk)
