"""Whatever is done in whatever order: nothing internal or private reaches a vendor, nothing of a vendor the requester.

Every text that is written carries a word that tells whom it is for; then everything that somebody outside can read is
searched for the words of the others.
"""

import io
import zipfile
from collections.abc import Callable
from itertools import count

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.desk import SmallDesk
from tests.support.held import held
from tests.support.mails import mail
from tests.support.vendors import QUESTION, again, opened, redacted_log, vendor_desk
from tierline.core.kernel import storage
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import TierlineError
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets import queries as ticket_queries
from tierline.desk.tickets.models import Ticket
from tierline.ladder.vendors import operations, queries
from tierline.ladder.vendors.models import Access, Case, Pack
from tierline.work.intake import operations as intake
from tierline.work.intake.models import OutboundMessage
from tierline.work.intake.operations.identity import answer_to, reply_to
from tierline.work.intake.operations.outgoing import _outgoing
from tierline.work.intake.rules import compose

pytestmark = pytest.mark.django_db
desk = held(vendor_desk)
MACHINE = Actor.machine("test")
INTERNAL, PRIVATE, VENDOR = "INTERNALWORD", "REQUESTERWORD", "VENDORWORD"
_numbers = count(1)


class Afternoon:
    """One ticket, one case, and everything that can be done with them."""

    def __init__(self, desk: SmallDesk) -> None:
        self.desk, self.agent = desk, desk.actor(3)
        self.ticket = desk.owned(3, title=f"Title {PRIVATE}", text=f"It fails. {PRIVATE}")
        self.log = redacted_log(self.ticket, name=f"{desk.requester.name}.log")
        self.case = opened(desk, self.ticket)
        self.verbs: dict[str, Callable[[], object]] = {
            "note": lambda: tickets.add_note(actor=self.agent, ticket_id=self.here, text=f"Careful. {INTERNAL}"),
            "reply": lambda: tickets.reply(actor=self.agent, ticket_id=self.here, text=f"We look. {PRIVATE}"),
            "requester_writes": self._requester_writes,
            "requester_mails": self._requester_mails,
            "classify": lambda: tickets.classify(
                actor=self.agent, ticket_id=self.here, impact=2, urgency=2, reason=INTERNAL
            ),
            "resolve": lambda: tickets.resolve(
                actor=self.agent, ticket_id=self.here, resolution=f"Done {INTERNAL}", text=f"Solved. {PRIVATE}"
            ),
            "reopen": lambda: tickets.reopen(actor=self.agent, ticket_id=self.here, reason=INTERNAL),
            "merge": self._merge,
            "send": lambda: operations.send_to_vendor(
                actor=self.agent, case_id=self.case.pk, text=f"{QUESTION} {VENDOR}", pack_id=self._pack()
            ),
            "attach": lambda: operations.send_to_vendor(
                actor=self.agent, case_id=self.case.pk, text=f"Attached. {VENDOR}", pack_id=self._pack(), attach=True
            ),
            "vendor_mails": lambda: self._vendor_mails("eva@halden.example"),
            "colleague_mails": lambda: self._vendor_mails("k@elsewhere.example"),
            "vendor_answers": lambda: operations.receive_from_vendor(
                actor=MACHINE, case_id=self.case.pk, author=f"Eva {VENDOR}", text=f"Use 4.2. {VENDOR}"
            ),
            "vendor_solved": lambda: operations.vendor_solved(actor=MACHINE, case_id=self.case.pk),
            "close": lambda: operations.close_case(
                actor=self.agent, case_id=self.case.pk, outcome="solved", words=INTERNAL
            ),
            "reopen_case": lambda: operations.reopen_case(actor=self.agent, case_id=self.case.pk, reason=INTERNAL),
        }

    @property
    def here(self) -> int:
        return again(self.case).ticket_id

    def _pack(self) -> int | None:
        found = Pack.objects.filter(case=self.case).first()
        return found.pk if found else None

    def _requester_writes(self) -> object:
        return tickets.receive_message(
            actor=self.desk.asking, ticket_id=self.here, author=self.desk.requester, text=f"Still. {PRIVATE}"
        )

    def _requester_mails(self) -> object:
        to = reply_to(self.desk.desk.pk, self.here)
        words = mail(f"More. {PRIVATE}", From=self.desk.requester.email, To=to, Message_ID=f"<r{next(_numbers)}@x>")
        return intake.receive(actor=MACHINE, content=words)

    def _vendor_mails(self, sender: str) -> object:
        """They answer the newest mail of the thread, ours or their own, by its address or by its id."""
        said = queries.thread(again(self.case))
        if not said:
            return None
        newest = said[-1]
        to = answer_to(self.desk.desk.pk, newest.id) if newest.direction == "out" else "support@desk.example"
        number = next(_numbers)
        head = {"In_Reply_To": f"<v{number - 1}@halden.example>", "Message_ID": f"<v{number}@halden.example>"}
        words = mail(f"Use 4.2. {VENDOR}", From=sender, To=to, Subject=f"Re: [{self.case.reference}]", **head)
        return intake.receive(actor=MACHINE, content=words)

    def _merge(self) -> None:
        target = self.desk.owned(2, title=f"Other {PRIVATE}", text=f"Same. {PRIVATE}")
        tickets.merge(actor=MACHINE, ticket_id=self.here, into_id=target.pk)
        operations.follow_merge(actor=MACHINE, ticket_id=self.ticket.pk)

    def do(self, name: str) -> None:
        try:
            with transaction.atomic():
                self.verbs[name]()
        except TierlineError:
            pass  # what does not fit now is refused, and says nothing to anybody

    def mail_to(self, audience: str) -> str:
        entries = TimelineEntry.objects.filter(subject_kind="ticket", kind="ticket.replied")
        for entry in entries:
            intake.queue_replies(actor=MACHINE, entry_id=entry.pk)
        sent = OutboundMessage.objects.filter(audience=audience)
        return " ".join(compose(_outgoing(one)).decode("utf-8", "replace") for one in sent)


def read_by_vendor(case: Case) -> str:
    """Everything that a link opens: the thread, its files and packs; and who is named as writing."""
    access = Access(case=case)
    said = queries.thread_for(access)
    words = [f"{one.author} {one.text} {[file.name for file in one.files]}" for one in said]
    for pack in {one.pack for one in said if one.pack is not None}:
        with zipfile.ZipFile(io.BytesIO(storage.read(pack.blob_id))) as zipped:
            words += [zipped.read(name).decode() + name for name in zipped.namelist()]
    return " ".join([case.title, *words])


def read_by_requester(desk: SmallDesk) -> str:
    """Everything that the portal can show of their tickets, entries and all."""
    words = []
    for ticket in Ticket.objects.visible_to(desk.asking):
        words += [f"{ticket.title} {ticket.facts}"]
        words += [
            f"{one.author_label} {one.text} {one.html}" for one in ticket_queries.messages(desk.asking, ticket.pk)
        ]
        words += [f"{one.kind} {one.data}" for one in ticket_queries.timeline(desk.asking, ticket.pk)]
        words += [one.name for one in ticket_queries.attachments(desk.asking, ticket.pk)]
    return " ".join(words)


NAMES = (
    "note", "reply", "requester_writes", "requester_mails", "classify", "resolve", "reopen", "merge", "send", "attach",
    "vendor_mails", "colleague_mails", "vendor_answers", "vendor_solved", "close", "reopen_case",
)  # fmt: skip


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(NAMES), min_size=6, max_size=14), st.booleans())
def test_no_word_crosses(desk: SmallDesk, steps: list[str], with_pack: bool) -> None:
    with transaction.atomic():
        afternoon = Afternoon(desk)
        assert set(NAMES) == set(afternoon.verbs)
        if with_pack:
            operations.make_pack(actor=afternoon.agent, case_id=afternoon.case.pk, evidence_ids=[afternoon.log.pk])
        for step in ["send", *steps]:
            afternoon.do(step)
        theirs = read_by_vendor(again(afternoon.case)) + afternoon.mail_to("vendor")
        public = read_by_requester(desk) + afternoon.mail_to("requester")
        transaction.set_rollback(True)
    for word in (INTERNAL, PRIVATE, desk.requester.name, desk.requester.email):
        assert word not in theirs, (word, steps)
    for word in (VENDOR, INTERNAL):
        kept = public.replace(f"resolution': 'Done {INTERNAL}", "").replace(f"reason': '{INTERNAL}", "")
        assert word not in kept, (word, steps)
    assert VENDOR in theirs
    assert PRIVATE in public
