"""Mail that does not leave at the first try: tried for days, seen while it waits, withdrawn or sent by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tests.support.mails import MailServer
from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people.models import Person
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.work.intake import operations, queries
from tierline.work.intake.errors import MailServerError, NothingToSend
from tierline.work.intake.models import NO_SERVER, OutboundMessage
from tierline.work.intake.operations import outgoing, resting, telling
from tierline.work.intake.rules import MOST_TRIES, TELL_AFTER_TRIES

pytestmark = pytest.mark.django_db
INTAKE = Actor.machine("intake")
world = held(small_desk)


@pytest.fixture
def server(settings: Settings) -> Iterator[MailServer]:
    with MailServer() as running:
        settings.TIERLINE_SMTP = running.settings
        settings.TIERLINE_MAIL_FROM = "Help Desk <support@desk.example>"
        yield running


def answered(world: SmallDesk, ticket: Ticket | None = None) -> OutboundMessage:
    ticket = ticket or world.ticket()
    tickets.reply(actor=world.actor(1), ticket_id=ticket.pk, text="Have you tried water?")
    entry = TimelineEntry.objects.of("ticket", ticket.pk).filter(kind="ticket.replied").last()
    [outbound] = operations.queue_replies(actor=INTAKE, entry_id=entry.pk)
    return outbound


def send(outbound: OutboundMessage) -> OutboundMessage:
    return operations.send(actor=INTAKE, outbound_id=outbound.pk)


def waiting_sends() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'intake.send' AND status = 'todo'")
        return int(cursor.fetchone()[0])


def kinds(outbound: OutboundMessage) -> list[str]:
    return list(TimelineEntry.objects.of("ticket", outbound.ticket_id).values_list("kind", flat=True))


def put(outbound: OutboundMessage, **values: Any) -> None:
    OutboundMessage.objects.filter(pk=outbound.pk).update(**values)


def refuse(server: MailServer, outbound: OutboundMessage, words: str) -> None:
    server.refuse[outbound.recipient] = words


def test_each_try_waits_longer_and_is_queued_by_itself(world: SmallDesk, server: MailServer) -> None:
    outbound = answered(world)
    refuse(server, outbound, "451 4.3.0 later")
    jobs.drain()
    put(outbound, attempts=5)
    before = clock.now()

    late = send(outbound)

    assert late.attempts == 6
    assert before + timedelta(minutes=7) < late.next_at < clock.now() + timedelta(minutes=9)
    assert waiting_sends() == 1, "one waiting job, however often it is tried"
    assert jobs.drain() >= 0
    assert not server.letters

    server.refuse.clear()
    jobs.drain(until=late.next_at + timedelta(seconds=1))
    outbound.refresh_from_db()
    assert (outbound.state, outbound.next_at) == ("sent", None)
    assert len(server.letters) == 1


def test_after_an_hour_the_ticket_is_told_once(world: SmallDesk, server: MailServer) -> None:
    outbound = answered(world)
    refuse(server, outbound, "451 4.3.0 later")
    put(outbound, attempts=TELL_AFTER_TRIES - 1)
    send(outbound)
    assert kinds(outbound).count("intake.mail_delayed") == 1
    assert send(outbound).state == "queued"
    assert kinds(outbound).count("intake.mail_delayed") == 1


def test_after_five_days_it_is_given_up_and_the_author_is_told(world: SmallDesk, server: MailServer) -> None:
    ticket = world.ticket()
    outbound = answered(world, ticket)
    tickets.wait_for(actor=world.actor(1), ticket_id=ticket.pk, whom="requester", reason="A question")
    refuse(server, outbound, "451 4.3.0 later")
    put(outbound, attempts=MOST_TRIES - 1)

    over = send(outbound)

    assert over.state == "failed"
    assert "Given up after 128 tries" in over.last_error
    assert "later" in over.last_error
    assert kinds(outbound).count("intake.mail_failed") == 1
    assert Ticket.objects.get(pk=ticket.pk).status == "open", "nobody got the question"
    assert Person.objects.get_by_natural_key(outbound.recipient).mail_failed_at is None, "it was not the address"


@pytest.mark.parametrize(
    ("words", "state", "flagged"),
    [
        ("554 5.7.1 Relay access denied", "queued", False),
        ("530 5.7.0 Authentication required", "queued", False),
        ("550 5.1.1 no such user", "failed", True),
    ],
)
def test_whose_fault_it_is(world: SmallDesk, server: MailServer, words: str, state: str, flagged: bool) -> None:
    outbound = answered(world)
    refuse(server, outbound, words)
    assert send(outbound).state == state
    assert (Person.objects.get_by_natural_key(outbound.recipient).mail_failed_at is not None) is flagged


@pytest.mark.parametrize(
    ("address", "on_the_wire"),
    [("a..b@docomo.ne.jp", "a..b@docomo.ne.jp"), ("jo@bücher.example", "jo@xn--bcher-kva.example")],
)
def test_addresses_that_people_have_get_their_mail(
    world: SmallDesk, server: MailServer, address: str, on_the_wire: str
) -> None:
    outbound = answered(world)
    put(outbound, recipient=address)
    assert send(outbound).state == "sent"
    assert server.letters[0].recipients == [on_the_wire]
    assert f"To: {on_the_wire}\r\n".encode() in server.letters[0].content


def test_an_address_that_the_server_cannot_write_is_said(world: SmallDesk, server: MailServer) -> None:
    outbound = answered(world)
    put(outbound, recipient="jörg@bücher.example")
    failed = send(outbound)
    assert failed.state == "failed"
    assert "SMTPUTF8" in failed.last_error


def test_what_cannot_be_put_together_waits_and_says_why(
    world: SmallDesk, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise FileNotFoundError("the disk is away")

    outbound = answered(world)
    monkeypatch.setattr(outgoing, "compose", broken)
    waits = send(outbound)
    assert (waits.state, waits.attempts) == ("queued", 1)
    assert "FileNotFoundError: the disk is away" in waits.last_error
    monkeypatch.undo()
    assert send(outbound).state == "sent"


def notices() -> list[OutboundMessage]:
    return list(OutboundMessage.objects.filter(purpose="notice").order_by("pk"))


def test_whoever_wrote_what_did_not_arrive_is_told(world: SmallDesk, server: MailServer) -> None:
    ticket = world.ticket()
    outbound = answered(world, ticket)
    refuse(server, outbound, "550 5.1.1 no such user")
    tickets.resolve(actor=world.actor(1), ticket_id=ticket.pk, resolution="Water helped.")
    jobs.drain()

    [told] = [one for one in notices() if one.recipient == world.agents[1].email]
    assert (told.audience, told.automatic, told.state) == ("internal", True, "sent")
    assert told.subject == f"{ticket.reference}: your answer did not reach {outbound.recipient}"
    assert "550 5.1.1 no such user" in told.text
    assert f"/console/tickets/{ticket.reference}" in told.text
    operations.tell_author(actor=INTAKE, outbound_id=outbound.pk)
    assert notices() == [told], "once, however often the job runs"


def test_who_is_not_told(world: SmallDesk, server: MailServer) -> None:
    def told(**changes: object) -> bool:
        outbound = answered(world)
        put(outbound, state="failed", last_error="550 no")
        message = outbound.message
        for name, value in changes.items():
            setattr(message, name, value)
        message.save()
        return operations.tell_author(actor=INTAKE, outbound_id=outbound.pk) is not None

    assert told()
    assert not told(author=None)
    assert not told(by_machine=True)
    assert not told(author=world.requester), "only staff"
    assert operations.tell_author(actor=INTAKE, outbound_id=0) is None
    assert operations.tell_author(actor=INTAKE, outbound_id=answered(world).pk) is None, "it has not failed"
    Person.objects.filter(pk=world.agents[1].pk).update(is_active=False)
    assert not told()


def test_a_notice_that_fails_makes_no_other(world: SmallDesk, server: MailServer) -> None:
    outbound = answered(world)
    for address in (outbound.recipient, world.agents[1].email):
        server.refuse[address] = "550 5.1.1 no such user"
    jobs.drain()
    assert [one.state for one in notices()] == ["failed"]


def test_a_flood_of_them_ends(world: SmallDesk, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "AUTOMATIC_PER_HOUR", 2)
    for _ in range(4):
        put(one := answered(world), state="failed")
        operations.tell_author(actor=INTAKE, outbound_id=one.pk)
    assert len(notices()) == 2


@pytest.fixture
def rested() -> Iterator[None]:
    resting.forget()
    yield
    resting.forget()


def test_a_server_that_hangs_holds_the_worker_once(
    world: SmallDesk, server: MailServer, monkeypatch: pytest.MonkeyPatch, rested: None
) -> None:
    first, second = answered(world), answered(world)
    refuse(server, first, "451 4.3.0 later")
    send(first)
    assert "later" in send(second).last_error, "who fails at once may be asked at once"

    monkeypatch.setattr(resting, "SLOW", 0.0)
    send(first)
    server.refuse.clear()
    waits = send(second)
    assert waits.state == "queued"
    assert "rests for a minute" in waits.last_error
    assert "451 4.3.0 later" in waits.last_error, "and why"

    monkeypatch.setattr(resting, "REST", 0.0)
    resting.forget()
    refuse(server, first, "451 4.3.0 later")
    send(first)
    server.refuse.clear()
    assert send(second).state == "sent", "a minute later it is asked again"


def test_one_server_rests_and_the_others_do_not(monkeypatch: pytest.MonkeyPatch, rested: None) -> None:
    monkeypatch.setattr(resting, "SLOW", 0.0)
    with pytest.raises(MailServerError, match="timed out"), resting.unless_resting("a.example", 25):
        raise MailServerError("timed out")
    with pytest.raises(MailServerError, match="rests"), resting.unless_resting("a.example", 25):
        raise AssertionError("it must not be asked")
    for host, port in (("a.example", 587), ("b.example", 25)):
        with resting.unless_resting(host, port):
            pass
    with pytest.raises(ValueError, match="odd"), resting.unless_resting("b.example", 25):
        raise ValueError("odd")
    with resting.unless_resting("b.example", 25):
        pass


def test_a_lost_job_is_made_good(world: SmallDesk, server: MailServer) -> None:
    lost, new, late = (answered(world) for _ in range(3))
    jobs.drain()
    hours = timedelta(hours=1)
    for one, created, due in ((lost, 5, None), (new, 1, None), (late, 200, -1)):
        now = clock.now()
        put(one, state="queued", created_at=now - created * hours, next_at=due and now - due * hours)
    assert operations.retry_forgotten(actor=INTAKE) == 1
    assert operations.retry_forgotten(actor=INTAKE) == 0, "it waits already"
    put(late, next_at=clock.now() - 3 * hours)
    assert operations.retry_forgotten(actor=INTAKE) == 1
    jobs.drain()
    assert sorted(one.state for one in (again(lost), again(late))) == ["sent", "sent"]


def again(outbound: OutboundMessage) -> OutboundMessage:
    return OutboundMessage.objects.get(pk=outbound.pk)


@pytest.mark.parametrize("state", ["queued", "failed", "held"])
def test_a_mail_that_has_not_left_is_withdrawn(world: SmallDesk, server: MailServer, state: str) -> None:
    outbound = answered(world)
    put(outbound, state=state, last_error="451 later", next_at=clock.now())

    gone = operations.withdraw(actor=world.actor(1), outbound_id=outbound.pk)

    assert (gone.state, gone.next_at) == ("withdrawn", None)
    assert "Withdrawn by" in gone.last_error
    assert "451 later" in gone.last_error
    jobs.drain()
    assert not server.letters
    assert operations.send_again(actor=world.actor(1), outbound_id=outbound.pk).state == "queued"
    with pytest.raises(NothingToSend):
        operations.send_again(actor=world.actor(1), outbound_id=outbound.pk)
    jobs.drain()
    assert len(server.letters) == 1


@pytest.mark.parametrize("state", ["sent", "delayed", "withdrawn"])
def test_what_has_left_is_not_withdrawn(world: SmallDesk, server: MailServer, state: str) -> None:
    outbound = answered(world)
    put(outbound, state=state)
    with pytest.raises(NothingToSend):
        operations.withdraw(actor=world.actor(1), outbound_id=outbound.pk)


def test_a_stranger_withdraws_nothing(world: SmallDesk, server: MailServer) -> None:
    outbound = answered(world)
    for verb in (operations.withdraw, operations.send_again):
        with pytest.raises(NotFound):
            verb(actor=Actor(label="Nora", person_id=1, roles=frozenset({"requester"})), outbound_id=outbound.pk)
        with pytest.raises(NotFound):
            verb(actor=SETUP, outbound_id=0)


def test_sent_again_by_hand_it_has_its_days_anew(world: SmallDesk, server: MailServer) -> None:
    outbound = answered(world)
    put(outbound, attempts=100, next_at=clock.now() + timedelta(hours=1))
    assert operations.send_again(actor=world.actor(1), outbound_id=outbound.pk).attempts == 0
    jobs.drain()
    assert again(outbound).state == "sent"


def test_what_waited_for_a_server_leaves_together(world: SmallDesk, settings: Settings) -> None:
    settings.TIERLINE_SMTP = None
    waited = [answered(world) for _ in range(3)]
    circle = answered(world)
    put(circle, last_error="in circles")
    assert {one.last_error for one in waited} == {NO_SERVER}
    assert operations.send_held(actor=SETUP) == 0, "there is no server yet"
    assert queries.held_for_a_server(SETUP) == 3
    with MailServer() as server:
        settings.TIERLINE_SMTP = server.settings
        assert operations.send_held(actor=SETUP) == 3
        jobs.drain()
    assert len(server.letters) == 3
    assert again(circle).state == "held", "why it was held still holds"
    assert queries.late_mail(SETUP) == queries.held_for_a_server(SETUP) == 0
    with pytest.raises(NotFound):
        operations.send_held(actor=world.actor(1))
