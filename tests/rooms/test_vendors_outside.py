"""What reaches a vendor and how they answer: mail, packs, links; and that nothing of it crosses to the requester."""

import hashlib
import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from tests.support.desk import SmallDesk
from tests.support.held import held
from tests.support.mails import bounce, mail
from tests.support.vendors import REDACTED, SUPPORT, again, asked, kinds, opened, redacted_log, vendor_desk
from tierline.core.kernel import clock, storage
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people.models import Person
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Message, Ticket
from tierline.ladder.vendors import operations, queries
from tierline.ladder.vendors.errors import NotRedacted
from tierline.ladder.vendors.models import Access, Case, Pack
from tierline.ladder.vendors.operations import packs
from tierline.work.diagnosis.operations import examine_ticket
from tierline.work.intake import operations as intake
from tierline.work.intake.models import InboundMessage, OutboundMessage
from tierline.work.intake.operations.identity import answer_to, takes
from tierline.work.intake.operations.outgoing import _outgoing
from tierline.work.intake.rules import compose, parse

pytestmark = pytest.mark.django_db
desk = held(vendor_desk)
INTAKE = Actor.machine("intake")
EVA = "Eva <eva@halden.example>"


def take(content: bytes) -> intake.Received:
    return intake.receive(actor=INTAKE, content=content)


def outbound(case: Case) -> OutboundMessage:
    found = OutboundMessage.objects.filter(ticket=case.ticket_id, audience="vendor").order_by("pk").last()
    assert found is not None
    return found


def texts(case: Case) -> list[str]:
    return [one.text for one in queries.thread(case)]


def address_of(case: Case) -> str:
    message = queries.thread(case)[0]
    return answer_to(again(case).ticket.desk_id, message.id)


class TestMail:
    def test_it_goes_to_the_vendor_alone_with_both_references(self, desk: SmallDesk) -> None:
        case = asked(desk)
        operations.set_reference(actor=desk.actor(3), case_id=case.pk, reference="SR-77")
        operations.send_to_vendor(actor=desk.actor(3), case_id=case.pk, text="Second question.")
        sent = parse(compose(_outgoing(outbound(case))))
        first = OutboundMessage.objects.filter(ticket=case.ticket_id, audience="vendor").order_by("pk")[0]
        assert [one.email for one in sent.recipients if "+" not in one.email] == [SUPPORT]
        assert "SR-77" in sent.subject
        assert f"[{case.reference}]" in sent.subject
        assert sent.in_reply_to == (first.mail_id,)
        assert sent.text.startswith("Second question.")
        assert case.ticket.title not in sent.text + sent.subject
        assert sent.headers.get("auto-submitted") == ""
        assert takes(sent.headers.get("reply-to")) == (True, None)

    def test_the_link_is_legible_in_the_mail_and_nowhere_in_the_database(self, desk: SmallDesk) -> None:
        case = asked(desk)
        words = outbound(case)
        sent = compose(_outgoing(words)).decode().replace("=\r\n", "")
        token = sent.partition("/vendor/")[2].split()[0].replace("=3D", "=")
        assert operations.by_token(token).case_id == case.pk
        assert token not in words.text
        assert token.partition(".")[0] not in words.text
        kept = json.dumps([next(iter(Access.objects.values("sha256", "recipient"))), words.text])
        assert hashlib.sha256(token.partition(".")[0].encode()).hexdigest() in kept

    @pytest.mark.parametrize("who", [EVA, "a stranger <k@elsewhere.example>"])
    def test_an_answer_to_the_signed_address_finds_the_case(self, desk: SmallDesk, who: str) -> None:
        case = asked(desk)
        received = take(mail("Use 4.2.\n\n> the question", From=who, To=address_of(case), Subject="whatever"))
        assert (received.outcome, received.ticket) == ("follow_up", case.ticket.reference)
        assert texts(case)[-1] == "Use 4.2."
        assert again(case).state == "answered"

    def test_an_answer_by_message_id_finds_the_case(self, desk: SmallDesk) -> None:
        case = asked(desk)
        take(mail("Use 4.2.", From=EVA, In_Reply_To=f"<{outbound(case).mail_id}>", Message_ID="<v1@halden.example>"))
        take(mail("And reboot.", From="c@colleague.example", References="<v1@halden.example>", Subject="other"))
        assert texts(case)[1:] == ["Use 4.2.", "And reboot."]
        assert OutboundMessage.objects.filter(ticket=case.ticket_id, audience="requester").count() == 0

    def test_their_reference_alone_finds_it_from_then_on(self, desk: SmallDesk) -> None:
        case = asked(desk)
        subject = "[SR-12345] Your request was received"
        take(mail("Thanks.", From=EVA, To=address_of(case), Subject=subject, Auto_Submitted="auto-replied"))
        assert (again(case).their_reference, again(case).state) == ("SR-12345", "with_vendor")
        received = take(mail("Use 4.2.", From="tom@halden.example", Subject="sr-12345 solution"))
        assert received.outcome == "follow_up"
        assert (again(case).state, texts(case)[-1]) == ("answered", "Use 4.2.")
        operations.send_to_vendor(actor=desk.actor(3), case_id=case.pk, text="Thanks.")
        assert "SR-12345" in outbound(case).subject

    def test_our_tag_counts_for_their_addresses_only(self, desk: SmallDesk) -> None:
        case = asked(desk)
        subject = f"Re: [{case.reference}] hello"
        assert take(mail("It is me.", From="k@elsewhere.example", Subject=subject)).outcome == "ticket"
        assert take(mail("It is us.", From=EVA, Subject=subject)).outcome == "follow_up"
        assert texts(case)[1:] == ["It is us."]

    def test_a_reference_of_a_sender_in_doubt_is_not_believed(
        self, desk: SmallDesk, settings: pytest.FixtureRequest
    ) -> None:
        settings.TIERLINE_MAIL_AUTHSERV = frozenset({"mx.desk.example"})  # type: ignore[attr-defined]  # pytest-django's
        case = asked(desk)
        failed = "mx.desk.example; dmarc=fail header.from=halden.example"
        subject = f"[{case.reference}]"
        received = take(mail("Pay us.", From=EVA, Subject=subject, Authentication_Results=failed))
        assert received.outcome == "ticket"
        assert len(texts(case)) == 1

    def test_other_mail_of_the_vendor_is_mail_like_any_other(self, desk: SmallDesk) -> None:
        asked(desk)
        received = take(mail("We moved.", From=EVA, Subject="Our new office"))
        assert received.outcome == "ticket"

    def test_what_answers_a_vendors_mail_never_reaches_the_requester(self, desk: SmallDesk) -> None:
        case = asked(desk)
        long = "x" * 500 + "@halden.example"
        take(mail("One.", From=EVA, To=address_of(case), Message_ID=f"<{long}>"))
        take(mail("Two.", From="k@elsewhere.example", In_Reply_To=f"<{long}>", Subject="x"))
        public = Message.objects.filter(ticket=case.ticket_id, audience="requester")
        assert not public.filter(text__in=["One.", "Two."]).exists()
        assert not InboundMessage.objects.filter(ticket=case.ticket_id, message__isnull=False).exists()

    def test_a_mail_that_did_not_arrive_is_said_and_is_no_answer(self, desk: SmallDesk) -> None:
        case = asked(desk)
        words = outbound(case)
        received = take(bounce(words.mail_id, recipient=SUPPORT))
        assert received.outcome == "delivery_report"
        assert TimelineEntry.objects.of("ticket", case.ticket_id).filter(kind="intake.mail_failed").exists()
        assert (again(case).state, again(case).ticket.waiting_for) == ("with_vendor", "vendor")

    def test_made_up_addresses_are_nobodys(self, desk: SmallDesk) -> None:
        case = asked(desk)
        real = address_of(case)
        forged = real.replace("+m", "+m1")
        assert takes(forged) == (False, None)
        assert take(mail("In?", From="k@elsewhere.example", To=forged)).outcome == "ticket"


class TestPacks:
    def test_only_redacted_bytes_are_in_it_and_the_manifest_tells_of_them(self, desk: SmallDesk) -> None:
        ticket = desk.owned(3)
        log = redacted_log(ticket, name="Ines Okafor laptop.log")
        case = opened(desk, ticket)
        pack = operations.make_pack(actor=desk.actor(3), case_id=case.pk, evidence_ids=[log.pk, log.pk])
        content = storage.read(pack.blob_id)
        with zipfile.ZipFile(io.BytesIO(content)) as zipped:
            manifest = json.loads(zipped.read("MANIFEST.json"))
            [row] = manifest["files"]
            data = zipped.read(row["name"])
            assert sorted(zipped.namelist()) == sorted(["MANIFEST.json", row["name"]])
        assert data.decode() == REDACTED
        assert row["sha256"] == hashlib.sha256(data).hexdigest()
        assert (row["redacted"], row["bytes"]) == ({"account": 1}, len(data))
        assert (manifest["case"], manifest["made_by"]) == (case.reference, "Agent 3")
        assert "Ines" not in json.dumps(manifest)
        assert pack.manifest == manifest
        assert hashlib.sha256(content).hexdigest() == pack.blob_id
        assert queries.pack_lines(pack)[row["name"]] == REDACTED.splitlines()

    def test_names_of_files_are_masked_as_their_lines_are(
        self, desk: SmallDesk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ticket = desk.owned(3)
        files = [redacted_log(ticket, name=name) for name in ("a@field.example.log", "ines.okafor of 10.1.2.3.log")]
        case = opened(desk, ticket)
        chosen = [one.pk for one in files]
        pack = operations.make_pack(actor=desk.actor(3), case_id=case.pk, evidence_ids=chosen)
        names = [row["name"] for row in pack.manifest["files"]]
        assert names == ["01-email-1.txt", "02-person-1 of address-1.log.txt"]
        monkeypatch.setattr(packs, "mask_texts", lambda _ticket, _texts: None)  # a detector of a package failed
        pack = operations.make_pack(actor=desk.actor(3), case_id=case.pk, evidence_ids=chosen)
        assert [row["name"] for row in pack.manifest["files"]] == ["01-file.txt", "02-file.txt"]

    @pytest.mark.parametrize("state", ["pending", "refused"])
    def test_what_has_no_redacted_form_stays_here(self, desk: SmallDesk, state: str) -> None:
        ticket = desk.owned(3)
        raw = redacted_log(ticket)
        type(raw).objects.filter(pk=raw.pk).update(state=state, reason="too odd")
        case = opened(desk, ticket)
        [choice] = queries.choices(desk.actor(3), case)
        assert choice.why_not
        with pytest.raises(NotRedacted):
            operations.make_pack(actor=desk.actor(3), case_id=case.pk, evidence_ids=[raw.pk])

    def test_files_of_another_ticket_stay_there(self, desk: SmallDesk) -> None:
        other = redacted_log(desk.owned(3))
        case = opened(desk)
        with pytest.raises(NotRedacted):
            operations.make_pack(actor=desk.actor(3), case_id=case.pk, evidence_ids=[other.pk])
        with pytest.raises(Invalid):
            operations.make_pack(actor=desk.actor(3), case_id=case.pk, evidence_ids=[])
        mine = operations.make_pack(actor=desk.actor(3), case_id=opened(desk, other.ticket).pk, evidence_ids=[other.pk])
        with pytest.raises(NotFound):
            operations.send_to_vendor(actor=desk.actor(3), case_id=case.pk, text="Here.", pack_id=mine.pk)

    def test_a_pack_never_changes(self, desk: SmallDesk) -> None:
        ticket = desk.owned(3)
        case, log = opened(desk, ticket), redacted_log(ticket)
        pack = operations.make_pack(actor=desk.actor(3), case_id=case.pk, evidence_ids=[log.pk])
        with pytest.raises(IntegrityError), transaction.atomic():
            Pack.objects.filter(pk=pack.pk).update(name="other.zip")

    def test_it_goes_by_link_or_in_the_mail_and_is_not_read_as_evidence(self, desk: SmallDesk) -> None:
        ticket = desk.owned(3)
        case, log = opened(desk, ticket), redacted_log(ticket)
        pack = operations.make_pack(actor=desk.actor(3), case_id=case.pk, evidence_ids=[log.pk])
        for attach in (False, True):
            operations.send_to_vendor(
                actor=desk.actor(3), case_id=case.pk, text="Here.", pack_id=pack.pk, attach=attach
            )
        by_link, attached = queries.thread(case)
        assert (by_link.pack, by_link.files) == (pack, ())
        assert [one.blob_id for one in attached.files] == [pack.blob_id]
        read = examine_ticket(actor=Actor.machine("diagnosis"), ticket_id=ticket.pk)
        assert read == []
        assert ticket.evidence.count() == 1


class TestLinks:
    def link(self, desk: SmallDesk, case: Case, **more: object) -> tuple[Access, str]:
        values = {"recipient": "Eva@Halden.example", **more}
        access, url = operations.make_link(actor=desk.actor(3), case_id=case.pk, **values)  # type: ignore[arg-type]  # tests pass what the verb takes
        return access, url.rpartition("/")[2]

    def test_it_opens_the_thread_and_only_its_hash_is_kept(self, desk: SmallDesk) -> None:
        case = asked(desk)
        access, token = self.link(desk, case)
        assert operations.by_token(token).pk == access.pk
        assert access.recipient == "eva@halden.example"
        assert token not in str(list(Access.objects.values()))
        assert [one.text for one in queries.thread_for(access)] == texts(case)

    @pytest.mark.parametrize("change", ["", "x", "{0}x", "{1}.{0}", "{0}", "{0}.{1}x", "{0}x.{1}"])
    def test_a_token_that_was_touched_is_none(self, desk: SmallDesk, change: str) -> None:
        _access, token = self.link(desk, asked(desk))
        with pytest.raises(NotFound):
            operations.by_token(change.format(*token.split(".")))

    def test_it_expires_and_is_withdrawn_at_once(self, desk: SmallDesk) -> None:
        case = asked(desk)
        access, token = self.link(desk, case, days=2)
        with clock.at(clock.now() + timedelta(days=2, seconds=1)), pytest.raises(NotFound):
            operations.by_token(token)
        for _ in range(2):
            operations.withdraw_link(actor=desk.actor(3), access_id=access.pk)
        for ask in (lambda: operations.by_token(token), lambda: operations.by_id(access.pk)):
            with pytest.raises(NotFound):
                ask()
        assert kinds(case).count("link_withdrawn") == 1

    def test_a_closed_case_opens_to_nobody(self, desk: SmallDesk) -> None:
        case = asked(desk)
        _access, token = self.link(desk, case)
        operations.close_case(actor=desk.actor(3), case_id=case.pk, outcome="solved")
        with pytest.raises(NotFound):
            operations.by_token(token)

    @pytest.mark.parametrize("wrong", [{"days": 0}, {"days": 91}, {"recipient": "nobody"}])
    def test_it_has_an_end_and_an_owner(self, desk: SmallDesk, wrong: dict[str, object]) -> None:
        with pytest.raises(Invalid):
            self.link(desk, asked(desk), **wrong)

    def test_each_use_is_noted_and_reading_now_and_then(self, desk: SmallDesk) -> None:
        case = asked(desk)
        access, _token = self.link(desk, case)
        for use in ("enter", "read", "read", "pack"):
            operations.note_use(actor=operations.actor_of(access), access=access, use=use)
        with clock.at(clock.now() + timedelta(minutes=16)):
            operations.note_use(actor=operations.actor_of(access), access=access, use="read")
        used = TimelineEntry.objects.of("ticket", case.ticket_id).filter(kind="vendor.link_used")
        assert [one.data["use"] for one in used] == ["enter", "pack", "read"]
        assert Access.objects.get(pk=access.pk).uses == 3
        assert used[0].on_behalf_of == "Halden Boards, eva@halden.example"

    def test_packs_and_files_of_others_are_not_there(self, desk: SmallDesk) -> None:
        ticket = desk.owned(3)
        log, case = redacted_log(ticket), opened(desk, ticket)
        pack = operations.make_pack(actor=desk.actor(3), case_id=case.pk, evidence_ids=[log.pk])
        access, _token = self.link(desk, case)
        with pytest.raises(NotFound):
            queries.pack_for(access, pack.pk)  # made, not sent
        operations.send_to_vendor(actor=desk.actor(3), case_id=case.pk, text="Here.", pack_id=pack.pk, attach=True)
        assert queries.pack_for(access, pack.pk) == pack
        [sent] = queries.thread(case)
        assert queries.file_for(access, sent.files[0].pk).blob_id == pack.blob_id
        with pytest.raises(NotFound):
            queries.file_for(access, log.attachment_id)
        with pytest.raises(NotFound):
            queries.pack_for(self.link(desk, asked(desk))[0], pack.pk)


def test_a_vendors_words_teach_nothing_about_the_requester(desk: SmallDesk) -> None:
    case = asked(desk)
    take(mail("Our product version is 9.9.9 on Windows 12.", From=EVA, To=address_of(case)))
    examine_ticket(actor=Actor.machine("diagnosis"), ticket_id=case.ticket_id)
    assert "9.9.9" not in str(Ticket.objects.get(pk=case.ticket_id).facts)


def test_a_reply_to_the_requester_stands_in_no_thread_with_the_vendor(desk: SmallDesk) -> None:
    case = asked(desk)
    take(mail("Use 4.2.", From=EVA, To=address_of(case), Message_ID="<v1@halden.example>"))
    tickets.reply(actor=desk.actor(3), ticket_id=case.ticket_id, text="We have news.")
    entry = TimelineEntry.objects.of("ticket", case.ticket_id).filter(kind="ticket.replied").last()
    assert entry is not None
    [sent] = intake.queue_replies(actor=INTAKE, entry_id=entry.pk)
    assert (sent.recipient, sent.audience) == (Person.objects.get(pk=desk.requester.pk).email, "requester")
    assert "halden" not in sent.references + sent.in_reply_to + sent.subject
