"""The chat of other sites: who may show it, tier 0, people taking over, leaving, mail for what nobody read."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.support.console import text_of
from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tests.support.web_world import signed_in
from tierline.config import env
from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.rates import Window
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Message, Ticket
from tierline.doors.web.chat import views
from tierline.ladder.assistant.models import Conversation
from tierline.ladder.chat import operations
from tierline.ladder.chat.models import Chat, ChatWidget
from tierline.ladder.chat.rules import at_the_end, origin_of
from tierline.work.intake.models import OutboundMessage
from tierline.work.knowledge import operations as knowledge

pytestmark = pytest.mark.django_db
SITE = "https://www.example.org"
MACHINE = Actor.machine("chat")


def with_an_article() -> SmallDesk:
    """The small desk, where tier 0 knows about roaming."""
    desk = small_desk()
    made = knowledge.create(
        actor=SETUP,
        title="Switch off roaming when the VPN drops",
        issue="The VPN drops about every ten minutes, always during an upload.",
        environment="Secure Access 5.2",
        resolution="Open Settings.\nSwitch off Roaming.\nConnect again.",
        cause="The rekey fails when the network changes.",
    )
    knowledge.validate(actor=SETUP, article_id=made.pk)
    knowledge.publish(actor=SETUP, article_id=made.pk, audience="requester")
    operations.add_widget(actor=SETUP, name="Example shop", desk_id=desk.desk.pk, origins=[SITE])
    return desk


desk = held(with_an_article)
KNOWN = "My VPN drops about every ten minutes, always during an upload."
UNKNOWN = "The espresso machine in the lobby sings."


@pytest.fixture(autouse=True)
def fresh_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    views._flood._counts.clear()


class Visitor:
    """The frame of the chat, as a program."""

    def __init__(self) -> None:
        self.widget = ChatWidget.objects.get()
        self.browser = Client()
        self.token = ""

    def page(self) -> Any:
        return self.browser.get(f"/chat/{self.widget.key}")

    def call(self, verb: str, **fields: str) -> Any:
        answer = self.browser.post(f"/chat/{self.widget.key}/{verb}", {"token": self.token} | fields)
        if answer.status_code == 200 and answer.json()["token"]:
            self.token = answer.json()["token"]
        return answer

    def begin(self, text: str, **change: str) -> Any:
        page = self.page().content.decode().partition('data-page="')[2].partition('"')[0]
        return self.call(
            "begin", **({"text": text, "name": "Vera", "email": "vera@site.example", "page": page} | change)
        )


@pytest.fixture
def visitor(desk: SmallDesk) -> Visitor:
    return Visitor()


# --- rules ---


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("https://www.example.org/", SITE),
        (" HTTPS://WWW.EXAMPLE.ORG:443", SITE),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://www.example.org", ""),
        ("https://*.example.org", ""),
        ("https://example.org/shop", ""),
        ("https://user@example.org", ""),
        ("https://a.example; script-src *", ""),
        ("null", ""),
        ("*", ""),
        ("https://[", ""),
    ],
)
def test_origins(typed: str, found: str) -> None:
    assert origin_of(typed) == found


def test_silence_after_an_answer_is_no_ticket_and_everything_else_is() -> None:
    assert at_the_end(asked_to=True, last_decision="answer").ticket
    assert at_the_end(asked_to=False, last_decision="ask").ticket
    assert not at_the_end(asked_to=False, last_decision="answer").ticket


# --- who may show it ---


def test_only_the_configured_sites_may_show_the_frame(visitor: Visitor) -> None:
    page = visitor.page()
    policy = page["Content-Security-Policy"]
    assert f"frame-ancestors {SITE}" in policy
    assert "unsafe" not in policy
    assert "form-action 'none'" in policy
    assert page.cookies == {}
    assert "X-Frame-Options" not in page


def test_the_loader_is_one_script_that_needs_nothing_forbidden(visitor: Visitor) -> None:
    answer = visitor.browser.get(f"/chat/{visitor.widget.key}/widget.js")
    script = answer.content.decode()
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    for forbidden in ("eval(", "innerHTML", "document.cookie", 'setAttribute("style"', "Function("):
        assert forbidden not in script
    assert 'setAttribute("sandbox", "allow-scripts allow-forms")' in script
    assert len(script) < 4_000


def test_an_unknown_key_is_not_there(visitor: Visitor) -> None:
    for address in ("/chat/none", "/chat/none/widget.js"):
        assert visitor.browser.get(address).status_code == 404
    assert visitor.browser.post("/chat/none/begin").status_code == 404


# --- tier 0 ---


def test_tier_0_answers_as_on_the_portal_and_solved_needs_no_ticket(visitor: Visitor) -> None:
    told = visitor.begin(KNOWN).json()
    assert told["state"] == "tier0"
    assert [line["by"] for line in told["lines"]] == ["you", "assistant"]
    assert "Switch off Roaming" in told["lines"][1]["text"]
    assert visitor.call("solved").json()["state"] == "solved"
    assert not Ticket.objects.exists()
    assert visitor.call("say", text="More").status_code == 403


def test_the_answer_may_be_read_by_the_frame_and_sets_no_cookie(visitor: Visitor) -> None:
    answer = visitor.begin(KNOWN)
    assert (answer["Access-Control-Allow-Origin"], answer["Cache-Control"]) == ("null", "no-store")
    assert "Access-Control-Allow-Credentials" not in answer
    assert answer.cookies == {}


def test_what_tier_0_does_not_know_goes_to_people_with_the_reason(visitor: Visitor, desk: SmallDesk) -> None:
    told = visitor.begin(UNKNOWN).json()
    ticket = Ticket.objects.get()
    assert (told["state"], told["reference"]) == ("people", ticket.reference)
    assert (ticket.channel, ticket.requester.email, ticket.desk) == ("chat", "vera@site.example", desk.desk)
    why = TimelineEntry.objects.of("ticket", ticket.pk).get(kind="chat.passed_on").data
    assert why == {"widget": "Example shop", "why": "Tier 0 did not know an answer."}


def test_a_chat_without_tier_0_leads_to_people_at_once(visitor: Visitor) -> None:
    ChatWidget.objects.update(answers=False)
    assert visitor.begin(KNOWN).json()["state"] == "people"


# --- people ---


def test_people_take_over_and_both_sides_read_each_other(visitor: Visitor, desk: SmallDesk) -> None:
    visitor.begin(KNOWN)
    visitor.call("people")
    ticket = Ticket.objects.get()
    visitor.call("say", text="It is urgent.")
    assert Message.objects.filter(ticket=ticket, direction="in").latest("pk").text == "It is urgent."
    tickets.add_note(actor=desk.actor(1), ticket_id=ticket.pk, text="Among colleagues.")
    tickets.reply(actor=desk.actor(1), ticket_id=ticket.pk, text="I am looking at it now.")
    told = visitor.call("news").json()
    assert [(line["by"], line["text"]) for line in told["lines"][-2:]] == [
        ("you", "It is urgent."),
        ("desk", "I am looking at it now."),
    ]
    assert "Among colleagues." not in json.dumps(told)


def answered(visitor: Visitor, desk: SmallDesk) -> Ticket:
    visitor.begin(UNKNOWN)
    jobs.drain()
    ticket = Ticket.objects.get()
    OutboundMessage.objects.all().delete()
    tickets.reply(actor=desk.actor(1), ticket_id=ticket.pk, text="Have you tried decaf?")
    jobs.drain()
    return ticket


def test_an_answer_that_the_visitor_reads_is_not_mailed(visitor: Visitor, desk: SmallDesk) -> None:
    answered(visitor, desk)
    visitor.call("news")
    jobs.drain(clock.now() + timedelta(minutes=2))
    assert not OutboundMessage.objects.exists()


def test_an_answer_that_nobody_read_within_a_minute_is_mailed(visitor: Visitor, desk: SmallDesk) -> None:
    answered(visitor, desk)
    assert not OutboundMessage.objects.exists()
    jobs.drain(clock.now() + timedelta(minutes=2))
    assert OutboundMessage.objects.get().recipient == "vera@site.example"


def test_after_the_visitor_left_answers_are_mailed_at_once(visitor: Visitor, desk: SmallDesk) -> None:
    visitor.begin(UNKNOWN)
    visitor.call("leave")
    answered_kinds = [entry.kind for entry in TimelineEntry.objects.of("ticket", Ticket.objects.get().pk)]
    assert "chat.visitor_left" in answered_kinds
    jobs.drain()
    OutboundMessage.objects.all().delete()
    tickets.reply(actor=desk.actor(1), ticket_id=Ticket.objects.get().pk, text="Decaf.")
    jobs.drain()
    assert OutboundMessage.objects.count() == 1


# --- the end ---


def test_leaving_without_a_solution_makes_a_ticket_once(visitor: Visitor) -> None:
    visitor.begin(KNOWN)
    assert visitor.call("leave").json()["state"] == "left"
    visitor.call("leave")
    assert Ticket.objects.get().channel == "chat"
    assert visitor.call("say", text="Hello?").json()["error"].startswith("This chat has ended.")


def test_who_vanishes_after_an_answer_is_silent_and_who_vanishes_before_gets_a_ticket(visitor: Visitor) -> None:
    visitor.begin(KNOWN)
    assert operations.end_silent(actor=MACHINE) == 0
    with clock.at(clock.now() + timedelta(minutes=11)):
        assert operations.end_silent(actor=MACHINE) == 1
        assert operations.end_silent(actor=MACHINE) == 0
    assert not Ticket.objects.exists()
    Chat.objects.update(left_at=None)
    Conversation.objects.get().turns.filter(by_machine=True).update(decision="ask")
    with clock.at(clock.now() + timedelta(minutes=11)):
        operations.end_silent(actor=MACHINE)
    assert Ticket.objects.count() == 1


# --- who holds what ---


@pytest.mark.parametrize("token", ["", "1", "MQ:1abc:def", "x" * 400])
def test_without_the_token_there_is_no_chat(visitor: Visitor, token: str) -> None:
    visitor.begin(KNOWN)
    visitor.token = token
    for verb in ("news", "say", "people", "leave", "solved"):
        assert visitor.call(verb, text="Hello").status_code == 404, verb


def test_a_token_is_good_for_a_day_and_a_verb_is_one_of_three(visitor: Visitor) -> None:
    visitor.begin(KNOWN)
    assert visitor.call("delete").status_code == 404
    token, visitor.token = visitor.token, ""
    assert operations.news(actor=MACHINE, token=token).state == "tier0"


@pytest.mark.parametrize(
    ("change", "status"),
    [({"page": "forged"}, 404), ({"email": ""}, 422), ({"email": "no address"}, 422), ({"text": "  "}, 422)],
)
def test_what_cannot_begin_is_refused_and_leaves_nothing(visitor: Visitor, change: dict[str, str], status: int) -> None:
    assert visitor.begin(change.pop("text", KNOWN), **change).status_code == status
    assert not Chat.objects.exists()


def test_a_visitor_who_writes_the_address_of_staff_gets_no_rights_of_theirs(visitor: Visitor, desk: SmallDesk) -> None:
    told = visitor.begin(UNKNOWN, email=desk.agents[1].email).json()
    other = desk.ticket(title="Somebody else's")
    assert told["state"] == "people"
    assert other.reference not in visitor.call("news").content.decode()


def test_six_chats_and_twenty_messages_a_minute(visitor: Visitor) -> None:
    statuses = [visitor.begin(KNOWN).status_code for _ in range(7) if not setattr(visitor, "token", "")]
    assert statuses == [200] * 6 + [429]


def test_an_invented_token_begins_no_more_chats_than_anybody_else(visitor: Visitor) -> None:
    statuses = []
    for number in range(7):
        visitor.token = f"invented {number}"
        statuses.append(visitor.begin(KNOWN).status_code)
    assert statuses == [200] * 6 + [429]


def test_the_limits_hold_in_every_process_and_for_each_caller_behind_a_proxy(visitor: Visitor, settings: Any) -> None:
    settings.TIERLINE_TRUSTED_PROXIES = env.networks_of("127.0.0.1")
    for caller, allowed in (("203.0.113.7", 6), ("203.0.113.8", 6)):
        visitor.browser = Client(headers={"X-Forwarded-For": f"1.1.1.1, {caller}"})
        for _ in range(allowed):
            views._flood._counts.clear()  # as another process would have it
            assert visitor.begin(KNOWN).status_code == 200
        assert visitor.begin(KNOWN).status_code == 429


def test_one_address_that_invents_tokens_is_stopped_without_a_statement(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "_flood", Window(limit=2, seconds=60))
    statuses = []
    for number in range(4):
        visitor.token = f"invented {number}"
        statuses.append(visitor.call("news").status_code)
    assert statuses == [404, 404, 429, 429]


# --- set-up ---


def test_a_chat_is_added_on_its_page(desk: SmallDesk) -> None:
    admin = signed_in(desk.administrator)
    typed = {"chat-name": "Shop", "chat-desk": desk.desk.pk, "chat-origins": "https://shop.example\nhttp://bad.example"}
    refused = admin.post("/setup/doors/chat/new", typed)
    assert (refused.status_code, "Up to 20 origins" in text_of(refused)) == (422, True)
    shown = admin.post("/setup/doors/chat/new", typed | {"chat-origins": "https://shop.example"}, follow=True)
    widget = ChatWidget.objects.get(name="Shop")
    assert f"/chat/{widget.key}/widget.js" in text_of(shown)
    assert not widget.answers
    assert "is removed" in text_of(admin.post(f"/setup/doors/chat/{widget.pk}/remove", follow=True))
    with pytest.raises(NotFound):
        operations.remove_widget(actor=SETUP, widget_id=widget.pk)


def test_faults_of_a_widget_stand_at_their_fields(desk: SmallDesk) -> None:
    with pytest.raises(Invalid) as refused:
        operations.add_widget(actor=SETUP, name="", desk_id=0, origins=[])
    assert set(refused.value.fields) == {"name", "origins", "desk"}
    with pytest.raises(Invalid):
        operations.add_widget(actor=SETUP, name="Example shop", desk_id=desk.desk.pk, origins=[SITE])
    with pytest.raises(NotFound):
        operations.add_widget(actor=desk.actor(1), name="X", desk_id=desk.desk.pk, origins=[SITE])


def test_the_agent_reads_why_it_is_a_ticket(visitor: Visitor, desk: SmallDesk) -> None:
    visitor.begin(UNKNOWN)
    shown = text_of(signed_in(desk.agents[1]).get(f"/console/tickets/{Ticket.objects.get().reference}"))
    assert "A chat on Example shop became this ticket." in shown
    assert "Nobody has checked that the mail address is the visitor's." in shown
