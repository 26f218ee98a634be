"""Whatever staff do among themselves, none of their words reaches the requester: no page, program, search or mail."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.support.api import Program, program_of
from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.ladder import QUESTION, add_log
from tests.support.mails import MailServer
from tests.support.surveys import arranged
from tests.support.web_world import signed_in
from tierline.core.kernel import clock, jobs
from tierline.core.kernel.errors import Invalid, TierlineError
from tierline.desk.people import operations as people
from tierline.desk.people.models import Person
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Attachment, Follower, Ticket
from tierline.desk.tickets.operations import NewAttachment
from tierline.ladder.escalation import operations as escalation
from tierline.ladder.escalation import queries
from tierline.ladder.escalation.models import Appeal, Handover
from tierline.ladder.problems import operations as problems
from tierline.work.field import operations as field_service
from tierline.work.knowledge import operations as knowledge
from tierline.work.surveys import operations as surveys
from tierline.work.workflows import operations as workflows
from tierline.work.workflows.errors import InternalWords

pytestmark = pytest.mark.django_db
INSIDE = "zqinside"  # one word, so that every search would find it
OUTSIDE = "zqoutside"
APART = "zqapart"


@dataclass
class Life:
    """One ticket, what staff wrote inside, and what they told the requester."""

    desk: SmallDesk
    ticket_id: int
    written: list[str] = field(default_factory=list)
    apart: list[str] = field(default_factory=list)

    @property
    def ticket(self) -> Ticket:
        return Ticket.objects.get(pk=self.ticket_id)

    def inside(self) -> str:
        """Words of staff for staff, marked."""
        self.written.append(f"{INSIDE}{len(self.written)}")
        return f"{self.written[-1]} the customer must not read this"

    @property
    def tier(self) -> int:
        return max(self.ticket.tier, 1)


Deed = Callable[[Life], object]


def note(life: Life) -> None:
    file = NewAttachment(name=f"{life.inside()}.txt", content_type="text/plain", content=life.inside().encode())
    tickets.add_note(
        actor=life.desk.actor(life.tier),
        ticket_id=life.ticket_id,
        text=f"{life.inside()}\n> quoted",
        attachments=[file],
    )


def reply(life: Life) -> None:
    tickets.reply(actor=life.desk.actor(life.tier), ticket_id=life.ticket_id, text=f"{OUTSIDE} have you tried it?")


def merge(life: Life) -> None:
    other = life.desk.owned(1, title="The same again")
    tickets.add_note(actor=life.desk.actor(1), ticket_id=other.pk, text=life.inside())
    tickets.merge(actor=life.desk.actor(1), ticket_id=other.pk, into_id=life.ticket_id)


def escalate(life: Life) -> None:
    actor = life.desk.actor(life.tier)
    missing = queries.contract_state(actor, life.ticket_id, life.tier + 1, question=QUESTION).missing
    overrides = {item.key: life.inside() for item in missing}
    escalation.escalate(
        actor=actor,
        ticket_id=life.ticket_id,
        to_tier=life.tier + 1,
        question=f"{QUESTION} {life.inside()}",
        overrides=overrides,
    )


def decide(life: Life, verb: str) -> None:
    waiting = Handover.objects.pending().filter(ticket_id=life.ticket_id).first()
    if waiting is None:
        return
    actor = life.desk.actor(waiting.to_tier)
    if verb == "accept":
        escalation.accept(actor=actor, handover_id=waiting.pk)
    elif verb == "bounce":
        escalation.bounce(actor=actor, handover_id=waiting.pk, reason_code="other", reason=life.inside())
    else:
        escalation.answer(actor=actor, handover_id=waiting.pk, text=life.inside())


def go_back(life: Life) -> None:
    escalation.return_with_lesson(
        actor=life.desk.actor(life.tier), ticket_id=life.ticket_id, to_tier=1, lesson=life.inside()
    )


def appeal(life: Life) -> None:
    made = escalation.appeal(actor=life.desk.actor(life.tier), ticket_id=life.ticket_id, reason=life.inside())
    escalation.decide_appeal(actor=life.desk.leading, appeal_id=made.pk, uphold=True, answer=life.inside())


def visit(life: Life) -> None:
    starts = clock.now() + timedelta(days=1 + len(life.written))
    made = field_service.plan_visit(
        actor=life.desk.actor(1),
        ticket_id=life.ticket_id,
        technician_id=life.desk.agents[1].pk,
        place="Hall 2",
        task=life.inside(),
        starts_at=starts,
        ends_at=starts + timedelta(hours=1),
    )
    field_service.complete_visit(actor=life.desk.actor(1), visit_id=made.pk, outcome=life.inside())


def problem(life: Life) -> None:
    made = problems.open_problem(actor=life.desk.actor(3), ticket_id=life.ticket_id, title=life.inside())
    problems.record_cause(actor=life.desk.actor(3), problem_id=made.pk, cause=life.inside())


def article(life: Life) -> None:
    """A draft says what was found out, and is nobody's outside the desk."""
    made = knowledge.create(actor=SETUP, title=life.inside(), issue=life.inside(), resolution=life.inside())
    knowledge.link(actor=life.desk.actor(1), ticket_id=life.ticket_id, article_id=made.pk, how="flagged")


def classify(life: Life) -> None:
    tickets.classify(
        actor=life.desk.actor(life.tier),
        ticket_id=life.ticket_id,
        impact=3,
        urgency=3,
        priority=1,
        reason=life.inside(),
    )


def give(life: Life) -> None:
    tickets.assign(
        actor=life.desk.actor(life.tier),
        ticket_id=life.ticket_id,
        group_id=life.desk.groups[1].pk,
        why={"reason": life.inside()},
    )


def own_log(life: Life) -> None:
    """The requester sends a log: whoever reads along has neither the file nor its name."""
    mark = f"{APART}{len(life.apart)}"
    life.apart.append(mark)
    file = NewAttachment(name=f"{mark}.log", content_type="text/plain", content=f"10:00:00 INFO {mark}\n".encode())
    tickets.receive_message(
        actor=life.desk.asking,
        ticket_id=life.ticket_id,
        author=life.desk.requester,
        text=f"{OUTSIDE} here is my log",
        attachments=[file],
    )


def rate(life: Life) -> None:
    """The requester is not satisfied: the desk and its lead are told, inside."""
    arranged(life.desk)
    surveys.rate(actor=life.desk.asking, ticket_id=life.ticket_id, score=1, comment=f"{OUTSIDE} I waited.")


def macro(life: Life, *, personal: bool = False) -> None:
    """Words of both kinds, places, and a step that writes a note: each kind reaches its own readers."""
    name = f"Macro {len(life.written)}"
    note_step = {"action": "add_note", "params": {"text": life.inside()}}
    made = workflows.write_macro(
        actor=life.desk.actor(life.tier) if personal else SETUP,
        desk_id=life.desk.desk.pk,
        name=name if personal else f"{name} {life.inside()}",
        reply=f"{OUTSIDE} {{first_name}}, about {{title}} ({{reference}}): {{agent}}, {{group}}, {{portal_link}}",
        note=f"{life.inside()}\nabout {{title}} of {{name}}",
        steps={"then": "wait", "facts": {"seen": life.inside()}, "actions": [note_step]},
        personal=personal,
    )
    workflows.apply_macro(actor=life.desk.actor(life.tier), ticket_id=life.ticket_id, macro_id=made.pk)


def macro_turned_inside_out(life: Life) -> None:
    """Somebody sends the macro's note as the reply, whole or woven in: refused, however it was done."""
    made = workflows.write_macro(
        actor=SETUP, desk_id=life.desk.desk.pk, name=f"Macro {len(life.written)}", reply=OUTSIDE, note=life.inside()
    )
    actor, shown = life.desk.actor(life.tier), made.note
    for reply in (shown, f"{OUTSIDE}\n{shown.upper()}", f"{OUTSIDE}: {shown.replace(' ', chr(10))}"):
        sent = workflows.Sent(reply=reply)
        with pytest.raises(InternalWords):
            workflows.apply_macro(actor=actor, ticket_id=life.ticket_id, macro_id=made.pk, sent=sent)
    macro_that_resolves = {"then": "resolve"}
    with pytest.raises(Invalid):  # a note alone solves nothing in the requester's eyes
        workflows.write_macro(
            actor=SETUP, desk_id=life.desk.desk.pk, name="Solved", note=life.inside(), steps=macro_that_resolves
        )


def macro_for_many(life: Life) -> None:
    made = workflows.write_macro(
        actor=SETUP, desk_id=life.desk.desk.pk, name=f"Macro {len(life.written)}", reply=OUTSIDE, note=life.inside()
    )
    workflows.apply_macro_to_many(
        actor=life.desk.actor(life.tier), ticket_ids=[life.ticket_id, life.desk.owned(1).pk], macro_id=made.pk
    )


DEEDS: dict[str, Deed] = {
    "macro": macro,
    "own macro": lambda life: macro(life, personal=True),
    "macro inside out": macro_turned_inside_out,
    "macro for many": macro_for_many,
    "note": note,
    "reply": reply,
    "merge": merge,
    "escalate": escalate,
    "accept": lambda life: decide(life, "accept"),
    "bounce": lambda life: decide(life, "bounce"),
    "answer": lambda life: decide(life, "answer"),
    "return": go_back,
    "appeal": appeal,
    "visit": visit,
    "problem": problem,
    "article": article,
    "classify": classify,
    "give": give,
    "log": lambda life: add_log(life.ticket),
    "own log": own_log,
    "resolve": lambda life: tickets.resolve(
        actor=life.desk.actor(life.tier), ticket_id=life.ticket_id, resolution=f"{OUTSIDE} done"
    ),
    "rate": rate,
    "reopen": lambda life: tickets.reopen(actor=life.desk.asking, ticket_id=life.ticket_id, reason="Again"),
}


@dataclass
class Outside:
    """Everything through which the requester reads: browser, program, tools, and their letter box."""

    client: Client
    program: Program
    box: MailServer

    def reads(self, life: Life) -> Iterator[tuple[str, str]]:
        """Where, and what it says."""
        reference = life.ticket.reference
        pages = (
            f"/requests/{reference}",
            "/requests?show=all",
            f"/search?q={INSIDE}",
            f"/search?q={INSIDE}0",
            "/status",
        )
        for address in pages:
            yield address, self.client.get(address).content.decode()
        for address in (f"/tickets/{reference}", f"/tickets/{reference}/messages", f"/tickets/{reference}/timeline"):
            yield f"api {address}", self.program.get(address).content.decode()
        yield "api search", self.program.get("/search", q=f"{INSIDE}0").content.decode()
        yield "tools", str(self.program.tool("get_ticket", ticket=reference))
        for letter in self.box.letters:
            yield f"mail to {letter.recipients}", letter.content.decode("utf-8", "replace")


@pytest.fixture(scope="module")
def desk(held_database: None) -> SmallDesk:
    made = small_desk()
    escalation.ensure_default_contracts()
    return made


def lived(desk: SmallDesk, deeds: list[str]) -> Life:
    """Do them all; one that does not fit where the ticket stands is refused, and its words must not leak either."""
    life = Life(desk, desk.owned(text="My VPN drops every ten minutes, always in an upload").pk)
    for name in deeds:
        try:
            with transaction.atomic():
                DEEDS[name](life)
        except TierlineError:
            continue
    jobs.drain()
    return life


def follower_of(life: Life) -> Person:
    """Somebody else of the requester's house reads along."""
    person = people.ensure_requester(actor=SETUP, email="beside@field.example", name="Bea Side")
    Follower.objects.get_or_create(ticket_id=life.ticket_id, person=person)
    return person


def check(desk: SmallDesk, deeds: list[str], box: MailServer) -> Life:
    life = lived(desk, deeds)
    outside = Outside(signed_in(desk.requester), program_of(desk.requester), box)
    searched = {f"/search?q={INSIDE}", f"/search?q={INSIDE}0"}  # what was asked for stands in its own answer
    beside = Outside(signed_in(follower_of(life)), program_of(follower_of(life)), MailServer())
    for where, text in beside.reads(life):
        assert APART not in text, (where, deeds)
        assert where in searched | {"api search"} or INSIDE not in text, (where, deeds)
    for file in Attachment.objects.filter(ticket_id=life.ticket_id, name__startswith=APART):
        at = f"/tickets/{life.ticket.reference}/attachments/{file.pk}"
        assert beside.program.get(at).status_code == 404
        assert beside.client.get(f"/requests/{life.ticket.reference}/files/{file.pk}").status_code == 404
    for where, text in outside.reads(life):
        said = text.replace(f"{INSIDE}0", "").replace(INSIDE, "") if where in searched | {"api search"} else text
        assert "must not read" not in said, (where, deeds)
        assert where in searched | {"api search"} or INSIDE not in said, (where, deeds)
    return life


@given(st.lists(st.sampled_from(sorted(DEEDS)), min_size=2, max_size=10))
@settings(
    max_examples=6, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
)
def test_no_words_of_staff_reach_the_requester(desk: SmallDesk, mail_box: MailServer, deeds: list[str]) -> None:
    with transaction.atomic():
        check(desk, deeds, mail_box)
        transaction.set_rollback(True)
    mail_box.letters.clear()


def test_all_of_it_at_once_and_staff_do_read_it(desk: SmallDesk, mail_box: MailServer) -> None:
    """Teeth: every deed leaves its words where staff read them, and what is for the requester arrives."""
    order = [
        "log",
        "own log",
        "note",
        "classify",
        "reply",
        "merge",
        "article",
        "visit",
        "escalate",
        "bounce",
        "escalate",
        "answer",
        "macro",
        "own macro",
        "macro inside out",
        "macro for many",
    ]
    order += ["appeal", "problem", "escalate", "accept", "return", "give", "resolve", "rate"]
    life = check(desk, order, mail_box)
    assert len(life.written) > 15
    outside = Outside(signed_in(desk.requester), program_of(desk.requester), mail_box)
    assert any(life.apart[0] in text for _, text in outside.reads(life)), "their own log is theirs"
    assert any(OUTSIDE in text for where, text in outside.reads(life) if where.startswith("/requests/"))
    assert any(OUTSIDE in letter.content.decode() for letter in mail_box.letters)
    page = signed_in(desk.lead).get(f"/console/tickets/{life.ticket.reference}").content.decode()
    told = [mark for mark in life.written if mark in page]
    assert len(told) > 8
    assert Appeal.objects.filter(ticket_id=life.ticket_id).exists()
    assert "rates it: 1 of 5" in " ".join(page.replace('<strong class="warn">', "").replace("</strong>", "").split())
    low = [one for one in mail_box.letters if b"not satisfied" in one.content]
    assert [one.recipients for one in low] == [[desk.lead.email]]


@pytest.fixture
def mail_box(settings: Any) -> Iterator[MailServer]:
    with MailServer() as box:
        settings.TIERLINE_SMTP = box.settings
        settings.TIERLINE_MAIL_FROM = "Help Desk <support@desk.example>"
        yield box
