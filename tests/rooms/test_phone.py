"""Calls: told by a signed telephone system, known by number, popped for the agent, written up, called back."""

import json
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
from django.test import Client

from tests.support.console import text_of
from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tests.support.own_door import URL, loop
from tests.support.web_world import confidential, signed_in
from tierline.core.kernel import clock, jobs, trials
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people import operations as people
from tierline.desk.people.models import Person
from tierline.desk.tickets.models import Message, Ticket
from tierline.desk.tickets.rules import Kind
from tierline.work.phone import operations, queries
from tierline.work.phone.models import Call, PhoneSystem
from tierline.work.phone.rules import sign

pytestmark = pytest.mark.django_db
SETUP_AGENT = Actor.machine("phone")
NOON = datetime.fromisoformat("2026-11-17T12:00:00+00:00")
INES = "+49 30 901820"


def telephones() -> SmallDesk:
    """The small desk, where the requester and the first agent have telephones."""
    desk = small_desk()
    desk.requester.phone, desk.agents[1].phone = "030 / 901820", "4711"
    for person in (desk.requester, desk.agents[1]):
        person.save(update_fields=["phone"])
    return desk


desk = held(telephones)


class Exchange:
    """A telephone system that signs what it tells."""

    def __init__(self, made: tuple[PhoneSystem, str]) -> None:
        self.row, self.secret = made

    def post(self, body: bytes, *, at: datetime | None = None, secret: str = "") -> Any:
        event, stamp = secrets.token_hex(4), int((at or clock.now()).timestamp())
        signed = sign(body, secret=secret or self.secret, event_id=event, timestamp=stamp)
        headers = {"webhook-id": event, "webhook-timestamp": str(stamp), "webhook-signature": signed}
        return Client().post(f"/hooks/phone/{self.row.key}", body, content_type="application/json", headers=headers)

    def tell(self, event: str, number: str = INES, *, call: str = "c1", **more: Any) -> Call:
        body = {"event": event, "call_id": call, "from": number, "to": "110", "agent": "4711"} | more
        answer = self.post(json.dumps(body).encode())
        assert answer.status_code == 200, answer.content
        return Call.objects.get(external_id=call)


@pytest.fixture
def exchange(desk: SmallDesk) -> Iterator[Exchange]:
    with clock.at(NOON):
        yield Exchange(operations.add_system(actor=SETUP, name="Exchange", desk_id=desk.desk.pk, region="de"))


def at(minutes: float) -> Any:
    return clock.at(NOON + timedelta(minutes=minutes))


def kinds(ticket: Ticket) -> list[str]:
    return [entry.kind for entry in TimelineEntry.objects.of("ticket", ticket.pk)]


def test_a_call_that_rings_opens_the_callers_page_for_the_agent(exchange: Exchange, desk: SmallDesk) -> None:
    call = exchange.tell("ringing")
    assert (call.number, call.caller, call.known_by, call.agent) == (
        "+4930901820",
        desk.requester,
        "number",
        desk.agents[1],
    )
    popped = text_of(signed_in(desk.agents[1]).get("/console/calls/ringing"))
    assert "Ines Okafor is calling" in popped
    assert signed_in(desk.agents[2]).get("/console/calls/ringing").content == b""
    with at(3):
        assert queries.ringing(desk.actor(1)) is None  # nothing rings for three minutes


def test_a_call_goes_through_its_states_and_retries_change_nothing(exchange: Exchange, desk: SmallDesk) -> None:
    exchange.tell("ringing")
    with at(0.2):
        exchange.tell("answered")
    with at(4.2):
        exchange.tell("ended")
    with at(5):
        call = exchange.tell("answered")
    assert (call.state, call.seconds, Call.objects.count()) == ("ended", 240, 1)


def test_a_missed_call_waits_to_be_called_back_and_is_told_on_the_one_open_ticket(
    exchange: Exchange, desk: SmallDesk
) -> None:
    ticket = desk.ticket()
    exchange.tell("ringing")
    call = exchange.tell("ended")
    assert call.state == "missed"
    told = TimelineEntry.objects.of("ticket", ticket.pk).get(kind="call.missed").data
    assert (told["known_by"], told["number"]) == ("number", "+4930901820")
    assert queries.missed(desk.actor(1)) == [call]
    operations.log_call(
        actor=desk.actor(1), caller=desk.requester, notes="Called back.", ticket_id=ticket.pk, outgoing=True
    )
    assert queries.missed(desk.actor(1)) == []


def test_with_several_open_tickets_nobody_knows_what_it_was_about(exchange: Exchange, desk: SmallDesk) -> None:
    both = [desk.ticket(), desk.ticket(title="Another")]
    exchange.tell("missed")
    assert all("call.missed" not in kinds(ticket) for ticket in both)


def test_an_outgoing_call_is_never_missed(exchange: Exchange) -> None:
    assert exchange.tell("ended", direction="out", to=INES).state == "ended"


def test_a_number_of_two_people_is_nobodys_and_an_earlier_call_tells_who_it_was(
    exchange: Exchange, desk: SmallDesk
) -> None:
    first = exchange.tell("ringing", "+44 20 7946 0018", call="a")
    assert (first.caller, first.known_by) == (None, "")
    operations.log_call(actor=desk.actor(1), caller=desk.requester, notes="From London.", call_id=first.pk)
    again = exchange.tell("ringing", "+44 20 7946 0018", call="b")
    assert (again.caller, again.known_by) == (desk.requester, "earlier call")
    Person.objects.get_queryset().filter(pk=desk.lead.pk).update(phone=INES)
    assert exchange.tell("ringing", call="c").caller is None


def test_an_extension_is_not_a_persons_number(exchange: Exchange) -> None:
    assert exchange.tell("ringing", "901820", call="short").caller is None


@pytest.mark.parametrize("change", ["secret", "old", "none"])
def test_only_the_system_itself_is_believed(exchange: Exchange, change: str) -> None:
    body = b'{"event": "ringing", "call_id": "x", "from": "+49 30 901820"}'
    answer = {
        "secret": lambda: exchange.post(body, secret="whsec_AAAA"),
        "old": lambda: exchange.post(body, at=NOON - timedelta(minutes=6)),
        "none": lambda: Client().post(f"/hooks/phone/{exchange.row.key}", body, content_type="application/json"),
    }[change]()
    assert answer.status_code == 401
    assert not Call.objects.exists()


def test_what_is_no_event_is_refused_and_kept_for_the_page(exchange: Exchange) -> None:
    assert exchange.post(b'{"event": "sneezed"}').status_code == 422
    exchange.row.refresh_from_db()
    assert "ringing, answered, ended, missed" in exchange.row.refusal
    assert exchange.post(b"[" + b" " * 20_001).status_code == 413


def test_a_moment_far_off_is_not_believed(exchange: Exchange) -> None:
    assert exchange.tell("ringing", at="1999-01-01T00:00:00Z").started_at == NOON


# --- writing it up ---


def test_a_call_becomes_a_ticket_in_the_callers_words(desk: SmallDesk) -> None:
    ticket = operations.log_call(
        actor=desk.actor(1),
        caller=desk.requester,
        notes="The printer on floor 2 eats paper.",
        title="Printer eats paper",
        kind=Kind.INCIDENT,
        started_at=NOON,
        ended_at=NOON + timedelta(minutes=3),
    )
    assert (ticket.channel, ticket.title) == ("phone", "Printer eats paper")
    told = TimelineEntry.objects.of("ticket", ticket.pk).get(kind="call.logged")
    assert told.data["seconds"] == 180
    assert told.payload.erase().number == "[erased]"  # type: ignore[attr-defined] # typed by its kind
    assert Call.objects.get().agent == desk.agents[1]


def test_a_call_about_an_open_ticket_becomes_a_note_on_it(desk: SmallDesk) -> None:
    ticket = desk.ticket()
    same = operations.log_call(actor=desk.actor(1), caller=desk.requester, notes="It still drops.", ticket_id=ticket.pk)
    assert same.pk == ticket.pk
    assert Message.objects.filter(ticket=ticket, direction="note").get().text == "It still drops."


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"notes": " "}, "notes"),
        ({"started_at": NOON, "ended_at": NOON - timedelta(minutes=1)}, "ended_at"),
        ({"started_at": NOON - timedelta(days=2), "ended_at": NOON}, "ended_at"),
        ({"started_at": NOON, "ended_at": NOON + timedelta(hours=1)}, "ended_at"),
    ],
)
def test_what_cannot_be_a_call_is_refused(desk: SmallDesk, change: dict[str, Any], field: str) -> None:
    with clock.at(NOON), pytest.raises(Invalid) as refused:
        operations.log_call(actor=desk.actor(1), caller=desk.requester, **({"notes": "x", "title": "x"} | change))
    assert list(refused.value.fields) == [field]
    assert not Ticket.objects.exists()


def test_a_ticket_of_somebody_else_is_not_taken(desk: SmallDesk) -> None:
    ticket = desk.ticket()
    with pytest.raises(Invalid):
        operations.log_call(actor=desk.actor(1), caller=desk.lead, notes="x", ticket_id=ticket.pk)
    hidden = confidential(desk)
    with pytest.raises(NotFound):
        operations.log_call(actor=desk.actor(1), caller=hidden.requester, notes="x", ticket_id=hidden.pk)
    with pytest.raises(NotFound):
        operations.log_call(actor=desk.asking, caller=desk.requester, notes="x")


def test_the_log_shows_no_call_about_a_ticket_that_the_agent_may_not_see(desk: SmallDesk) -> None:
    hidden = confidential(desk)
    Call.objects.create(ticket=hidden, notes="secret", number="1", state="ended", started_at=NOON, logged_at=NOON)
    assert queries.lately(desk.actor(1)) == []


# --- finding the caller ---


@pytest.mark.parametrize("asked", ["030 901820", "+49 30 901820", "901820", "Okafor", "ines fiel", "field.example"])
def test_callers_are_found_by_number_and_by_name(desk: SmallDesk, asked: str) -> None:
    assert [one.person for one in queries.callers(desk.actor(1), asked)] == [desk.requester]


def test_those_with_open_tickets_come_first_and_nothing_is_searched_for_a_letter(desk: SmallDesk) -> None:
    desk.ticket()
    assert queries.callers(desk.actor(1), "example")[0].open_tickets == 1
    assert queries.callers(desk.actor(1), "e") == []
    assert queries.callers(desk.actor(1), "999999") == []
    with pytest.raises(NotFound):
        queries.callers(desk.asking, "Ines")


# --- pages ---


def test_the_pages_are_for_staff(desk: SmallDesk) -> None:
    requester = signed_in(desk.requester)
    for address in ("/console/calls", "/console/calls/new", "/console/calls/ringing"):
        assert requester.get(address).status_code == 404


def test_from_the_ringing_call_to_the_ticket(exchange: Exchange, desk: SmallDesk) -> None:
    agent = signed_in(desk.agents[1])
    ticket = desk.ticket()
    call = exchange.tell("ringing")
    exchange.tell("answered")
    sheet = agent.get(f"/console/calls/new?call={call.pk}")
    assert "Why this person: the number is theirs." in text_of(sheet)
    assert f"{ticket.reference} VPN drops" in text_of(sheet)
    typed = {"about": str(ticket.pk), "notes": "Again since noon.", "kind": "incident", "title": ""}
    typed |= {"started_at": "2026-11-17 12:00:00", "ended_at": "", "number": ""}
    answer = agent.post(f"/console/calls/new?call={call.pk}", typed)
    assert answer["Location"] == f"/console/tickets/{ticket.reference}"
    assert "The requester called" in text_of(agent.get(answer["Location"]))
    assert queries.ringing(desk.actor(1)) is None


def test_somebody_new_is_written_down(desk: SmallDesk) -> None:
    agent = signed_in(desk.agents[1])
    typed = {"about": "new", "notes": "Cannot sign in.", "kind": "incident", "title": "Sign-in"}
    typed |= {"started_at": "2026-11-17 12:00:00", "ended_at": "2026-11-17 12:05:00", "number": INES}
    refused = agent.post("/console/calls/new", typed)
    assert (refused.status_code, "write down an address" in text_of(refused)) == (422, True)
    assert "Cannot sign in." in refused.content.decode()
    with clock.at(NOON + timedelta(minutes=6)):
        agent.post("/console/calls/new", typed | {"email": "new@field.example", "name": "Noor New"})
    assert Ticket.objects.get().requester.email == "new@field.example"


def test_the_list_finds_and_shows_what_was_missed(exchange: Exchange, desk: SmallDesk) -> None:
    call = exchange.tell("missed")
    agent = signed_in(desk.agents[1])
    page = text_of(agent.get("/console/calls?q=Ines"))
    assert "Ines Okafor" in page
    assert "+49 30 901820" in page
    piece = agent.get("/console/calls?q=Nobody", headers={"HX-Request": "true"}).content.decode()
    assert "Nobody is known by that" in piece
    assert "<html" not in piece
    agent.post(f"/console/calls/{call.pk}/dismiss")
    assert "Nobody waits for a call" in text_of(agent.get("/console/calls"))


def test_a_telephone_system_is_added_on_the_page_and_its_secret_shown_once(desk: SmallDesk) -> None:
    admin = signed_in(desk.administrator)
    typed = {"phone-name": "Exchange", "phone-desk": desk.desk.pk, "phone-region": "zz"}
    assert admin.post("/setup/doors/phone/new", typed).status_code == 422
    shown = text_of(admin.post("/setup/doors/phone/new", typed | {"phone-region": "de"}, follow=True))
    assert "whsec_" in shown
    system = PhoneSystem.objects.get()
    assert "whsec_" not in text_of(admin.get(f"/setup/doors/phone/{system.pk}"))
    assert "whsec_" not in system.secret
    assert "is removed" in text_of(admin.post(f"/setup/doors/phone/{system.pk}/remove", follow=True))
    with pytest.raises(NotFound):
        operations.remove_system(actor=SETUP, system_id=system.pk)


def test_machines_see_every_call_and_requesters_none(exchange: Exchange, desk: SmallDesk) -> None:
    call = exchange.tell("missed")
    assert Call.objects.visible_to(Actor.machine("phone")).get() == call
    assert not Call.objects.visible_to(desk.asking).exists()


def with_numbers(*numbers: str) -> list[Person]:
    given = [Person(email=f"n{i}@many.example", name=f"N{i:03}", phone=number) for i, number in enumerate(numbers)]
    for person in given:
        person.created_at = clock.now()
    return Person.objects.bulk_create(given)


def test_an_extension_is_found_among_many_numbers_that_hold_it(exchange: Exchange) -> None:
    *_others, owner = with_numbers(*(f"+49 30 5110{i:03}" for i in range(60)), "5110")
    assert exchange.tell("ringing", "5110").caller == owner
    assert queries.callers(SETUP_AGENT, "5110")[0].person == owner
    assert exchange.tell("ringing", "511", call="c2").caller is None


@pytest.mark.parametrize("stored", ["+354 456 7123", "456 7123", "00354 4567123", "456-7123"])
@pytest.mark.parametrize("calling", ["+3544567123", "4567123", "00 354 456 71 23"])
def test_a_short_national_number_is_known_with_and_without_its_country(stored: str, calling: str) -> None:
    (owner,) = with_numbers(stored)
    assert queries.caller_of(calling, "IS") == (owner, "number")


def test_a_switchboard_is_nobody_and_its_agents_are_told_by_extension(desk: SmallDesk) -> None:
    with_numbers(*["+49 30 77001"] * 30)
    assert queries.caller_of("+493077001", "DE") == (None, "")
    assert queries.agent_of("4711", "DE") == desk.agents[1]
    assert queries.agent_of("471", "DE") is None


def steps_of(kind: str, subject_id: int) -> list[str]:
    found = trials.latest(kind, subject_id)
    assert found is not None
    return [f"{step['name']} {step['state']}" for step in found.steps]


def test_a_telephone_is_tried_on_its_page(desk: SmallDesk, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.TIERLINE_URL = URL
    passed = loop(monkeypatch)
    system, _secret = operations.add_system(actor=SETUP, name="Exchange", desk_id=desk.desk.pk, region="de")
    admin, here = signed_in(desk.administrator), f"/setup/doors/phone/{system.pk}"
    shown = admin.post(f"{here}/test", follow=True)
    assert "It is being tried" in text_of(shown)
    assert f'hx-get="{here}/state"' in shown.content.decode()
    jobs.drain()
    piece = admin.get(f"{here}/state", headers={"HX-Request": "true"})
    assert "It works." in text_of(piece)
    assert "Know the signature again" in text_of(piece)
    assert steps_of(operations.TRIAL, system.pk) == ["home good", "refuses good", "admits good"]
    assert len(passed) == 3
    assert not Call.objects.exists()
    system.refresh_from_db()
    assert system.last_at is None


def test_a_telephone_that_is_gone_or_not_ones_own_is_not_tried(desk: SmallDesk) -> None:
    assert signed_in(desk.agents[1]).post("/setup/doors/phone/1/test").status_code == 404
    with pytest.raises(NotFound):
        operations.ask_for_test(actor=SETUP, system_id=0)
    told = trials.take(operations.TRIAL, 0)
    assert [(step["name"], step["state"]) for step in told] == [("begin", "bad")]


def test_a_call_is_written_up_at_the_desk_of_its_telephone_system(desk: SmallDesk) -> None:
    other = people.create_desk(actor=SETUP, key="other", name="Other", kind="customer")
    made = operations.add_system(actor=SETUP, name="Other exchange", desk_id=other.pk, region="de")
    call = Exchange(made).tell("missed")
    agent = replace(desk.actor(1), desk_ids=desk.actor(1).desk_ids | {other.pk})
    ticket = operations.log_call(actor=agent, caller=desk.requester, notes="About the invoice.", call_id=call.pk)
    assert ticket.desk == other
    by_hand = operations.log_call(actor=agent, caller=desk.requester, notes="Nobody's exchange.")
    assert by_hand.desk == desk.desk


@pytest.mark.parametrize("room", ["phone", "messengers", "alerts"])
def test_the_worker_knows_how_each_door_is_tried(room: str) -> None:
    """The worker reads each room's `jobs` and nothing else."""
    known = import_module(f"tierline.work.{room}.jobs").operations
    assert known.TRIAL in trials._runners


def test_what_a_process_cannot_try_is_told_and_never_left_running() -> None:
    trial = trials.ask(actor=SETUP, kind="nothing of the kind")
    jobs.drain()
    trial.refresh_from_db()
    assert (trial.state, trial.steps[0]["todo"]) == ("bad", "Start the worker again.")
