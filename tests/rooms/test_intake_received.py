"""What came in can be looked up with its why, and what a rule ignored can be taken all the same."""

from __future__ import annotations

import pytest

from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tests.support.mails import mail
from tierline.core.kernel import jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.people.models import Desk, Person
from tierline.desk.tickets.models import Ticket
from tierline.work.intake import operations, queries
from tierline.work.intake.errors import NotIgnored
from tierline.work.intake.models import InboundMessage, OutboundMessage
from tierline.work.intake.operations.known import forget

pytestmark = pytest.mark.django_db
INTAKE = Actor.machine("intake")
world = held(small_desk)


def receive(content: bytes) -> operations.Received:
    return operations.receive(actor=INTAKE, content=content)


def lead(world: SmallDesk) -> Actor:
    return Actor(label="Lena", person_id=world.lead.pk, roles=frozenset({"lead"}), desk_ids=frozenset({world.desk.pk}))


def shown(viewer: Actor, **wanted: object) -> list[str]:
    return [one.subject for one in queries.received(viewer, **wanted)]  # type: ignore[arg-type] # as a page asks


def test_everything_that_came_is_there_with_its_why(world: SmallDesk) -> None:
    receive(mail(Subject="A person"))
    receive(mail(Subject="Automatic reply: away", Auto_Submitted="auto-replied"))
    receive(mail(Subject="Nobody", From=None))
    assert shown(lead(world)) == ["Nobody", "Automatic reply: away", "A person"]
    assert all(one.reason for one in queries.received(lead(world)) if one.outcome != "ticket")
    assert shown(lead(world), outcome="ignored") == ["Automatic reply: away"]
    assert shown(lead(world), outcome="no such outcome") == shown(lead(world))


@pytest.mark.parametrize("find", ["nora@", "PRINTER", "number-7@", "7@customer.example"])
def test_a_message_is_found_by_who_what_and_its_id(world: SmallDesk, find: str) -> None:
    receive(mail(Subject="Printer on fire", Message_ID="<number-7@customer.example>"))
    receive(mail(Subject="Other", From="x@other.example", Message_ID="<8@other.example>"))
    assert shown(lead(world), find=find) == ["Printer on fire"]


@pytest.mark.parametrize("find", ["%", "_", "'; --", "\\"])
def test_signs_of_the_language_of_the_database_are_signs(world: SmallDesk, find: str) -> None:
    receive(mail(Subject="Plain"))
    assert shown(lead(world), find=find) == []


def test_pages_go_on_where_the_last_one_ended(world: SmallDesk) -> None:
    for number in range(5):
        receive(mail(Subject=f"Number {number}", From=None))
    first = queries.received(SETUP, limit=2)
    rest = queries.received(SETUP, before=first[-1].pk)
    assert [one.subject for one in (*first, *rest)] == [f"Number {number}" for number in (4, 3, 2, 1, 0)]


def test_of_tickets_only_those_that_exist_for_the_viewer(world: SmallDesk) -> None:
    hidden = Desk.objects.create(key="hr", name="HR", kind="hr", confidential=True)
    received = operations.receive(actor=INTAKE, content=mail(Subject="My salary"), desk_id=hidden.pk)
    receive(mail(Subject="Printer"))
    assert shown(lead(world)) == ["Printer"]
    assert shown(lead(world), find="salary") == []
    with pytest.raises(NotFound):
        queries.received_original(lead(world), received.inbound_id)


def test_the_original_is_had_byte_for_byte(world: SmallDesk) -> None:
    content = mail(b"Caf\xe9 \x00\r\n", Subject="x")
    assert queries.received_original(lead(world), receive(content).inbound_id) == content
    for missing in (0, 10**15):
        with pytest.raises(NotFound):
            queries.received_original(lead(world), missing)


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Subject": "Automatic reply: I am away"},
        {"X_Autoreply": "yes"},
        {"From": "robot@customer.example", "Auto_Submitted": "auto-generated", "In_Reply_To": "<x@y>"},
    ],
)
def test_what_a_rule_ignored_is_taken_and_nobody_is_answered(world: SmallDesk, headers: dict[str, str]) -> None:
    ignored = receive(mail("The door is open.", **headers))
    assert (ignored.outcome, Ticket.objects.count()) == ("ignored", 0)

    taken = operations.take_anyway(actor=lead(world), inbound_id=ignored.inbound_id)

    assert (taken.outcome, taken.auto_reply) == ("ticket", False)
    assert taken.reason == f"taken by Lena, although: {ignored.reason}"
    jobs.drain()
    assert not OutboundMessage.objects.exists()
    with pytest.raises(NotIgnored):
        operations.take_anyway(actor=lead(world), inbound_id=ignored.inbound_id)


def test_it_joins_the_ticket_that_it_answers(world: SmallDesk) -> None:
    first = receive(mail(Message_ID="<first@customer.example>"))
    ignored = receive(mail("Away.", Auto_Submitted="auto-replied", In_Reply_To="<first@customer.example>"))
    taken = operations.take_anyway(actor=SETUP, inbound_id=ignored.inbound_id)
    assert (taken.outcome, taken.ticket) == ("follow_up", first.ticket), "although this person sees no ticket"


def test_a_learned_rule_is_overruled_for_this_one_only(world: SmallDesk) -> None:
    waits = receive(mail(Subject="Newsletter", From=None, Sender="x"))
    InboundMessage.objects.filter(pk=waits.inbound_id).update(sender="news@shop.example")
    operations.learn(actor=SETUP, inbound_id=waits.inbound_id, mark="sender", verdict="ignore")
    forget()
    ignored = receive(mail(Subject="Newsletter 2", From="news@shop.example"))
    assert ignored.outcome == "ignored"
    assert operations.take_anyway(actor=SETUP, inbound_id=ignored.inbound_id).outcome == "ticket"
    assert receive(mail(Subject="Newsletter 3", From="news@shop.example")).outcome == "ignored"
    forget()  # the rule is rolled back


def test_what_cannot_be_taken(world: SmallDesk) -> None:
    ticket, waits = receive(mail()), receive(mail(From=None))
    deleted = receive(mail(From=None, Subject="Gone"))
    operations.discard(actor=SETUP, inbound_id=deleted.inbound_id)
    again = receive(mail(Subject="Twice", Message_ID="<t@x>", Auto_Submitted="auto-replied"))
    InboundMessage.objects.filter(pk=again.inbound_id).update(duplicate_of=ticket.inbound_id)
    for one in (ticket, waits, deleted, again):
        with pytest.raises(NotIgnored):
            operations.take_anyway(actor=SETUP, inbound_id=one.inbound_id)
    with pytest.raises(NotFound):
        operations.take_anyway(actor=SETUP, inbound_id=0)
    for verb in (
        lambda actor: operations.take_anyway(actor=actor, inbound_id=ticket.inbound_id),
        queries.received,
        lambda actor: queries.received_original(actor, ticket.inbound_id),
    ):
        with pytest.raises(NotFound):
            verb(world.actor(1))


def test_without_a_sender_it_waits_in_quarantine(world: SmallDesk) -> None:
    ignored = receive(mail(From=None, Auto_Submitted="auto-replied"))
    assert ignored.outcome == "ignored"
    assert operations.take_anyway(actor=SETUP, inbound_id=ignored.inbound_id).outcome == "quarantined"
    assert not Person.objects.filter(email="").exists()
