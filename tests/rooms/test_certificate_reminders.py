"""Reminders of certificates that end: who gets a mail, when, with which words, and once each."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tests.support.mails import MailServer
from tests.support.staff import staffed
from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.core.timeline.rules import Audience
from tierline.desk.people import operations as people
from tierline.desk.people.models import Certificate, Person, Skill
from tierline.desk.people.queries import actor_for, leads_of
from tierline.desk.people.rules import Role
from tierline.desk.people.rules.certificates import Reminder, reminder_subject, reminder_text
from tierline.reactions.jobs import remind_of_certificate
from tierline.work.intake import operations as intake
from tierline.work.intake import queries as intake_queries
from tierline.work.intake.models import OutboundMessage, State
from tierline.work.intake.operations.delivering import mark_failed

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def build() -> SmallDesk:
    """Agent 2 holds the only certificate of VPN, 20 days before its end; the desk's lead works in another group."""
    with clock.at(NOW):
        desk = small_desk()
        staffed(desk)
    return desk


desk = held(build)


@pytest.fixture(autouse=True)
def now(db: None) -> Iterator[None]:
    with clock.at(NOW):
        yield


def told(*, days: int) -> list[tuple[str, str]]:
    """Whom the mails went to after so many days, with their subjects, in order."""
    with clock.at(NOW + timedelta(days=days)):
        jobs.drain()
    return list(OutboundMessage.objects.order_by("pk").values_list("recipient", "subject"))


class TestMails:
    def test_the_holder_and_who_leads_them_at_each_distance_once(self, desk: SmallDesk) -> None:
        holder, lead = desk.agents[2].email, desk.lead.email
        first = [(holder, "Tunnel Engineer ends in 20 days"), (lead, "Agent 2: Tunnel Engineer ends in 20 days")]
        assert told(days=0) == told(days=12) == first
        last = [(holder, "Tunnel Engineer ends in 7 days"), (lead, "Agent 2: Tunnel Engineer ends in 7 days")]
        assert told(days=13) == told(days=30) == [*first, *last]

    def test_they_belong_to_no_ticket_and_say_what_nobody_covers(self, desk: SmallDesk) -> None:
        told(days=0)
        for mail in OutboundMessage.objects.all():
            assert (mail.ticket_id, mail.purpose, mail.audience, mail.automatic) == (None, "notice", "internal", True)
            assert "counts up to and including 2026-12-13" in mail.text
            assert "Nobody with VPN is on shift then in 50 hours of a week on tier 2." in mail.text
            assert "number TE-1" in mail.text

    def test_a_job_that_runs_again_says_nothing_twice(self, desk: SmallDesk) -> None:
        told(days=0)
        entry = TimelineEntry.objects.get(kind="person.certificate_expires")
        remind_of_certificate(entry_id=entry.pk)
        assert OutboundMessage.objects.count() == 2

    def test_what_was_withdrawn_meanwhile_is_not_told_of(self, desk: SmallDesk) -> None:
        told(days=0)
        entry = TimelineEntry.objects.get(kind="person.certificate_expires")
        OutboundMessage.objects.all().delete()
        people.withdraw_certificate(actor=SETUP, certificate_id=Certificate.objects.get().pk)
        remind_of_certificate(entry_id=entry.pk)
        assert not OutboundMessage.objects.exists()

    def test_a_mail_goes_out_from_the_desk_and_reads_well(self, desk: SmallDesk, settings: Settings) -> None:
        with MailServer() as server:
            settings.TIERLINE_SMTP = server.settings
            told(days=0)
            assert set(OutboundMessage.objects.values_list("state", flat=True)) == {State.SENT}
            letters = server.letters
        assert len(letters) == 2
        assert b"Auto-Submitted: auto-generated" in letters[0].content
        assert b"In-Reply-To" not in letters[0].content


def person(name: str, *roles: Role, group: int | None = None) -> Person:
    made = people.create_person(actor=SETUP, email=f"{name}@desk.example", name=name, roles=roles or [Role.AGENT])
    if group is not None:
        people.join_group(actor=SETUP, person_id=made.pk, group_id=group)
    return made


class TestWhoLeads:
    def test_leads_of_the_own_group_go_before_those_of_the_desk(self, desk: SmallDesk) -> None:
        agent, group = desk.agents[2].pk, desk.groups[2].pk
        assert [one.name for one in leads_of(agent)] == ["Lena Lead"]
        person("Near", Role.LEAD, group=group)
        assert [one.name for one in leads_of(agent)] == ["Near"]

    def test_a_lead_of_that_desk_alone_counts_and_one_of_another_does_not(self, desk: SmallDesk) -> None:
        other = people.create_desk(actor=SETUP, key="other", name="Other", kind="it")
        for name, where in (("Here", desk.desk), ("Elsewhere", other)):
            made = person(name, Role.AGENT, group=desk.groups[2].pk)
            people.set_desk_roles(actor=SETUP, person_id=made.pk, desk_id=where.pk, roles=[Role.LEAD])
        assert [one.name for one in leads_of(desk.agents[2].pk)] == ["Here"]

    def test_nobody_is_told_twice_about_themselves_and_who_has_left_is_left_alone(self, desk: SmallDesk) -> None:
        assert leads_of(desk.lead.pk) == []
        people.set_active(actor=SETUP, person_id=desk.lead.pk, active=False)
        assert leads_of(desk.agents[2].pk) == []
        assert leads_of(desk.requester.pk) == []


def notice(**given: object) -> OutboundMessage:
    usual = {"recipient": "a@b.example", "subject": "s", "text": "t", "audience": Audience.INTERNAL}
    return intake.queue_notice(actor=SETUP, ticket=None, **usual | given)  # type: ignore[arg-type]  # tables of cases


class TestNoticesOfNoTicket:
    def test_what_has_a_name_is_queued_once_for_each_recipient(self, desk: SmallDesk) -> None:
        first, again = notice(once="x"), notice(once="x")
        assert first == again
        others = {notice(once="y").pk, notice(once="x", recipient="c@d.example").pk, notice().pk, notice().pk}
        assert len(others | {first.pk}) == 5

    def test_one_that_cannot_be_delivered_is_marked_on_the_person_only(self, desk: SmallDesk) -> None:
        mail = notice(recipient=desk.agents[2].email)
        entries = TimelineEntry.objects.count()
        mark_failed(Actor.machine("intake"), mail, status="5.1.1", words="no such mailbox")
        mail.refresh_from_db()
        assert (mail.state, mail.last_error) == (State.FAILED, "no such mailbox")
        assert Person.objects.get_by_natural_key(desk.agents[2].email).mail_failed_at == NOW
        assert TimelineEntry.objects.count() == entries

    def test_those_who_look_after_mail_see_it_and_send_it_again(self, desk: SmallDesk) -> None:
        mail = notice()
        OutboundMessage.objects.filter(pk=mail.pk).update(state=State.FAILED)
        assert [one.pk for one in intake_queries.undelivered(actor_for(desk.lead))] == [mail.pk]
        with pytest.raises(NotFound):
            intake.send_again(actor=desk.actor(1), outbound_id=mail.pk)
        assert intake.send_again(actor=desk.leading, outbound_id=mail.pk).state != State.FAILED

    def test_only_notices_may_belong_to_no_ticket(self, desk: SmallDesk) -> None:
        mail = notice()
        with pytest.raises(IntegrityError, match="outbound_of_no_ticket_is_a_notice"), transaction.atomic():
            OutboundMessage.objects.filter(pk=mail.pk).update(purpose="reply")


LAST = date(2026, 12, 13)
VPN = Reminder("Dana", "Tunnel Engineer", "Open Board", "TE-1", "VPN", LAST, 7)


@pytest.mark.parametrize(
    ("one", "own", "subject", "said", "unsaid"),
    [
        (VPN, True, "Tunnel Engineer ends in 7 days", ["Your certificate", "given to you", "number TE-1"], ["Dana"]),
        (VPN, False, "Dana: Tunnel Engineer ends in 7 days", ["certificate of Dana", "given to them"], ["Your"]),
        (Reminder("D", "T", "I", "", "", LAST, 1), True, "T ends in 1 day", ["    T, I\n"], ["number", "tickets"]),
        (Reminder("D", "T", "I", "", "", LAST, 0), True, "T ends today", ["2026-12-13"], ["Nobody"]),
        (Reminder("D", "T", "I", "", "S", LAST, 60, "Nobody."), False, "D: T ends in 60 days", ["\nNobody.\n"], []),
    ],
)
def test_the_words(one: Reminder, own: bool, subject: str, said: list[str], unsaid: list[str]) -> None:
    assert reminder_subject(one, own=own) == subject
    text = reminder_text(one, own=own)
    assert all(words in text for words in said)
    assert not any(words in text for words in unsaid)
    assert text.endswith("these reminders end.\n")


def test_a_certificate_that_proves_no_skill_is_told_of_without_a_sentence_about_tickets(desk: SmallDesk) -> None:
    OutboundMessage.objects.all().delete()
    people.record_certificate(
        actor=SETUP,
        person_id=desk.agents[3].pk,
        name="First Aid",
        issuer="Red House",
        issued_on=date(2026, 1, 1),
        expires_on=NOW.date() + timedelta(days=3),
    )
    told(days=0)
    mail = OutboundMessage.objects.get(recipient=desk.agents[3].email)
    assert mail.subject == "First Aid ends in 3 days"
    assert Skill.objects.get(key="vpn").name not in mail.text
