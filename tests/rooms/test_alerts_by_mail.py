"""Monitoring mail in the desk's own mailbox: an alert when it is proven, a mail like any other when it is not."""

import pytest
from django.test import Client

from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tests.support.mails import ALERTMANAGER_HTML, ZABBIX_TEXT, mail
from tierline.core.kernel import jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.plugins import registry
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.tickets.models import Message, Ticket
from tierline.work.alerts import operations as alerts
from tierline.work.alerts.models import AlertSource
from tierline.work.intake import operations, queries
from tierline.work.intake.models import OutboundMessage
from tierline.work.intake.operations.known import forget, known

pytestmark = pytest.mark.django_db
desk = held(small_desk)

INTAKE = Actor.machine("intake")
SENDER = "zabbix@monitoring.example"
PASS = "mx.desk.example; dmarc=pass header.from=monitoring.example"


@pytest.fixture
def source(desk: SmallDesk) -> AlertSource:
    return source_of(desk)


def source_of(desk: SmallDesk, name: str = "Zabbix", system: str = "zabbix-mail", sender: str = SENDER) -> AlertSource:
    made, _token = alerts.add_source(
        actor=SETUP, name=name, format=system, desk_id=desk.desk.pk, reporter_email="ops@desk.example"
    )
    return alerts.set_mail_from(actor=SETUP, source_id=made.pk, address=sender)


def zabbix(source: AlertSource | None, state: str = "started", **headers: str) -> operations.Received:
    subject = "Problem: Disk is full" if state == "started" else "Resolved in 1m: Disk is full"
    marked = {"X_Tierline_Source": alerts.mark_of(source)} if source else {}
    forget()
    content = mail(ZABBIX_TEXT.format(state=state), From=SENDER, Subject=subject, **marked, **headers)
    return operations.receive(actor=INTAKE, content=content)


def ticket_of(received: operations.Received) -> Ticket:
    assert received.ticket is not None, received
    return Ticket.objects.get(pk=int(received.ticket.partition("-")[2]))


class TestProven:
    def test_it_opens_joins_and_resolves_by_fingerprint(self, source: AlertSource) -> None:
        opened, again, over = zabbix(source), zabbix(source), zabbix(source, "resolved")

        ticket = ticket_of(opened)
        assert [one.outcome for one in (opened, again, over)] == ["ticket", "follow_up", "follow_up"]
        assert {one.ticket for one in (opened, again, over)} == {ticket.reference}
        assert (ticket.channel, ticket.status, ticket.title) == ("alert", "resolved", "Disk is full on db1")
        assert ticket.requester.email == "ops@desk.example"
        assert opened.reason == "alert of Zabbix, known by its mark: 1 new"
        assert again.reason.endswith("1 known")
        assert over.reason.endswith("1 over")

    def test_nobody_is_answered(self, source: AlertSource) -> None:
        received = zabbix(source)
        jobs.drain()
        assert received.auto_reply is False
        assert not OutboundMessage.objects.filter(automatic=True).exists()

    def test_the_mail_stays_behind_the_ticket_byte_for_byte(self, desk: SmallDesk, source: AlertSource) -> None:
        message = Message.objects.get(ticket=ticket_of(zabbix(source)))
        assert b"Problem: Disk is full" in queries.original(desk.leading, message.pk)

    def test_by_the_mail_server_s_word(self, source: AlertSource, settings: pytest.FixtureRequest) -> None:
        settings.TIERLINE_MAIL_AUTHSERV = frozenset({"mx.desk.example"})  # type: ignore[attr-defined] # Django's
        received = zabbix(None, Authentication_Results=PASS)
        assert received.reason == "alert of Zabbix, known by the mail server's word for its sender: 1 new"

    def test_by_a_mark_in_the_address(self, source: AlertSource) -> None:
        assert zabbix(None, To=f"support+alerts.{alerts.mark_of(source)}@desk.example").reason.endswith(": 1 new")

    def test_what_changes_nothing_is_ignored_with_its_reason(self, source: AlertSource) -> None:
        unknown = zabbix(source, "resolved")
        assert (unknown.outcome, unknown.ticket) == ("ignored", None)
        assert unknown.reason.endswith("1 over, and nobody knew it")
        update = mail("x", From=SENDER, Subject="Updated problem in 1m: x", X_Tierline_Source=alerts.mark_of(source))
        assert operations.receive(actor=INTAKE, content=update).reason.endswith("UPDATE changes nothing")

    def test_html_of_alertmanager(self, desk: SmallDesk) -> None:
        source = source_of(desk, "Prometheus", "alertmanager", "am@monitoring.example")
        forget()
        received = operations.receive(
            actor=INTAKE,
            content=mail(
                ALERTMANAGER_HTML, From="am@monitoring.example", Subject="[FIRING:1] InstanceDown (critical)",
                Content_Type="text/html; charset=utf-8", X_Tierline_Source=alerts.mark_of(source),
            ),
        )  # fmt: skip
        assert ticket_of(received).title == "db1 is down"
        assert received.reason.endswith("1 new, 1 over, and nobody knew it")

    def test_two_systems_with_one_sender_are_told_apart_by_the_mark(self, desk: SmallDesk, source: AlertSource) -> None:
        other = source_of(desk, "Zabbix two")
        assert "alert of Zabbix two" in zabbix(other).reason
        assert "alert of Zabbix, " in zabbix(source).reason


class TestNotProven:
    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"X_Tierline_Source": "aaaabbbbccccddddeeeeffff"},
            {"Authentication_Results": PASS.replace("mx.desk", "mx.evil")},
            {"Authentication_Results": PASS.replace("pass", "fail")},
        ],
    )
    def test_it_is_a_mail_like_any_other_and_says_why(
        self, source: AlertSource, settings: pytest.FixtureRequest, headers: dict[str, str]
    ) -> None:
        settings.TIERLINE_MAIL_AUTHSERV = frozenset({"mx.desk.example"})  # type: ignore[attr-defined] # Django's
        received = zabbix(None, **headers)

        ticket = ticket_of(received)
        assert (received.outcome, ticket.channel) == ("ticket", "mail")
        [said] = TimelineEntry.objects.of("ticket", ticket.pk).filter(kind="intake.mail_left")
        assert said.data["why"].startswith("nothing proves that it is of Zabbix")

    def test_a_proven_one_that_is_no_alert_opens_a_ticket_and_is_told_to_the_source(self, source: AlertSource) -> None:
        content = mail("Weekly report", From=SENDER, X_Tierline_Source=alerts.mark_of(source))
        forget()
        ticket = ticket_of(operations.receive(actor=INTAKE, content=content))
        [said] = TimelineEntry.objects.of("ticket", ticket.pk).filter(kind="intake.mail_left")
        assert said.data["why"].startswith("no alert of Zabbix can be read in it: There is neither")
        source.refresh_from_db()
        assert source.refusal.startswith("There is neither")

    def test_another_token_makes_another_mark(self, source: AlertSource) -> None:
        before = alerts.mark_of(source)
        changed, _ = alerts.new_token(actor=SETUP, source_id=source.pk)
        assert alerts.mark_of(changed) != before
        assert zabbix(None, X_Tierline_Source=before).outcome == "ticket"
        assert Ticket.objects.latest("pk").channel == "mail"

    def test_a_reader_that_fails_keeps_no_mail_waiting(
        self, source: AlertSource, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        [reader] = [one for one in registry.find("mail_readers") if one.key == "alerts"]
        monkeypatch.setattr(type(reader), "senders", lambda _: 1 / 0)
        forget()
        assert known().readers == {}
        assert zabbix(source).outcome == "ticket"


class TestSetUp:
    def test_on_the_page_of_the_source(self, desk: SmallDesk, source: AlertSource) -> None:
        client, here = Client(), f"/setup/doors/alerts/{source.pk}"
        client.force_login(desk.administrator)
        page = client.get(here).content.decode()
        assert f"+alerts.{alerts.mark_of(source)}@" in page
        assert f"X-Tierline-Source: {alerts.mark_of(source)}" in page
        client.post(f"{here}/mail", {"mail_from": " Other@Monitoring.example "})
        assert "Mail of other@monitoring.example is read as its alerts" in client.get(here).content.decode()
        client.post(f"{here}/mail", {"mail_from": ""})
        assert "No mail is read as an alert of this system." in client.get(here).content.decode()

    @pytest.mark.parametrize("address", ["nobody", "a@b", "a b@c.example", "a@c.example,b@c.example", "@c.example"])
    def test_an_address_that_is_none(self, source: AlertSource, address: str) -> None:
        with pytest.raises(Invalid):
            alerts.set_mail_from(actor=SETUP, source_id=source.pk, address=address)

    def test_only_who_sets_up(self, desk: SmallDesk, source: AlertSource) -> None:
        with pytest.raises(NotFound):
            alerts.set_mail_from(actor=desk.leading, source_id=source.pk, address="")
        with pytest.raises(NotFound):
            alerts.set_mail_from(actor=SETUP, source_id=0, address="")
