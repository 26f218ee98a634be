"""The insights: sentence, picture, table; every figure opens exactly the tickets it counts."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from tests.support.desk import SmallDesk, small_desk
from tests.support.portal_world import busy_month
from tierline.core.kernel import clock
from tierline.desk.tickets.models import Ticket
from tierline.doors.web.reports.views.tickets import figure_words
from tierline.insight.economics.models import Rate

pytestmark = pytest.mark.django_db
MADE = 44
BEHIND = re.compile(r'href="(/insights/tickets\?[^"]+)"[^>]*>(?:<[^>]+>)*\s*([\d,]+)(?:\s|<)')


@pytest.fixture(scope="module")
def desk(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[SmallDesk]:
    """A busy month for the file; what a test changes is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        made = small_desk()
        busy_month(made, tickets_made=MADE)
        yield made
        transaction.set_rollback(True)


@pytest.fixture
def lead(desk: SmallDesk) -> Client:
    client = Client()
    client.force_login(desk.lead)
    return client


def counted(client: Client, address: str) -> int:
    """How many tickets the list behind a figure has."""
    response = client.get(html.unescape(address))
    assert response.status_code == 200, address
    found = re.search(r"<h1>([\d,]+) ticket", response.content.decode())
    assert found is not None
    rows = response.content.decode().count("/console/tickets/")
    assert rows == int(found[1])
    return int(found[1])


def test_every_page_opens_with_its_conclusion_within_its_budget(
    lead: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(24):
        ladder = lead.get("/insights/").content.decode()
    assert re.search(r"<h1>Of 100 tickets, \d+ end in self-service, \d+ at the frontline and \d+ climb on\. ", ladder)
    with django_assert_max_num_queries(12):
        flow = lead.get("/insights/flow").content.decode()
    assert "Most time is lost before" in flow


@pytest.mark.parametrize("address", ["/insights/", "/insights/flow"])
def test_every_number_opens_exactly_the_tickets_it_counts(lead: Client, address: str) -> None:
    page = lead.get(address).content.decode()
    links = {(link, number) for link, number in BEHIND.findall(page) if "node" not in link}
    assert len(links) >= 8
    for link, number in links:
        assert counted(lead, link) == int(number.replace(",", "")), link


def test_the_measures_open_what_they_count(lead: Client) -> None:
    page = lead.get("/insights/").content.decode()
    cards = re.findall(r'<a class="figure" href="([^"]+)" aria-label="[^:]+: (\d+) tickets"', page)
    assert len(cards) >= 5
    for link, number in cards:
        assert counted(lead, link) == int(number)


def test_the_marks_of_the_picture_say_what_they_are(lead: Client) -> None:
    page = lead.get("/insights/").content.decode()
    assert f'aria-label="{MADE} tickets came in"' in page
    solved = [int(n) for n in re.findall(r'aria-label="(\d+) solved by', page)]
    assert sum(solved) == 2 * MADE  # the broad and the narrow picture


def test_the_picture_has_its_table_twin(lead: Client) -> None:
    for address in ("/insights/", "/insights/flow"):
        assert "The same as a table" in lead.get(address).content.decode()


def test_findings_name_groups_never_people(lead: Client, desk: SmallDesk) -> None:
    page = lead.get("/insights/flow").content.decode()
    assert "Ping-pong" in page
    assert "Frontline" in page
    for agent in desk.agents.values():
        assert agent.name not in page


def test_a_shorter_period_counts_fewer(lead: Client) -> None:
    def solved(days: int) -> int:
        found = re.search(r"([\d,]+) solved ticket", lead.get(f"/insights/?days={days}").content.decode())
        return int(found[1]) if found else 0

    assert 0 < solved(7) < solved(30) == MADE
    assert solved(12345) == solved(30)


def test_a_time_before_anything_happened_says_so(lead: Client) -> None:
    with clock.at(clock.now() - timedelta(days=400)):
        assert "No ticket was solved in this period." in lead.get("/insights/").content.decode()
        assert "No ticket was solved in this period." in lead.get("/insights/flow").content.decode()


def test_lessons_stand_where_they_are_on_their_way_down(lead: Client) -> None:
    page = lead.get("/insights/").content.decode()
    owed = page[page.index('<li class="owed">') : page.index("Taught")]
    assert owed.count("/console/tickets/") == 2
    assert "2 on the way" in page


def test_those_without_the_right_find_nothing(client: Client, desk: SmallDesk) -> None:
    assert client.get("/insights/")["Location"].startswith("/sign-in")
    client.force_login(desk.requester)
    for address in ("/insights/", "/insights/flow", "/insights/rates", "/insights/tickets?figure=all"):
        assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "figure=all",
        "figure=all&since=yesterday&until=today",
        "figure=all&since=2026-01-01&until=2026-02-01",
        "figure=all&since=2026-02-01T00:00:00%2B00:00&until=2026-01-01T00:00:00%2B00:00",
        "figure=nonsense&since=2026-01-01T00:00:00%2B00:00&until=2026-02-01T00:00:00%2B00:00",
        "figure=edge:1&since=2026-01-01T00:00:00%2B00:00&until=2026-02-01T00:00:00%2B00:00",
        "figure=edge:a:b&since=2026-01-01T00:00:00%2B00:00&until=2026-02-01T00:00:00%2B00:00",
        "figure=resolved-9&since=2026-01-01T00:00:00%2B00:00&until=2026-02-01T00:00:00%2B00:00",
    ],
)
def test_an_address_that_names_no_figure_is_not_found(lead: Client, query: str) -> None:
    assert lead.get(f"/insights/tickets?{query}").status_code == 404


def test_a_reader_counts_only_the_tickets_they_may_see(client: Client, desk: SmallDesk) -> None:
    from tests.support.desk import SETUP
    from tierline.desk.people import operations as people

    hr = people.create_desk(actor=SETUP, key="hr", name="People", kind="hr", confidential=True)
    Ticket.objects.update(desk=hr)
    client.force_login(desk.lead)
    assert "No ticket was solved in this period." in client.get("/insights/").content.decode()


@pytest.mark.parametrize(
    ("figure", "said"),
    [
        ("all", "Every solved ticket"),
        ("resolved-2", "Solved by Specialists"),
        ("reached-1", "Reached Frontline"),
        ("ping_pong", "Ping-pong"),
        ("edge:1:2", "On this way"),
    ],
)
def test_a_list_says_what_it_holds(figure: str, said: str) -> None:
    assert figure_words(figure) == said


def test_the_rate_card_shows_where_each_figure_comes_from(lead: Client) -> None:
    page = lead.get("/insights/rates").content.decode()
    assert page.count("MetricNet") == 5
    assert "Put in your own figure" not in page


def rate(client: Client, **typed: str) -> Any:
    given = {"tier": "1", "amount": "18,50", "currency": "eur", "source": "Controlling", "year": "2026", **typed}
    return client.post("/insights/rates", given)


def test_the_administrator_puts_in_own_figures(client: Client, desk: SmallDesk) -> None:
    client.force_login(desk.administrator)
    assert rate(client).status_code == 302
    kept = Rate.objects.get(tier=1)
    assert (str(kept.amount), kept.currency, kept.source) == ("18.50", "EUR", "Controlling")
    assert "Controlling" in client.get("/insights/rates").content.decode()


@pytest.mark.parametrize(
    "typed", [{"amount": "much"}, {"amount": "-1"}, {"year": ""}, {"currency": "euro"}, {"source": " "}]
)
def test_a_figure_that_cannot_be_is_refused_and_kept_in_the_form(
    client: Client, desk: SmallDesk, typed: dict[str, str]
) -> None:
    client.force_login(desk.administrator)
    response = rate(client, **typed)
    assert response.status_code == 422
    assert 'value="Controlling"' in response.content.decode() or typed.get("source")
    assert not Rate.objects.exists()


def test_a_lead_reads_the_card_but_does_not_write_it(lead: Client) -> None:
    assert rate(lead).status_code == 404
    assert not Rate.objects.exists()
