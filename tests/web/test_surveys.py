"""How it went, on every page: by the link of a mail, on the portal, for the agents, and in set-up."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.support.access_world import same
from tests.support.console import statements, text_of
from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tests.support.surveys import arranged, asked, later, solved, survey_of, told
from tests.support.web_world import signed_in
from tierline.core.kernel import clock
from tierline.desk.people import operations as people
from tierline.desk.people.models import Desk, Person
from tierline.desk.people.rules import Role
from tierline.desk.tickets import operations as tickets
from tierline.work.surveys import operations, queries
from tierline.work.surveys.models import OptOut, Survey, SurveyPlan
from tierline.work.surveys.operations.links import leave_address, rate_address

pytestmark = pytest.mark.django_db
HELP = "http://127.0.0.1:8420"


def asked_world() -> tuple[SmallDesk, Survey]:
    """A requester who was asked about a solved request, with an internal note on it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tierline.work.intake.operations.outgoing.smtp.is_set_up", lambda: True)
        patch.setattr("tierline.work.intake.operations.send", lambda **_ids: None)
        desk = small_desk()
        arranged(desk)
        survey = asked(desk, title="VPN <b>drops</b>")
        tickets.add_note(actor=desk.actor(1), ticket_id=survey.ticket_id, text="zqinside: he never listens")
    return desk, survey


world = held(asked_world)


@pytest.fixture
def desk(world: tuple[SmallDesk, Survey]) -> SmallDesk:
    return world[0]


@pytest.fixture
def survey(world: tuple[SmallDesk, Survey]) -> Survey:
    return world[1]


def page_of(survey: Survey, score: int = 0) -> str:
    return rate_address(survey, score).removeprefix(HELP)


def stop_of(survey: Survey) -> str:
    return leave_address(survey).removeprefix(HELP)


# --- the link of the mail ---


def test_the_page_asks_with_the_answer_of_the_link_chosen_and_shows_the_title_alone(survey: Survey) -> None:
    visitor = Client()
    page = visitor.get(page_of(survey, 4))
    html, words = page.content.decode(), text_of(page)
    assert re.findall(r'value="(\d)" required checked', html) == ["4"]
    assert "VPN &lt;b&gt;drops&lt;/b&gt;" in html
    assert survey.plan.question in words
    for inside in ("zqinside", "Frontline", "Agent 1", "Ines", survey.ticket.reference, "Restarted"):
        assert inside not in html
    assert page["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    assert page["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_a_scanner_that_follows_every_link_answers_nothing(survey: Survey, method: str) -> None:
    scanner = Client()
    before = Survey.objects.values().get(pk=survey.pk)
    for address in (*(page_of(survey, score) for score in range(7)), stop_of(survey)):
        assert getattr(scanner, method)(address).status_code in {200, 405}
    assert Survey.objects.values().get(pk=survey.pk) == before
    assert not OptOut.objects.exists()
    assert told(survey.ticket_id, "survey.answered") == []


def test_an_answer_needs_no_cookie_and_can_be_changed(survey: Survey) -> None:
    strict = Client(enforce_csrf_checks=True)
    thanks = strict.post(page_of(survey, 5), {"score": "2", "comment": "Too <script>slow</script>"})
    assert "Your answer has arrived: dissatisfied." in text_of(thanks)
    assert survey_of(survey.ticket).score == 2
    again = strict.get(page_of(survey))
    assert re.findall(r'value="(\d)" required checked', again.content.decode()) == ["2"]
    assert "You have answered already." in text_of(again)
    assert "<script>slow" not in again.content.decode()
    strict.post(page_of(survey), {"score": "5"})
    assert [one.data["score"] for one in told(survey.ticket_id, "survey.answered")] == [2, 5]


BAD_ANSWERS: list[dict[str, str]] = [
    {},
    {"score": ""},
    {"score": "0"},
    {"score": "6"},
    {"score": "²"},
    {"score": "five"},
    {"score": "9" * 5000},
    {"score": "-1"},
    {"score": "5\0"},
    {"score": "5", "comment": "x" * 2001},
    {"score": "5", "comment": "fine\0"},
]


@pytest.mark.parametrize("typed", BAD_ANSWERS, ids=range(len(BAD_ANSWERS)))
def test_what_is_no_answer_is_said_and_nothing_is_kept(survey: Survey, typed: dict[str, str]) -> None:
    answer = Client().post(page_of(survey), typed)
    assert answer.status_code == 422
    assert 'class="error"' in answer.content.decode()
    assert survey_of(survey.ticket).score is None


def test_a_comment_as_large_as_can_be_is_kept_whole(survey: Survey) -> None:
    words = "\N{LATIN SMALL LETTER U WITH DIAERESIS}" * 1999 + "."
    assert Client().post(page_of(survey), {"score": "3", "comment": words}).status_code == 200
    assert survey_of(survey.ticket).comment == words


def denied(survey: Survey) -> dict[str, Callable[[], HttpResponse]]:
    """Everything that a link can be but the right one, now."""
    visitor = Client()
    token = page_of(survey).rpartition("/")[2]
    shut, late = Survey(pk=survey.pk, key="other"), survey.closes_at + timedelta(seconds=1)

    def at(moment: Any) -> HttpResponse:
        with clock.at(moment):
            return visitor.get(page_of(survey))

    return {
        "missing": lambda: visitor.get("/mail/rate/nothing"),
        "cut": lambda: visitor.get(f"/mail/rate/{token[:-2]}"),
        "longer": lambda: visitor.get(f"/mail/rate/{token}{'x' * 3000}"),
        "revoked": lambda: visitor.get(page_of(shut)),
        "over": lambda: at(late),
        "stop link": lambda: visitor.get(f"/mail/rate/{stop_of(survey).rpartition('/')[2]}"),
        "rate link": lambda: visitor.get(f"/mail/rate/stop/{token}"),
        "posted": lambda: visitor.post(page_of(shut), {"score": "1"}),
        "stop posted": lambda: visitor.post(f"/mail/rate/stop/{token}"),
    }


def test_wrong_revoked_and_expired_links_answer_byte_for_byte_like_nothing(survey: Survey) -> None:
    answers = {name: ask() for name, ask in denied(survey).items()}
    alike = [same(one) for one in answers.values()]
    assert alike[0][0] == 404
    assert all(one == alike[0] for one in alike)
    assert survey_of(survey.ticket).score is None


def test_one_click_without_cookies_ends_it_however_often(desk: SmallDesk, survey: Survey) -> None:
    program = Client(enforce_csrf_checks=True)
    page = program.get(stop_of(survey))
    assert "Do not ask me again" in text_of(page)
    assert not OptOut.objects.exists()
    for _time in range(3):
        done = program.post(
            stop_of(survey), "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
        )
        assert done.status_code == 200
        assert "You are not asked any more." in text_of(done)
    assert OptOut.objects.filter(person=desk.requester, ended_at=None).count() == 1
    assert Client().get(page_of(survey)).status_code == 200  # what was asked may still be answered


def test_one_s_own_page_says_it_and_undoes_it(desk: SmallDesk) -> None:
    ines = signed_in(desk.requester)
    assert "Do not ask me" in text_of(ines.get("/account"))
    assert "You are not asked any more." in text_of(ines.post("/account/surveys", {}, follow=True))
    page = text_of(ines.get("/account"))
    assert "You are not asked how a request went, since" in page
    assert "Not asked how a request went" in text_of(
        signed_in(desk.administrator).get(f"/setup/people/{desk.requester.pk}")
    )
    assert "You are asked again" in text_of(ines.post("/account/surveys", {"wanted": "1"}, follow=True))
    assert not OptOut.objects.filter(ended_at=None).exists()
    assert ines.get("/account/surveys").status_code == 405
    assert Client(enforce_csrf_checks=True).post("/account/surveys").status_code in {302, 403}


# --- the portal ---


def test_a_solved_request_is_rated_on_its_page(desk: SmallDesk) -> None:
    ines, ticket = signed_in(desk.requester), solved(desk, title="Badge")
    address = f"/requests/{ticket.reference}"
    page, sent = statements(ines, address)
    assert "How did it go?" in text_of(page)
    assert sent <= 26
    said = ines.post(f"{address}/rate", {"score": "4", "comment": "Quick."}, follow=True)
    assert "Thank you. The people who worked on it read your answer." in text_of(said)
    page = ines.get(address)
    assert "You said: satisfied. Quick." in text_of(page)
    assert ines.post(f"{address}/rate", {"score": "7"}, follow=True).status_code == 200
    assert survey_of(ticket).score == 4
    assert ines.get(f"{address}/rate").status_code == 405


def test_the_portal_offers_it_only_where_there_is_something_to_say(desk: SmallDesk) -> None:
    ines, ticket, unsolved = signed_in(desk.requester), solved(desk, title="Badge"), desk.ticket()
    assert "How did it go?" not in text_of(ines.get(f"/requests/{unsolved.reference}"))
    refused = ines.post(f"/requests/{unsolved.reference}/rate", {"score": "1"}, follow=True)
    assert "This request cannot be rated now." in text_of(refused)
    arranged(desk, enabled=False)
    assert "How did it go?" not in text_of(ines.get(f"/requests/{ticket.reference}"))


def test_nobody_else_rates_or_sees_a_rating_not_even_a_follower(desk: SmallDesk, survey: Survey) -> None:
    operations.answer(actor=SETUP, token=page_of(survey).rpartition("/")[2], score=1, comment="zqmine")
    other = people.create_person(actor=SETUP, email="o@field.example", name="Olga", roles=[Role.REQUESTER])
    survey.ticket.followers.create(person=other)
    olga, address = signed_in(other), f"/requests/{survey.ticket.reference}"
    page = olga.get(address)
    assert page.status_code == 200
    for words in ("zqmine", "How did it go?", "dissatisfied"):
        assert words not in page.content.decode()
    assert olga.post(f"{address}/rate", {"score": "5"}).status_code in {302, 404}
    assert survey_of(survey.ticket).score == 1


# --- agents ---


def test_agents_read_score_and_words_on_the_ticket(desk: SmallDesk, survey: Survey) -> None:
    agent, address = signed_in(desk.agents[1]), f"/console/tickets/{survey.ticket.reference}"
    assert "The requester is asked by mail how it went." in text_of(agent.get(address))
    hostile = "<img src=x onerror=alert(1)> {{ 7*7 }}\n\nSecond."
    operations.answer(actor=SETUP, token=page_of(survey).rpartition("/")[2], score=1, comment=hostile)
    page = agent.get(address)
    assert "rates it: 1 of 5 Very dissatisfied <img src=x onerror=alert(1)> {{ 7*7 }} Second." in text_of(page)
    assert "<img src=x" not in page.content.decode()
    assert "The requester is not satisfied (1 of 5)." in text_of(page)
    assert "Rated 1 of 5" in text_of(page)


def test_agents_read_why_nobody_was_asked(desk: SmallDesk) -> None:
    second = solved(desk, title="Another")
    later()
    page = signed_in(desk.agents[1]).get(f"/console/tickets/{second.reference}")
    assert "Nobody is asked how it went: they were asked lately about another request." in text_of(page)


# --- set-up ---

TYPED = {
    "enabled": "1",
    "question": "Are you happy?",
    "intro": "It is solved.",
    "starts": "resolved",
    "delay_hours": "4",
    "calendar": "",
    "every_days": "60",
    "open_days": "7",
    "codes": ["solved", "workaround"],
    "tier_0": "1",
}


def test_a_desk_is_arranged_after_a_look_at_what_it_would_do(desk: SmallDesk) -> None:
    admin, address = signed_in(desk.administrator), f"/setup/surveys/{desk.desk.pk}"
    assert "asks" in text_of(admin.get("/setup/surveys"))
    tried = admin.post(address, TYPED | {"try": "1"})
    assert "It would have asked about 1 of the last 1 solved ticket." in text_of(tried)
    assert SurveyPlan.objects.count() == 1
    written = admin.post(address, TYPED | {"write": "1"}, follow=True)
    assert "IT asks its requesters now." in text_of(written)
    plan = queries.plan_in_force(desk.desk.pk)
    assert plan is not None
    assert (plan.version, plan.delay_minutes, plan.every_days, plan.codes) == (2, 240, 60, ["solved", "workaround"])
    words = text_of(written)
    assert "The question: Are you happy?" in words
    assert "Delay in hours: 4" in words
    assert "How satisfied are you" in admin.get(f"{address}?version=1").content.decode()
    assert admin.get(f"{address}?version=²").status_code == 200


BAD_TYPED = [
    {"question": ""},
    {"question": "x" * 201},
    {"intro": "x" * 1001},
    {"delay_hours": "-1"},
    {"delay_hours": "NaN"},
    {"delay_hours": "1e9"},
    {"every_days": "400"},
    {"every_days": "²"},
    {"open_days": "0"},
    {"codes": []},
    {"codes": ["withdrawn"]},
    {"calendar": "no-such"},
    {"starts": "never"},
]


@pytest.mark.parametrize("wrong", BAD_TYPED, ids=range(len(BAD_TYPED)))
def test_what_cannot_be_is_said_at_its_field(desk: SmallDesk, wrong: dict[str, object]) -> None:
    answer = signed_in(desk.administrator).post(f"/setup/surveys/{desk.desk.pk}", TYPED | wrong | {"write": "1"})
    assert answer.status_code == 422
    assert 'class="error"' in answer.content.decode()
    assert SurveyPlan.objects.count() == 1


def test_words_of_a_desk_are_shown_as_words(desk: SmallDesk, survey: Survey) -> None:
    hostile = "<script>alert(1)</script>{{ 7*7 }}{% raw %}"
    admin = signed_in(desk.administrator)
    admin.post(f"/setup/surveys/{desk.desk.pk}", TYPED | {"question": hostile, "intro": hostile, "write": "1"})
    ines, ticket = signed_in(desk.requester), solved(desk, title="Badge")
    for page in (
        ines.get(f"/requests/{ticket.reference}"),
        admin.get("/setup/surveys"),
        admin.get(f"/setup/surveys/{desk.desk.pk}"),
    ):
        assert "<script>alert" not in page.content.decode()
        assert "{{ 7*7 }}" in page.content.decode()


def test_each_desk_is_arranged_by_its_own_people(desk: SmallDesk) -> None:
    hr = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
    dora = people.create_person(actor=SETUP, email="d@desk.example", name="Dora", roles=[Role.REQUESTER])
    people.set_desk_roles(actor=SETUP, person_id=dora.pk, desk_id=hr.pk, roles=[Role.DESK_ADMINISTRATOR])
    client = signed_in(Person.objects.get_queryset().get(pk=dora.pk))
    assert client.get(f"/setup/surveys/{hr.pk}").status_code == 200
    assert "confidential" in text_of(client.get("/setup/surveys"))
    assert "IT" not in text_of(client.get("/setup/surveys")).split("Desks", 1)[1]
    for where in (desk.desk.pk, 999_999):
        assert client.get(f"/setup/surveys/{where}").status_code == 404
        assert client.post(f"/setup/surveys/{where}", TYPED | {"write": "1"}).status_code == 404
    for person in (desk.requester, desk.agents[1], desk.lead):
        assert signed_in(person).get("/setup/surveys").status_code == 404
    assert Desk.objects.count() == 2
