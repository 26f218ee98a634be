"""The insights about hand-overs: counts by tier pair that open what they count, reasons, gaps, overrides."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from tests.support.console import text_of
from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.ladder import QUESTION, accepted, ready_for_specialists
from tests.support.web_world import signed_in
from tierline.core.kernel import clock
from tierline.desk.people import operations as people
from tierline.desk.tickets.models import Ticket
from tierline.doors.web.reports.views.handovers import count_words, opening
from tierline.ladder.escalation import operations, queries
from tierline.ladder.escalation.errors import MissingItems
from tierline.ladder.escalation.models import Handover
from tierline.ladder.escalation.queries import PairCount

pytestmark = pytest.mark.django_db
PAGE = "/insights/handovers"


@dataclass
class Month:
    """One accepted, one bounced and asked again with a gap, one answered; one attempt that was stopped."""

    desk: SmallDesk
    bounced: Handover
    gap: Handover
    answered: Handover


@pytest.fixture(scope="module")
def month(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Month]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield lived()
        transaction.set_rollback(True)


def lived() -> Month:
    desk = small_desk()
    operations.ensure_default_contracts()
    now = clock.now()
    with clock.at(now - timedelta(days=3)):
        first, second, third = (ready_for_specialists(desk) for _ in range(3))
        accepted(desk, first)
        bounced, answered = asked(desk, second), asked(desk, third)
    with clock.at(now - timedelta(days=3) + timedelta(hours=2)):
        operations.bounce(
            actor=desk.actor(2), handover_id=bounced.pk, reason_code="wrong_group", reason="This is the network's"
        )
        operations.answer(actor=desk.actor(2), handover_id=answered.pk, text="Switch it off.")
        stopped = desk.owned(1, title="It hangs")
        with pytest.raises(MissingItems):
            asked(desk, stopped)
        missing = queries.contract_state(desk.actor(1), stopped.pk, 2, question=QUESTION).missing
        gap = asked(
            desk, stopped, overrides={item.key: "The plant stands still, nobody reaches it" for item in missing}
        )
    return Month(desk=desk, bounced=bounced, gap=gap, answered=answered)


def asked(desk: SmallDesk, ticket: Ticket, **more: Any) -> Handover:
    return operations.escalate(actor=desk.actor(1), ticket_id=ticket.pk, to_tier=2, question=QUESTION, **more)


@pytest.fixture
def lead(month: Month) -> Client:
    return signed_in(month.desk.lead)


def test_the_page_opens_with_its_conclusion(lead: Client) -> None:
    page = text_of(lead.get(PAGE))
    assert "4 questions went up a tier; of 3 decided, 1 needed no move at all and 1 came back." in page
    assert "33.3 % (6\N{EN DASH}79)" in page
    assert "2 h 00" in page


def test_every_count_opens_exactly_what_it_counts(lead: Client) -> None:
    page = lead.get(PAGE).content.decode()
    links = set(re.findall(r'<a href="(/insights/handovers\?[^"]+)">(\d+)</a>', page))
    assert len(links) >= 5
    for link, number in links:
        listed = lead.get(link.replace("&amp;", "&")).content.decode().split('id="behind-list"')[1]
        assert listed.count("/console/handovers/") == int(number), link


def test_reasons_and_gaps_stand_at_their_step(lead: Client, month: Month) -> None:
    page = text_of(lead.get(PAGE))
    assert "not our component 1 time" in page
    assert "Missing: " in page
    behind = text_of(lead.get(f"{PAGE}?from=1&to=2&what=bounced-wrong_group"))
    assert f"{month.bounced.reference}" in behind.split("Sent back: not our component")[1]


def test_an_override_is_reported_with_its_reason(lead: Client, month: Month) -> None:
    page = text_of(lead.get(PAGE))
    told = page.split("Gone up with something missing")[1]
    assert month.gap.reference in told
    assert "The plant stands still, nobody reaches it" in told
    assert month.bounced.reference not in told


def test_the_items_are_called_as_in_their_contract(month: Month) -> None:
    found = queries.missing_items(month.desk.leading, clock.now() - timedelta(days=9))
    state = queries.contract_state(month.desk.actor(1), month.gap.ticket_id, 2, question=QUESTION)
    assert {one.what for one in found} == {item.label for item in state.missing}
    assert {(one.from_tier, one.to_tier, one.count) for one in found} == {(1, 2, 1)}


def test_the_period_bounds_everything(lead: Client, month: Month) -> None:
    now, viewer = clock.now(), month.desk.leading
    for since, until in ((now, now + timedelta(days=1)), (now - timedelta(days=30), now - timedelta(days=20))):
        assert queries.counts_by_pair(viewer, since, until) == []
        assert queries.bounce_reasons(viewer, since, until) == []
        assert queries.missing_items(viewer, since, until) == []
        assert queries.overrides_since(viewer, since, until) == []


@pytest.mark.parametrize(
    "query", ["from=1&to=9&what=asked", "from=x&to=2&what=asked", "from=1&to=2&what=erased", "from=1"]
)
def test_an_address_that_names_nothing_opens_nothing(lead: Client, query: str) -> None:
    answer = lead.get(f"{PAGE}?{query}")
    assert answer.status_code == 200
    assert "behind-list" not in answer.content.decode()


def test_another_desk_s_hand_overs_are_not_counted(month: Month) -> None:
    hr = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
    Ticket.objects.filter(pk=month.gap.ticket_id).update(desk=hr)
    (pair,) = queries.counts_by_pair(month.desk.leading, clock.now() - timedelta(days=9))
    assert pair.asked == 3
    assert queries.missing_items(month.desk.leading, clock.now() - timedelta(days=9)) == []


def test_only_those_who_read_insights(month: Month) -> None:
    assert signed_in(month.desk.requester).get(PAGE).status_code == 404
    assert Client().get(PAGE)["Location"].startswith("/sign-in")


def test_it_costs_few_statements(lead: Client, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(10):
        lead.get(PAGE)


def count(**told: int) -> PairCount:
    zero = dict.fromkeys(("accepted", "bounced", "answered", "withdrawn", "pending", "swarmed", "overridden"), 0)
    return PairCount(from_tier=1, to_tier=2, half_within=None, most_within=None, **(zero | {"asked": 0} | told))


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ([], "Nobody asked a higher tier in this period."),
        ([count(asked=1, pending=1)], "1 question went up a tier, and none is decided yet."),
        (
            [count(asked=5, accepted=4, bounced=1), count(asked=2, answered=1, withdrawn=1)],
            "7 questions went up a tier; of 6 decided, 1 needed no move at all and 1 came back.",
        ),
    ],
)
def test_the_opening(counts: list[PairCount], words: str) -> None:
    assert opening(counts) == words


@pytest.mark.parametrize("what", ["", "bounced-", "bounced-nonsense", "lost", "-"])
def test_words_for_counts_that_are_none(what: str) -> None:
    assert count_words(what) in ("", count_words("bounced"))
