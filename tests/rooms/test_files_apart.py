"""A log is there for whoever sent it and for the desk; who reads along has it once it is shared, and never before."""

import re
from dataclasses import dataclass

import pytest
from django.test import Client

from tests.support.access_world import same
from tests.support.api import program_of
from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tests.support.web_world import signed_in
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people import operations as people
from tierline.desk.people.models import Person
from tierline.desk.people.queries import actor_for
from tierline.desk.people.rules import Role
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets import queries
from tierline.desk.tickets.models import Attachment, Follower, Ticket
from tierline.desk.tickets.operations import NewAttachment
from tierline.work.diagnosis import operations as diagnosis
from tierline.work.diagnosis import queries as diagnosis_queries

pytestmark = pytest.mark.django_db
LOG = NewAttachment(name="client.log", content_type="text/plain", content=b"10:00:00 INFO started\n10:00:01 INFO ok\n")
PICTURE = NewAttachment(name="screen.png", content_type="image/png", content=b"\x89PNG\r\n\x1a\n" + bytes(40))
BUNDLE = NewAttachment(name="x", content_type="", content=b"PK\x03\x04" + bytes(40))


@dataclass(frozen=True)
class Thread:
    """A request with a log, a picture and an archive, and somebody who reads along and sent a log of their own."""

    desk: SmallDesk
    ticket: Ticket
    follower: Person
    files: dict[str, Attachment]

    @property
    def following(self) -> Actor:
        return actor_for(self.follower)


def make_thread() -> Thread:
    desk = small_desk()
    follower = people.create_person(
        actor=SETUP, email="boss@field.example", name="Bea Boss", roles=[Role.REQUESTER], password=""
    )
    ticket = desk.ticket(attachments=[LOG, PICTURE, BUNDLE])
    Follower.objects.create(ticket=ticket, person=follower)
    own = NewAttachment(name="boss.log", content_type="text/plain", content=b"10:00:00 INFO of the boss\n")
    tickets.receive_message(
        actor=Actor.machine("intake"), ticket_id=ticket.pk, author=follower, text="Mine, too.", attachments=[own]
    )
    patch = NewAttachment(name="fix.zip", content_type="application/zip", content=b"PK\x03\x04" + bytes(30))
    tickets.reply(actor=desk.actor(1), ticket_id=ticket.pk, text="Try this.", attachments=[patch])
    diagnosis.examine_ticket(actor=Actor.machine("diagnosis"), ticket_id=ticket.pk)
    return Thread(desk, ticket, follower, {one.name: one for one in Attachment.objects.filter(ticket=ticket)})


thread = held(make_thread)

EVERYBODYS = {"screen.png", "fix.zip"}
SEEN = {
    "requester": EVERYBODYS | {"client.log", "x"},
    "follower": EVERYBODYS | {"boss.log"},
    "agent": EVERYBODYS | {"client.log", "x", "boss.log"},
    "machine": EVERYBODYS | {"client.log", "x", "boss.log"},
    "nobody": set(),
}


def viewer(thread: Thread, name: str) -> Actor:
    return {
        "requester": thread.desk.asking,
        "follower": thread.following,
        "agent": thread.desk.actor(1),
        "machine": Actor.machine("diagnosis"),
        "nobody": Actor(label="nobody"),
    }[name]


@pytest.mark.parametrize("name", list(SEEN))
def test_everything_that_lists_or_hands_out_files_keeps_one_rule(thread: Thread, name: str) -> None:
    who = viewer(thread, name)
    assert {one.name for one in queries.attachments(who, thread.ticket.pk)} == SEEN[name]
    for file in thread.files.values():
        if file.name in SEEN[name]:
            assert queries.attachment(who, file.pk) == file
        else:
            with pytest.raises(NotFound):
                queries.attachment(who, file.pk)
    if name != "nobody":  # whoever asks for messages has asked for the ticket before
        listed = {file.name for said in queries.messages(who, thread.ticket.pk) for file in said.files}
        assert listed == SEEN[name]


def test_the_findings_of_a_log_follow_the_log(thread: Thread) -> None:
    def names(who: Actor) -> set[str]:
        return {one.name for one in diagnosis_queries.evidence_of(who, thread.ticket.pk)}

    assert names(thread.desk.asking) == {"client.log", "x", "fix.zip"}
    assert names(thread.following) == {"boss.log", "fix.zip"}
    assert names(thread.desk.actor(1)) == {"client.log", "x", "boss.log", "fix.zip"}


def answers(thread: Thread, person: Person, name: str | None) -> list[tuple[int, dict[str, str], bytes]]:
    """What portal and program say of a file, or (without a name) of one that is not there."""
    number = thread.files[name].pk if name else 2_000_000_000
    where = f"/requests/{thread.ticket.reference}/files/{number}"
    page, program = signed_in(person).get(where), program_of(person)
    told = program.get(f"/tickets/{thread.ticket.reference}/attachments/{number}")
    return [
        (status, headers, re.sub(rb"(files|attachments)/\d+", b"N", body))
        for status, headers, body in (same(page), same(told))
    ]


def statuses(told: list[tuple[int, dict[str, str], bytes]]) -> list[int]:
    return [status for status, _, _ in told]


def test_what_is_denied_is_missing_byte_for_byte_and_what_is_shared_is_there(thread: Thread) -> None:
    missing = answers(thread, thread.follower, None)
    assert statuses(missing) == [404, 404]
    assert answers(thread, thread.follower, "client.log") == missing
    assert answers(thread, thread.desk.requester, "boss.log") == answers(thread, thread.desk.requester, None)
    assert statuses(answers(thread, thread.desk.requester, "client.log")) == [200, 200]
    assert statuses(answers(thread, thread.follower, "screen.png")) == [200, 200]

    tickets.share_file(actor=thread.desk.asking, attachment_id=thread.files["client.log"].pk)
    assert [body for _, _, body in answers(thread, thread.follower, "client.log")] == [LOG.content] * 2
    assert answers(thread, thread.follower, "x") == missing, "only what was shared"
    tickets.share_file(actor=thread.desk.asking, attachment_id=thread.files["client.log"].pk, shared=False)
    assert answers(thread, thread.follower, "client.log") == missing


def test_only_who_sent_it_shares_it_and_twice_is_once(thread: Thread) -> None:
    file = thread.files["client.log"].pk
    for who in (thread.following, thread.desk.actor(1), thread.desk.leading, Actor.machine("x"), Actor(label="")):
        with pytest.raises(NotFound):
            tickets.share_file(actor=who, attachment_id=file)
    with pytest.raises(NotFound):  # what the desk sent is everybody's
        tickets.share_file(actor=thread.desk.actor(1), attachment_id=thread.files["fix.zip"].pk, shared=False)
    for _ in range(2):
        tickets.share_file(actor=thread.desk.asking, attachment_id=file)
    entries = TimelineEntry.objects.of("ticket", thread.ticket.pk).filter(kind="ticket.file_shared")
    assert [one.data for one in entries] == [{"attachment_id": file, "shared": True}]


def test_the_page_offers_it_where_somebody_reads_along(thread: Thread) -> None:
    where = f"/requests/{thread.ticket.reference}"
    mine, theirs = signed_in(thread.desk.requester), signed_in(thread.follower)
    page = mine.get(where).content.decode()
    assert page.count("Share it with those who read along") == 2
    assert "boss.log" not in page
    assert "client.log" not in theirs.get(where).content.decode()
    share = f"{where}/files/{thread.files['client.log'].pk}/share"
    assert theirs.post(share, {"shared": "yes"}).status_code == 404
    assert mine.get(share).status_code == 405
    told = mine.post(share, {"shared": "yes"}, follow=True).content.decode()
    assert "can download it now" in told
    assert "Keep it to us again" in told
    seen = theirs.get(where).content.decode()
    assert "client.log" in seen
    assert "A log that was shared with you" in seen
    assert "A log was shared with those who read along." in seen
    back = mine.post(share, {}, follow=True).content.decode()
    assert "Only you and those who help you have it now." in back
    assert "client.log" not in theirs.get(where).content.decode()


def test_alone_on_a_request_there_is_nobody_to_share_with(thread: Thread) -> None:
    Follower.objects.filter(ticket=thread.ticket).delete()
    page = signed_in(thread.desk.requester).get(f"/requests/{thread.ticket.reference}").content.decode()
    assert "client.log" in page
    assert "Share it" not in page


def test_an_agent_who_asked_follows_the_rule_as_a_requester_and_the_right_as_an_agent(thread: Thread) -> None:
    """Somebody of the desk who asked something has their own logs; those of others ask for the right as ever."""
    agent = thread.desk.agents[1]
    asked = tickets.open_ticket(
        actor=actor_for(agent), requester=agent, title="My own VPN", text="drops", attachments=[LOG]
    )
    other = NewAttachment(name="boss.log", content_type="text/plain", content=b"10:00:00 INFO of the boss\n")
    tickets.receive_message(
        actor=Actor.machine("intake"), ticket_id=asked.pk, author=thread.follower, text="Mine.", attachments=[other]
    )
    mine, theirs = Attachment.objects.filter(ticket=asked).order_by("pk")
    program = program_of(agent)
    assert program.get(f"/tickets/{asked.reference}/attachments/{mine.pk}").status_code == 200
    assert program.get(f"/tickets/{asked.reference}/attachments/{theirs.pk}").status_code == 404
    browser: Client = signed_in(agent)
    assert browser.get(f"/requests/{asked.reference}/files/{mine.pk}").status_code == 200
    assert browser.get(f"/requests/{asked.reference}/files/{theirs.pk}").status_code == 404
