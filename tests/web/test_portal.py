"""The portal: what a requester sees, sends and follows; and what nobody sees there."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoDbBlocker, Settings

from tests.support.desk import SETUP, SmallDesk
from tests.support.mails import mail
from tests.support.portal_world import LOG, PortalWorld, known_issue, portal_world, read_logs
from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.desk.people import operations as people
from tierline.desk.people.models import Person
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Attachment, Message, Ticket
from tierline.ladder.assistant import operations as assistant
from tierline.ladder.assistant.models import Conversation
from tierline.work.diagnosis import operations as diagnosis
from tierline.work.diagnosis.queries.unfinished import folder_of
from tierline.work.intake import operations as intake
from tierline.work.knowledge import operations as knowledge

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
TIER_WORDS = re.compile(r"\btier [0-4]\b|\blevel [0-4]\b|\bescalat|\bSLA\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[PortalWorld]:
    """One life for the file; what a test changes is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield portal_world()
        transaction.set_rollback(True)


@pytest.fixture
def desk(world: PortalWorld) -> SmallDesk:
    return world.desk


@pytest.fixture
def ines(desk: SmallDesk) -> Client:
    client = Client()
    client.force_login(desk.requester)
    return client


def words(response: HttpResponse) -> str:
    """The page's visible text."""
    text = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def pages(world: PortalWorld) -> list[str]:
    mine = [f"/requests/{one.reference}" for one in (world.climbing, world.asked, world.solved, world.closed)]
    fixed = [
        "/",
        "/requests",
        "/requests?show=solved",
        "/requests?show=all",
        "/assistant",
        "/account",
        "/search?q=instrument",
    ]
    sends = [
        f"/send/{key}"
        for key in ("broken", "sign-in", "access", "equipment", "pay-leave", "suspicious", "colleague", "other", "call")
    ]
    return [*fixed, *sends, *mine, f"/articles/{world.article.pk}"]


def test_every_page_opens_within_its_budget_and_speaks_of_no_tier(
    ines: Client, world: PortalWorld, django_assert_max_num_queries: Any
) -> None:
    for address in pages(world):
        with django_assert_max_num_queries(18):
            response = ines.get(address)
        assert response.status_code == 200, address
        assert not TIER_WORDS.search(words(response)), address


def test_visitors_are_asked_to_sign_in_first(client: Client, world: PortalWorld) -> None:
    for address in pages(world):
        assert client.get(address)["Location"].startswith("/sign-in"), address


def test_what_belongs_to_others_looks_exactly_like_what_does_not_exist(ines: Client, world: PortalWorld) -> None:
    number = world.stranger.reference
    denied, missing = (ines.get(f"/requests/{name}") for name in (number, "INC-99999"))
    assert denied.status_code == missing.status_code == 404
    assert words(denied) == words(missing)
    for verb in ("answer", "verdict", "call", "assistant"):
        assert ines.post(f"/requests/{number}/{verb}", {"text": "x", "verdict": "no"}).status_code == 404
    assert Message.objects.filter(ticket=world.stranger).count() == 1


@pytest.mark.parametrize("reference", ["INC-", "nonsense", "INC-99999999999999", "-"])
def test_a_reference_that_is_none_is_not_found(ines: Client, reference: str) -> None:
    assert ines.get(f"/requests/{reference}").status_code == 404


def test_internal_words_never_reach_the_portal(ines: Client, desk: SmallDesk, world: PortalWorld) -> None:
    for person in (desk.requester, desk.agents[1]):
        ines.force_login(person)
        for address in (f"/requests/{world.climbing.reference}", "/search?q=port driver", "/requests?show=all"):
            assert "smells like the port driver" not in ines.get(address).content.decode()


def test_an_agent_sees_only_own_requests_in_the_portal(client: Client, desk: SmallDesk, world: PortalWorld) -> None:
    client.force_login(desk.agents[2])
    assert client.get(f"/requests/{world.climbing.reference}").status_code == 404
    assert world.climbing.title not in client.get("/search?q=spectrometer").content.decode()


def test_home_shows_what_is_open_and_what_waits_for_a_word(ines: Client, world: PortalWorld) -> None:
    page = words(ines.get("/"))
    assert "What is getting in your way, Ines?" in page
    assert "With our specialists" in page
    assert "We need one answer from you" in page
    assert "Did that do it?" in page
    assert world.closed.title not in page
    assert world.stranger.title not in page


def test_solved_ones_never_crowd_out_what_is_open(ines: Client, desk: SmallDesk, world: PortalWorld) -> None:
    for number in range(4):
        ticket = desk.owned(1, title=f"Small thing {number}")
        tickets.resolve(actor=desk.actor(1), ticket_id=ticket.pk, resolution="Done.")
    page = words(ines.get("/"))
    assert page.index(world.climbing.title) < page.index("Small thing 3")
    assert page.count("Did that do it?") == 2


def test_a_long_list_comes_by_the_page(ines: Client, desk: SmallDesk) -> None:
    titles = [f"Small thing {number:02}" for number in range(23)]
    for title in titles:
        desk.ticket(title=title)
    first = ines.get("/requests?show=all").content.decode()
    (earlier,) = re.findall(r'href="([^"]+)" rel="next"', first)
    assert 'rel="first"' not in first
    second = ines.get("/requests" + unescape(earlier)).content.decode()
    assert 'rel="first"' in second
    assert [title in first for title in titles] == [False] * 3 + [True] * 20
    assert [title in second for title in titles] == [True] * 3 + [False] * 20
    assert ines.get("/requests?show=all&after=nonsense").status_code == 200


def test_the_lists_hold_what_they_say(ines: Client, world: PortalWorld) -> None:
    open_, solved, everything = (words(ines.get(f"/requests?show={show}")) for show in ("open", "solved", "all"))
    assert world.climbing.title in open_
    assert world.closed.title not in open_
    assert world.closed.title in solved
    assert world.climbing.title not in solved
    assert all(one.title in everything for one in (world.climbing, world.asked, world.solved, world.closed))


def test_one_request_tells_its_way_from_the_newest_back(ines: Client, world: PortalWorld) -> None:
    page = words(ines.get(f"/requests/{world.climbing.reference}"))
    order = [
        "Our specialists have it. Pria is working on it.",
        "I am rebuilding your bench here",
        "Moved to our specialists",
        "Tried both, no change.",
        "Please restart SpectraView once",
        "Moved to the help desk",
        "I have 40 samples waiting.",
    ]
    places = [page.index(part) for part in order]
    assert places == sorted(places)


def test_the_rail_shows_the_five_stops_and_where_it_is(ines: Client, world: PortalWorld) -> None:
    html = ines.get(f"/requests/{world.climbing.reference}").content.decode()
    rail = html[html.index('<ol class="climb"') : html.index("</ol>", html.index('<ol class="climb"'))]
    states = re.findall(r'<li class="(\w*)"', rail)
    names = re.findall(r"<b>([^<]+)</b>", rail)
    assert states == ["ahead", "ahead", "now", "", ""]
    assert names == ["The maker", "The engineers", "Our specialists", "The help desk", "You and the assistant"]
    assert rail.count('aria-current="step"') == 1


def test_one_question_at_a_time_and_its_answer_lets_the_work_go_on(ines: Client, world: PortalWorld) -> None:
    address = f"/requests/{world.asked.reference}"
    page = words(ines.get(address))
    assert page.count("One thing we still need from you") == 1
    assert "Tomas asks." in page
    ines.post(f"{address}/answer", {"text": "It is 4711."})
    after = words(ines.get(address))
    assert "It is 4711." in after
    assert "One thing we still need from you" not in after
    world.asked.refresh_from_db()
    assert world.asked.status == "open"


def test_an_answer_may_be_a_file_alone_but_not_nothing(ines: Client, world: PortalWorld) -> None:
    address = f"/requests/{world.climbing.reference}"
    before = Message.objects.filter(ticket=world.climbing).count()
    assert "Write something or add a file first." in words(ines.post(f"{address}/answer", {"text": "  "}))
    ines.post(f"{address}/answer", {"uploads": [SimpleUploadedFile("second.log", b"two")]})
    assert Message.objects.filter(ticket=world.climbing).count() == before + 1
    assert "second.log" in words(ines.get(address))


def test_yes_closes_and_thanks(ines: Client, world: PortalWorld) -> None:
    response = ines.post(f"/requests/{world.solved.reference}/verdict", {"verdict": "yes"}, follow=True)
    world.solved.refresh_from_db()
    assert world.solved.status == "closed"
    assert "Thank you for telling us." in words(response)


def test_no_opens_it_again_with_the_same_people(ines: Client, desk: SmallDesk, world: PortalWorld) -> None:
    ines.post(f"/requests/{world.solved.reference}/verdict", {"verdict": "no"})
    world.solved.refresh_from_db()
    assert (world.solved.status, world.solved.assignee_id) == ("open", desk.agents[1].pk)


def test_a_closed_request_comes_back_when_it_does(ines: Client, world: PortalWorld) -> None:
    ines.post(f"/requests/{world.closed.reference}/verdict", {"verdict": "no"})
    world.closed.refresh_from_db()
    assert world.closed.status == "open"


def test_a_verdict_on_an_open_request_is_refused_in_words(ines: Client, world: PortalWorld) -> None:
    response = ines.post(f"/requests/{world.climbing.reference}/verdict", {"verdict": "yes"}, follow=True)
    assert response.status_code == 200
    assert 'class="bad"' in response.content.decode()
    world.climbing.refresh_from_db()
    assert world.climbing.status == "open"


def test_being_called_lands_in_the_conversation(ines: Client, world: PortalWorld) -> None:
    address = f"/requests/{world.climbing.reference}"
    ines.post(f"{address}/call", {"phone": "+49 40 1234"})
    assert "Please call me: +49 40 1234" in words(ines.get(address))
    ines.post(f"{address}/call", {"phone": ""})
    assert "Tell us the number to call." in words(ines.get(address))


def send(client: Client, key: str, **typed: object) -> Ticket:
    response = client.post(f"/send/{key}", typed)
    assert response.status_code == 302, words(response)
    return Ticket.objects.get(pk=int(response["Location"].rpartition("-")[2]))


def test_a_request_by_symptom_keeps_every_answer_as_a_fact(ines: Client, desk: SmallDesk) -> None:
    ticket = send(
        ines,
        "broken",
        text="The tunnel drops.\nEvery ten minutes.",
        q_where="Secure Access 5.2",
        q_since="this morning",
        q_affected="team",
        q_can_work="no",
        uploads=[SimpleUploadedFile("a.log", LOG), SimpleUploadedFile("b.log", b"b")],
    )
    assert ticket.facts == {
        "symptom": "broken",
        "where": "Secure Access 5.2",
        "since": "this morning",
        "affected": "team",
        "can_work": "no",
    }
    assert (ticket.impact, ticket.urgency, ticket.kind, ticket.channel) == (2, 1, "incident", "portal")
    assert ticket.requester_id == desk.requester.pk
    assert ticket.attachments.count() == 2
    page = words(ines.get(f"/requests/{ticket.reference}"))
    assert "The tunnel drops." in page
    asked = ("Which program or device, and which version? Secure Access 5.2 ", "Since when? this morning ")
    assert all(answer in page for answer in asked), "what was answered stands with what was said"
    assert "Who else has it? My team too" in page
    assert "Can you go on working? No, I am stopped" in page


def test_what_the_desk_finds_out_later_is_not_among_the_answers(ines: Client, desk: SmallDesk) -> None:
    ticket = send(ines, "sign-in", text="It will not let me in.", q_where="the <b>mail</b>")
    found = {"where": "an inner system", "message": "locked by the desk"}
    tickets.record_facts(actor=desk.actor(1), ticket_id=ticket.pk, facts=found)
    page = ines.get(f"/requests/{ticket.reference}").content.decode()
    assert "the &lt;b&gt;mail&lt;/b&gt;</dd>" in page
    assert "inner system" not in page
    assert "locked by the desk" not in page
    assert "What does the page say?" not in page, "a question without an answer is not shown"


def test_a_request_that_came_without_a_form_shows_no_answers(desk: SmallDesk, ines: Client) -> None:
    for facts in ({}, {"symptom": "log"}, {"symptom": "of a version that is gone", "where": "here"}):
        asked = {"actor": SETUP, "requester": desk.requester, "title": "x", "text": "It is broken.", "facts": facts}
        ticket = tickets.open_ticket(**asked)
        assert b'<dl class="facts">' not in ines.get(f"/requests/{ticket.reference}").content


def test_a_request_about_pay_goes_to_the_desk_for_people(ines: Client, desk: SmallDesk) -> None:
    hr = people.create_desk(actor=SETUP, key="hr", name="People", kind="hr", confidential=True)
    assert send(ines, "pay-leave", text="My days are wrong.").desk_id == hr.pk


def test_without_such_a_desk_the_first_one_takes_it(ines: Client, desk: SmallDesk) -> None:
    assert send(ines, "pay-leave", text="My days are wrong.").desk_id == desk.desk.pk


def test_a_call_is_a_request_with_its_number(ines: Client) -> None:
    ticket = send(ines, "call", text="My badge.", q_phone="4711", q_when="after lunch")
    assert (ticket.title, ticket.kind, ticket.facts["when"]) == ("Please call: 4711", "request", "after lunch")


def test_who_wants_a_call_is_offered_their_own_number(ines: Client) -> None:
    Person.objects.filter(pk=ines.session["_auth_user_id"]).update(phone="+49 40 66969 100")
    assert 'value="+49 40 66969 100"' in ines.get("/send/call").content.decode()
    assert "66969" not in ines.get("/send/sign-in").content.decode()


@pytest.mark.parametrize(
    ("key", "typed"),
    [
        ("broken", {"text": ""}),
        ("broken", {"text": "x", "q_affected": "everyone on earth"}),
        ("sign-in", {"text": "x", "q_where": ""}),
        ("other", {"text": "x" * 100_001}),
    ],
)
def test_what_is_missing_is_said_at_its_field_and_nothing_is_lost(
    ines: Client, key: str, typed: dict[str, str]
) -> None:
    before = Ticket.objects.count()
    response = ines.post(f"/send/{key}", {**typed, "q_message": "Account locked"})
    assert response.status_code == 422
    assert 'aria-invalid="true"' in response.content.decode()
    assert typed["text"][:200] in response.content.decode()
    assert Ticket.objects.count() == before


def test_words_from_the_search_are_taken_along(ines: Client) -> None:
    assert "my own words</textarea>" in ines.get("/send/other?text=my+own+words").content.decode()


def test_an_unknown_symptom_is_not_found(ines: Client) -> None:
    assert ines.get("/send/no-such-thing").status_code == 404


def test_a_log_alone_is_a_request(ines: Client) -> None:
    response = ines.post("/send/log", {"uploads": [SimpleUploadedFile("usb.log", LOG)]})
    ticket = Ticket.objects.get(pk=int(response["Location"].rpartition("-")[2]))
    assert ticket.title == "A log: usb.log"
    assert ticket.attachments.get().size == len(LOG)


def test_the_log_box_without_a_file_says_so(ines: Client) -> None:
    response = ines.post("/send/log", {}, follow=True)
    assert "required" in words(response).lower() or "Choose a file first." in words(response)


def test_a_file_that_is_too_large_or_too_many_are_refused(ines: Client, settings: Settings) -> None:
    settings.TIERLINE_UPLOAD_LIMIT = 10
    large = ines.post("/send/other", {"text": "x", "uploads": [SimpleUploadedFile("big.log", b"x" * 11)]})
    assert large.status_code == 422
    assert "big.log is larger than 10 bytes" in words(large)
    many = ines.post("/send/other", {"text": "x", "uploads": [SimpleUploadedFile(f"{n}", b"x") for n in range(11)]})
    assert "At most 10 files at once." in words(many)
    assert not Ticket.objects.filter(facts__symptom="other").exists()


def test_ones_own_file_comes_back_as_a_harmless_download(ines: Client, world: PortalWorld) -> None:
    file = Attachment.objects.get(ticket=world.climbing)
    response = ines.get(f"/requests/{world.climbing.reference}/files/{file.pk}")
    assert b"".join(response.streaming_content) == LOG
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in response["Content-Security-Policy"]
    other = ines.get(f"/requests/{world.asked.reference}/files/{file.pk}")
    assert other.status_code == 404


def test_a_file_in_a_note_is_not_the_requesters(ines: Client, desk: SmallDesk, world: PortalWorld) -> None:
    note = tickets.add_note(
        actor=desk.actor(2),
        ticket_id=world.climbing.pk,
        text="See",
        attachments=[tickets.NewAttachment(name="dump.bin", content_type="", content=b"secret")],
    )
    file = Attachment.objects.get(message=note)
    address = f"/requests/{world.climbing.reference}"
    assert ines.get(f"{address}/files/{file.pk}").status_code == 404
    assert "dump.bin" not in words(ines.get(address))


def test_the_log_tells_what_was_hidden_but_not_what_it_was(ines: Client, world: PortalWorld) -> None:
    read_logs(world)
    response = ines.get(f"/requests/{world.climbing.reference}")
    page = words(response)
    assert "We hid 2 private details before anyone could read it." in page
    assert "E-mail addresses 1" in page
    assert "Network addresses 1" in page
    assert "10.20.30.44" not in page


def test_search_finds_own_requests_and_articles(ines: Client) -> None:
    page = words(ines.get("/search?q=instrument"))
    assert "Your request Spectrometer is not found after the update" in page
    assert "Article Reconnect an instrument over USB-C" in page


def test_a_published_known_error_is_a_known_issue(ines: Client, world: PortalWorld) -> None:
    known = known_issue(world)
    address = f"/known/{known.pk}"
    assert known.title in words(ines.get("/"))
    assert f"Known issue {known.title}" in words(ines.get("/search?q=loses the instrument"))
    page = words(ines.get(address))
    assert "Turn off USB power saving." in page
    assert not TIER_WORDS.search(page)


def test_a_way_around_that_is_for_agents_is_not_told(ines: Client, world: PortalWorld) -> None:
    page = words(ines.get(f"/known/{known_issue(world, lowest_tier=1).pk}"))
    assert "Turn off USB power saving." not in page
    assert "the help desk applies for you" in page


def test_a_known_error_for_staff_does_not_exist_here(ines: Client, world: PortalWorld) -> None:
    known = known_issue(world, audience="internal")
    assert ines.get(f"/known/{known.pk}").status_code == 404
    assert known.title not in words(ines.get("/")) + words(ines.get("/search?q=loses"))


def test_while_typing_only_the_list_is_sent(ines: Client) -> None:
    response = ines.get("/search?q=instrument", headers=HTMX)
    html = response.content.decode()
    assert "<html" not in html
    assert "<mark>instrument</mark>" in html.lower()
    assert "HX-Request" in response["Vary"]
    assert ines.get("/search?q=", headers=HTMX).content.decode().strip() == ""


def test_nothing_found_leads_on(ines: Client) -> None:
    page = ines.get("/search?q=zzzzqqq").content.decode()
    assert "We have no words on this yet." in page
    assert "/assistant?text=zzzzqqq" in page
    assert "/send/other?text=zzzzqqq" in page


@pytest.mark.parametrize("query", ["<script>alert(1)</script>", "'; DROP TABLE x; --", "\x00", "% _ \\", "a" * 5000])
def test_a_strange_query_is_only_words(ines: Client, query: str) -> None:
    response = ines.get("/search", {"q": query})
    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()


def test_an_internal_article_does_not_exist_for_requesters(ines: Client) -> None:
    hidden = knowledge.create(actor=SETUP, title="Master password", issue="instrument", resolution="secret")
    assert ines.get(f"/articles/{hidden.pk}").status_code == 404
    assert "Master password" not in ines.get("/search?q=instrument").content.decode()


def test_an_article_shows_what_helps_and_what_to_do_if_not(ines: Client, world: PortalWorld) -> None:
    page = words(ines.get(f"/articles/{world.article.pk}"))
    assert "Plug it into another socket." in page
    assert "Still there?" in page


def talk(client: Client, text: str) -> tuple[str, HttpResponse]:
    response = client.post("/assistant", {"text": text})
    address = response["Location"].partition("#")[0]
    return address, client.get(address)


def test_the_assistant_answers_with_its_source(ines: Client, world: PortalWorld) -> None:
    address, page = talk(ines, "instrument is not found after an update")
    html = page.content.decode()
    assert "Plug it into another socket." in words(page)
    assert f'class="cite" href="/articles/{world.article.pk}"' in html
    ines.post(f"{address}/solved")
    assert Conversation.objects.get().ended == "solved"
    assert "Ask something else" in words(ines.get(address))


def test_the_assistant_says_when_it_does_not_know_and_passes_on(ines: Client) -> None:
    address, page = talk(ines, "The vending machine on floor 3 speaks Latin")
    assert "I do not know." in words(page)
    assert "“The vending machine on floor 3 speaks Latin”" in words(page)
    response = ines.post(f"{address}/pass-on", {"text": "It speaks Latin and takes my coins"})
    ticket = Ticket.objects.get(pk=int(response["Location"].rpartition("-")[2]))
    assert "takes my coins" in Message.objects.filter(ticket=ticket).earliest("pk").text
    assert ticket.reference in words(ines.get(address))


def test_a_conversation_belongs_to_one_person(ines: Client, client: Client, desk: SmallDesk) -> None:
    address, _page = talk(ines, "instrument")
    client.force_login(desk.agents[1])
    assert client.get(address).status_code == 404
    assert client.post(address, {"text": "let me in"}).status_code == 404
    assert client.post(f"{address}/pass-on").status_code == 404


def test_saying_nothing_is_said_back(ines: Client) -> None:
    response = ines.post("/assistant", {"text": "  "}, follow=True)
    assert "Write something first." in words(response)


def answered(world: PortalWorld) -> Ticket:
    """A request that tier 0 has answered from the article."""
    ticket = world.desk.ticket(
        title="Instrument not found after an update", text="The instrument is not found after an update."
    )
    assistant.attempt(actor=Actor.machine("assistant"), ticket_id=ticket.pk)
    return Ticket.objects.get(pk=ticket.pk)


def test_an_answer_on_a_request_asks_for_yes_or_no(ines: Client, world: PortalWorld) -> None:
    ticket = answered(world)
    page = words(ines.get(f"/requests/{ticket.reference}"))
    assert "The assistant has an answer for you." in page
    assert "Plug it into another socket." in page
    assert "One thing we still need from you" not in page
    ines.post(f"/requests/{ticket.reference}/assistant", {"verdict": "yes"})
    ticket.refresh_from_db()
    assert (ticket.status, ticket.resolved_tier) == ("closed", 0)


def test_an_answer_that_did_not_help_brings_a_person(ines: Client, world: PortalWorld) -> None:
    ticket = answered(world)
    response = ines.post(f"/requests/{ticket.reference}/assistant", {"verdict": "no"}, follow=True)
    assert "A person looks at it now" in words(response)
    ticket.refresh_from_db()
    assert ticket.is_open
    assert "The assistant has an answer for you." not in words(ines.get(f"/requests/{ticket.reference}"))
    again = ines.post(f"/requests/{ticket.reference}/assistant", {"verdict": "no"}, follow=True)
    assert 'class="bad"' in again.content.decode()


def test_the_honest_bar_adds_up_to_all_answers(ines: Client, world: PortalWorld) -> None:
    assert "It has not answered anything yet." in words(ines.get("/assistant"))
    first, second = answered(world), answered(world)
    assistant.confirm(actor=world.desk.asking, ticket_id=first.pk)
    assistant.decline(actor=world.desk.asking, ticket_id=second.pk)
    page = ines.get("/assistant").content.decode()
    widths = [int(width) for width in re.findall(r'<rect class="k\d" x="\d+" width="(\d+)"', page)]
    assert sum(widths) == 1000
    assert "What became of its last 2 answers" in words(ines.get("/assistant"))


def test_a_late_promise_is_admitted_on_the_page(ines: Client, world: PortalWorld) -> None:
    with clock.at(clock.now() + timedelta(days=9)):
        page = words(ines.get(f"/requests/{world.climbing.reference}"))
    assert "We wanted to be further by" in page


def test_every_answer_carries_a_strict_policy(ines: Client) -> None:
    policy = ines.get("/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_a_mail_that_is_longer_than_is_shown_says_so_and_hands_out_all_of_it(desk: SmallDesk, ines: Client) -> None:
    lines = "<p>One more line of it.</p>" * 12_000 + "<p>The end.</p>"
    content = mail(lines, From=desk.requester.email, Content_Type="text/html; charset=utf-8", Subject="A long letter")
    received = intake.receive(actor=Actor.machine("intake"), content=content)

    page = ines.get(f"/requests/{received.ticket}")
    file = Attachment.objects.get(ticket__title="A long letter")

    assert "All of it is in the attached file whole-message.)" in words(page)
    assert f'/files/{file.pk}"' in page.content.decode()
    assert "whole-message.html" in words(page)


def test_a_log_that_was_just_sent_says_what_happens_and_looks_again_by_itself(ines: Client, world: PortalWorld) -> None:
    address = ines.post("/send/log", {"uploads": [SimpleUploadedFile("usb.log", LOG)]})["Location"]
    before = ines.get(address).content.decode()
    assert "We begin to read it in a moment." in before
    assert 'id="logs" hx-get="/requests/' in before
    assert "You can leave this page" in before
    ticket = Ticket.objects.get(pk=int(address.rpartition("-")[2]))
    evidence = diagnosis.collect(
        actor=Actor.machine("diagnosis"), ticket_id=ticket.pk, attachment_id=ticket.attachments.get().pk
    )
    folder = folder_of(evidence.pk)
    folder.mkdir(parents=True)
    (folder / "progress").write_text('{"read": 42, "total": 100, "lines": 5, "until": null}')
    half = ines.get(address).content.decode()
    assert "42 % are done" in unescape(half)
    assert '<progress max="1" value="0.42"' in half
    assert "hx-trigger" in half
    diagnosis.examine_ticket(actor=Actor.machine("diagnosis"), ticket_id=ticket.pk)
    after = ines.get(address).content.decode()
    assert "Whoever helps you sees at once" in after
    assert "<progress max" not in after[after.index('id="logs"') :].partition("</div>{")[0].partition('id="person"')[0]
    assert 'id="logs" hx-get' not in after


def test_what_holds_no_log_is_not_waited_for(ines: Client) -> None:
    address = ines.post("/send/other", {"text": "See the picture.", "uploads": [SimpleUploadedFile("a.png", b"x")]})
    assert 'id="logs"' not in ines.get(address["Location"]).content.decode()
