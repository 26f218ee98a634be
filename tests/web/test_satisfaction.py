"""CSAT and the response rate: counted from the timeline, open exactly what they count, and name no person."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.support.api import Program, program_of
from tests.support.console import text_of
from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tests.support.surveys import arranged, link_for, react, solved
from tests.support.web_world import signed_in
from tierline.core.kernel import clock
from tierline.core.kernel.errors import NotFound
from tierline.desk.people import operations as people
from tierline.desk.people.models import Desk, Person
from tierline.desk.people.queries import actor_for
from tierline.desk.people.rules import Role
from tierline.desk.tickets.models import Ticket
from tierline.insight.measures import queries as measures
from tierline.insight.measures import satisfaction as measured
from tierline.insight.measures.rules import share
from tierline.work.surveys import operations

pytestmark = pytest.mark.django_db
SINCE, UNTIL = clock.now() - timedelta(days=2), clock.now() + timedelta(days=2)
SCORES = {(1, "mail"): [5, 4, 4, 2, 5, 3], (2, "portal"): [1, 5, 4]}


def rated_world() -> SmallDesk:
    """Nine rated tickets on two tiers and two channels; three people were asked, two of them answered."""
    desk = small_desk()
    arranged(desk, every_days=0)
    tickets = []
    for (tier, channel), scores in SCORES.items():
        for score in scores:
            ticket = solved(desk, tier, channel=channel, title=f"{channel} {score}")
            tickets.append(ticket)
            operations.rate(actor=desk.asking, ticket_id=ticket.pk, score=1)
            operations.rate(
                actor=desk.asking, ticket_id=ticket.pk, score=score, comment="zqsecret" if score == 1 else ""
            )
    for number in range(3):
        survey = link_for(desk, title=f"asked {number}", channel="phone")
        if number:
            operations.rate(actor=desk.asking, ticket_id=survey.ticket_id, score=4)
    return desk


desk = held(rated_world)


def test_the_last_answer_of_each_survey_counts_once(desk: SmallDesk) -> None:
    found = measured.satisfaction(desk.leading, SINCE, UNTIL)
    assert found.csat == share(8, 11)  # nine by themselves with six satisfied, and two who were asked
    assert found.response == share(2, 3)
    assert found.scores == {5: 3, 4: 5, 3: 1, 2: 1, 1: 1}
    assert found.few


def test_parts_with_fewer_than_five_answers_are_not_shown_apart(desk: SmallDesk) -> None:
    tier, group, channel = measured.satisfaction(desk.leading, SINCE, UNTIL).breakdowns
    assert [(part.name, part.csat.whole) for part in tier.parts] == [("1", 8)]
    assert (tier.left_out, tier.left_out_answers) == (1, 3)
    assert [(part.name, part.csat) for part in group.parts] == [("Frontline", share(6, 8))]
    assert [(part.name, part.csat) for part in channel.parts] == [("mail", share(4, 6))]
    assert (channel.left_out, channel.left_out_answers) == (2, 5)
    for one in (tier, group, channel):
        assert sum(part.csat.whole for part in one.parts) + one.left_out_answers == 11


@pytest.mark.parametrize(
    ("figure", "count"),
    [
        ("csat", 8), ("rated", 11), ("dissatisfied", 2), ("asked", 3), ("survey_response", 2),
        ("rated-tier-1", 8), ("rated-tier-2", 3), ("rated-score-4", 5), ("rated-channel-mail", 6),
        ("csat-channel-portal", 2), ("rated-group-0", 0), ("rated-channel-none", 0), ("dissatisfied-tier-2", 1),
    ],
)  # fmt: skip
def test_each_figure_opens_exactly_what_it_counts(desk: SmallDesk, figure: str, count: int) -> None:
    assert measures.tickets_behind(desk.leading, figure, SINCE, UNTIL).count() == count
    page = signed_in(desk.lead).get(
        "/insights/tickets", {"figure": figure, "since": SINCE.isoformat(), "until": UNTIL.isoformat()}
    )
    assert page.status_code == 200
    assert "Said from" in text_of(page)
    assert len(set(re.findall(r"/console/tickets/((?:INC|REQ)-\d+)", page.content.decode()))) == count


@pytest.mark.parametrize(
    "figure",
    [
        "rated-",
        "rated-x-1",
        "rated-tier-²",
        "rated-tier--1",
        "rated-group-" + "9" * 20,
        "csat-person-1",
        "rated-tier-1;",
    ],
)
def test_what_is_no_figure_is_not_found(desk: SmallDesk, figure: str) -> None:
    with pytest.raises(NotFound):
        measured.tickets_behind(desk.leading, figure, SINCE, UNTIL)


def test_a_period_before_counts_nothing_and_says_so(desk: SmallDesk) -> None:
    before = SINCE - timedelta(days=90)
    found = measured.satisfaction(desk.leading, before, SINCE)
    assert (found.csat.value, found.response.value, found.csat.whole) == (None, None, 0)
    with clock.at(before):
        page = text_of(signed_in(desk.lead).get("/insights/"))
        assert "Nobody was asked in this period, and nobody answered. Each desk chooses in set-up" in page
        assert "Choose which desks ask" in text_of(signed_in(desk.administrator).get("/insights/"))


def test_only_tickets_that_the_reader_may_see_are_counted(desk: SmallDesk) -> None:
    Desk.objects.update(confidential=True)
    outside = people.create_person(actor=SETUP, email="o@desk.example", name="Out", roles=[Role.LEAD, Role.AGENT])
    assert measured.satisfaction(actor_for(outside), SINCE, UNTIL).csat.whole == 0
    for who in (desk.asking, actor_for(Person.objects.get_by_natural_key("ines@field.example"))):
        with pytest.raises(NotFound):
            measured.satisfaction(who, SINCE, UNTIL)


def test_the_panel_says_it_in_words_with_its_interval_and_names_nobody(desk: SmallDesk) -> None:
    page = signed_in(desk.lead).get("/insights/?days=7")
    html, words = page.content.decode(), text_of(page)
    panel = html[html.index('id="satisfaction"') :]
    panel = panel[: panel.index("</section>")]
    assert "11 answers to how it went" in words
    assert "72.7 %" in words
    assert "8 of 11" in words
    assert "Few answers: the interval says more than the figure." in words
    for hidden in ("Agent 1", "Agent 2", "Ines", "zqsecret", "Network specialists", "on the portal"):
        assert hidden not in panel
    assert "Frontline" in panel


# --- API ---


@pytest.fixture
def lead(desk: SmallDesk) -> Program:
    return program_of(desk.lead)


def test_a_program_reads_the_figures_and_the_answers(lead: Program) -> None:
    found = lead.get("/satisfaction").json()
    assert found["csat"] | {"low": 0, "high": 0} == {"part": 8, "whole": 11, "value": 8 / 11, "low": 0, "high": 0}
    assert found["scores"]["5"] == 3
    assert [one["by"] for one in found["breakdowns"]] == ["tier", "group", "channel"]
    first = lead.get("/satisfaction/answers", limit=8).json()
    second = lead.get("/satisfaction/answers", limit=8, cursor=first["next"]).json()
    assert (len(first["items"]), len(second["items"]), second["next"]) == (8, 3, None)
    assert {one["comment"] for one in first["items"] + second["items"]} == {"", "zqsecret"}


@pytest.mark.parametrize(
    "asks",
    [
        {"since": "x"},
        {"since": "2026-01-01T00:00:00"},
        {"until": "2020-01-01T00:00:00Z", "since": "2021-01-01T00:00:00Z"},
        {"person": "1"},
    ],
)
def test_a_period_that_is_none_is_refused(lead: Program, asks: dict[str, str]) -> None:
    assert lead.get("/satisfaction", **asks).status_code == 422


def put(program: Program, reference: str, body: Any) -> Any:
    headers = {"Authorization": f"Bearer {program.token}"}
    address = f"/api/v1/tickets/{reference}/satisfaction"
    return program.client.put(address, body, content_type="application/json", headers=headers)


def test_who_asked_rates_by_the_api_and_nobody_else(desk: SmallDesk, lead: Program) -> None:
    ticket, ines = solved(desk, title="By a program"), program_of(desk.requester)
    assert put(lead, ticket.reference, {"score": 5}).status_code == 404
    for wrong in ({"score": 0}, {"score": 6}, {}, {"score": 5, "x": 1}, {"score": 5, "comment": "x" * 2001}):
        assert put(ines, ticket.reference, wrong).status_code == 422
    given = put(ines, ticket.reference, {"score": 5, "comment": "Fine."}).json()
    assert (given["state"], given["score"], given["way"], given["why_not"]) == ("answered", 5, "api", None)
    assert ines.get(f"/tickets/{ticket.reference}/satisfaction").json()["items"][0]["comment"] == "Fine."
    assert put(ines, desk.ticket().reference, {"score": 5}).status_code == 409


def test_who_reads_which_ratings_by_the_api(desk: SmallDesk, lead: Program) -> None:
    ticket = Ticket.objects.get(title="portal 1")
    other = people.create_person(actor=SETUP, email="f@field.example", name="Olga", roles=[Role.REQUESTER])
    stranger = people.create_person(actor=SETUP, email="s@field.example", name="Sven", roles=[Role.REQUESTER])
    ticket.followers.create(person=other)
    address = f"/tickets/{ticket.reference}/satisfaction"
    assert lead.get(address).json()["items"][0]["comment"] == "zqsecret"
    assert program_of(desk.requester).get(address).json()["items"][0]["score"] == 1
    assert program_of(other).get(address).json() == {"items": []}
    assert program_of(stranger).get(address).status_code == 404
    for path in ("/satisfaction", "/satisfaction/answers"):
        assert program_of(desk.requester).get(path).status_code == 404


def test_why_nobody_was_asked_is_for_colleagues(desk: SmallDesk, lead: Program) -> None:
    arranged(desk, codes=("workaround",))
    ticket = solved(desk, title="Not asked about")
    react()
    address = f"/tickets/{ticket.reference}/satisfaction"
    assert lead.get(address).json()["items"][0]["why_not"] == "outcome"
    assert program_of(desk.requester).get(address).json() == {"items": []}


def test_nobody_comes_in_without_signing_in(client: Client, desk: SmallDesk) -> None:
    assert client.get("/api/v1/satisfaction").status_code == 401
    assert client.get("/insights/").status_code == 302
