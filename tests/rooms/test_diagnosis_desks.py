"""What is known on a confidential desk is told on its own tickets only; files that agents send are read as well."""

from __future__ import annotations

import pytest

from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tierline.core.kernel import jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people import operations as people
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.work.diagnosis import operations
from tierline.work.diagnosis.models import Evidence, Match
from tierline.work.diagnosis.rules.match import Condition, Matcher
from tierline.work.diagnosis.rules.match import Match as Found

pytestmark = pytest.mark.django_db

MACHINE = Actor.machine("diagnosis")
RULE = Matcher(all_of=(Condition("text", "contract is void"),))

desk = held(small_desk)


def on(desk: SmallDesk, key: str, *, confidential: bool) -> Ticket:
    """A ticket of another desk whose words the known error fits."""
    other = people.create_desk(actor=SETUP, key=key, name=key.upper(), kind="hr", confidential=confidential)
    return tickets.open_ticket(
        actor=MACHINE, requester=desk.requester, title="My contract is void", text="What now?", desk=other
    )


def refs(ticket: Ticket) -> list[str]:
    operations.examine_ticket(actor=MACHINE, ticket_id=ticket.pk)
    return list(Match.objects.filter(ticket=ticket).values_list("matcher__ref", flat=True))


def test_a_known_error_of_a_confidential_desk_fits_its_own_tickets_only(desk: SmallDesk) -> None:
    ours = desk.ticket(title="My contract is void")
    hidden = on(desk, "hr", confidential=True)
    operations.register_matcher(
        actor=MACHINE, ref="KE-1", title="Dismissed on Friday", matcher=RULE, only_desk_id=hidden.desk_id
    )
    assert refs(ours) == []
    assert refs(hidden) == ["KE-1"]


def test_it_cannot_be_noted_on_another_desks_ticket_by_hand_either(desk: SmallDesk) -> None:
    ours = desk.ticket(title="My contract is void")
    hidden = on(desk, "hr", confidential=True)
    operations.register_matcher(
        actor=MACHINE, ref="KE-1", title="Dismissed on Friday", matcher=RULE, only_desk_id=hidden.desk_id
    )
    with pytest.raises(NotFound):
        operations.note_match(actor=MACHINE, ticket_id=ours.pk, ref="KE-1", found=Found(1.0, ("by its words",)))
    assert not Match.objects.filter(ticket=ours).exists()


def test_one_of_an_open_desk_fits_everywhere(desk: SmallDesk) -> None:
    ours, other = desk.ticket(title="My contract is void"), on(desk, "shop", confidential=False)
    operations.register_matcher(actor=MACHINE, ref="KE-2", title="Contracts", matcher=RULE)
    assert (refs(ours), refs(other)) == (["KE-2"], ["KE-2"])


def completed(ticket: Ticket) -> int:
    return sum(entry.kind == "diagnosis.completed" for entry in TimelineEntry.objects.of("ticket", ticket.pk))


def test_a_file_that_an_agent_sends_with_an_answer_is_read(desk: SmallDesk) -> None:
    ticket = desk.ticket(title="It hangs")
    jobs.drain()
    file = tickets.NewAttachment(name="client.log", content_type="text/plain", content=b"2026-11-23 10:04:02 ERROR x\n")
    tickets.reply(actor=desk.actor(1), ticket_id=ticket.pk, text="This is what we see.", attachments=[file])
    jobs.drain()
    assert [one.state for one in Evidence.objects.filter(ticket=ticket)] == ["ready"]


def test_words_alone_of_an_agent_say_nothing_new(desk: SmallDesk) -> None:
    ticket = desk.ticket(title="It hangs")
    jobs.drain()
    before = completed(ticket)
    tickets.reply(actor=desk.actor(1), ticket_id=ticket.pk, text="We look at it.")
    tickets.add_note(actor=desk.actor(1), ticket_id=ticket.pk, text="Looks like the cable.")
    jobs.drain()
    assert completed(ticket) == before


def test_a_note_with_a_file_is_read(desk: SmallDesk) -> None:
    ticket = desk.ticket(title="It hangs")
    jobs.drain()
    file = tickets.NewAttachment(name="gw.log", content_type="text/plain", content=b"2026-11-23 10:04:02 ERROR y\n")
    tickets.add_note(actor=desk.actor(1), ticket_id=ticket.pk, text="From the gateway.", attachments=[file])
    jobs.drain()
    assert Evidence.objects.get(ticket=ticket).state == "ready"
