"""Appeals: a challenge of the requester, a question to management; decided once, in words; nothing moves."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.support.console import statements, text_of
from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tests.support.web_world import signed_in
from tierline.core.kernel import clock
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.core.timeline.rules import ERASED, Audience
from tierline.desk.people import operations as people
from tierline.desk.people.queries import actor_for
from tierline.desk.people.rules import Role
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.errors import WrongState
from tierline.desk.tickets.events import rebuild
from tierline.desk.tickets.models import Follower, Message, Ticket
from tierline.ladder.escalation import events, operations, queries
from tierline.ladder.escalation.errors import AlreadyAppealed, AlreadyDecided, TooSoon
from tierline.ladder.escalation.models import Appeal
from tierline.ladder.escalation.rules.appeals import AGAIN_AFTER, may_appeal_at

pytestmark = pytest.mark.django_db
desk = held(small_desk)
REASON = "Three people asked me the same thing since Monday."


def challenged(desk: SmallDesk, ticket: Ticket, reason: str = REASON) -> Appeal:
    return operations.challenge(actor=desk.asking, ticket_id=ticket.pk, reason=reason)


def decided(desk: SmallDesk, appeal: Appeal, *, uphold: bool = True, answer: str = "You are right.") -> Appeal:
    return operations.decide_appeal(actor=desk.leading, appeal_id=appeal.pk, uphold=uphold, answer=answer)


def told(ticket: Ticket, kind: str) -> TimelineEntry:
    return TimelineEntry.objects.of("ticket", ticket.pk).filter(kind=kind).latest("seq")


def test_a_challenge_moves_nothing_and_is_kept(desk: SmallDesk) -> None:
    ticket = desk.owned()
    appeal = challenged(desk, ticket)
    now = Ticket.objects.get(pk=ticket.pk)
    assert (now.tier, now.group_id, now.assignee_id, now.status) == (
        ticket.tier,
        ticket.group_id,
        ticket.assignee_id,
        ticket.status,
    )
    entry = told(ticket, "escalation.appealed")
    assert entry.audience == Audience.REQUESTER
    assert entry.data == {"appeal_id": appeal.pk, "origin": "requester", "reason": REASON}
    assert rebuild(list(TimelineEntry.objects.of("ticket", ticket.pk))) == now.state


def test_what_staff_ask_is_not_the_requester_s_to_see(desk: SmallDesk) -> None:
    ticket = desk.owned()
    operations.appeal(actor=desk.actor(1), ticket_id=ticket.pk, reason="Who pays for the visit?")
    assert told(ticket, "escalation.appealed").audience == Audience.INTERNAL
    assert queries.challenge_of(desk.asking, ticket.pk) is None
    page = text_of(signed_in(desk.requester).get(f"/requests/{ticket.reference}"))
    assert "second look was asked" not in page
    assert "Who pays" not in page


def test_only_the_requester_and_followers_challenge(desk: SmallDesk) -> None:
    ticket = desk.owned()
    stranger = people.create_person(actor=SETUP, email="s@field.example", name="S", roles=[Role.REQUESTER])
    for actor in (actor_for(stranger), desk.actor(2), desk.leading):
        with pytest.raises(NotFound):
            operations.challenge(actor=actor, ticket_id=ticket.pk, reason=REASON)
    Follower.objects.create(ticket=ticket, person=stranger)
    assert operations.challenge(actor=actor_for(stranger), ticket_id=ticket.pk, reason=REASON).raised_label == "S"


def test_one_at_a_time_and_not_again_right_after(desk: SmallDesk) -> None:
    ticket = desk.owned()
    appeal = challenged(desk, ticket)
    for again in (challenged, lambda d, t: operations.appeal(actor=d.actor(1), ticket_id=t.pk, reason="x")):
        with pytest.raises(AlreadyAppealed):
            again(desk, ticket)
    decided(desk, appeal, uphold=False, answer="The update on Thursday holds it.")
    with pytest.raises(TooSoon) as soon:
        challenged(desk, ticket)
    assert "24 hours" in soon.value.for_people()
    with clock.at(clock.now() + AGAIN_AFTER):
        assert challenged(desk, ticket).state == "open"


def test_the_database_holds_one_open_appeal(desk: SmallDesk) -> None:
    appeal = challenged(desk, desk.owned())
    appeal.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        appeal.save(force_insert=True)


@pytest.mark.parametrize("words", ["", "  \n ", "\0\0"])
def test_words_are_needed_on_both_sides(desk: SmallDesk, words: str) -> None:
    ticket = desk.owned()
    for ask in (
        lambda: operations.challenge(actor=desk.asking, ticket_id=ticket.pk, reason=words),
        lambda: operations.appeal(actor=desk.actor(1), ticket_id=ticket.pk, reason=words),
    ):
        with pytest.raises(Invalid):
            ask()
    appeal = challenged(desk, ticket)
    with pytest.raises(Invalid):
        decided(desk, appeal, answer=words)
    assert Appeal.objects.get(pk=appeal.pk).state == "open"


@pytest.mark.parametrize(("uphold", "state", "status"), [(True, "upheld", "open"), (False, "declined", "resolved")])
def test_a_solved_request_is_opened_again_when_the_requester_is_right(
    desk: SmallDesk, uphold: bool, state: str, status: str
) -> None:
    ticket = desk.owned()
    tickets.resolve(actor=desk.actor(1), ticket_id=ticket.pk, resolution="Restarted")
    appeal = decided(desk, challenged(desk, ticket), uphold=uphold, answer="We looked at it together.")
    assert (appeal.state, Ticket.objects.get(pk=ticket.pk).status) == (state, status)
    said = Message.objects.filter(ticket=ticket).latest("pk")
    assert (said.text, said.audience, said.direction) == ("We looked at it together.", Audience.REQUESTER, "out")
    assert told(ticket, "escalation.appeal_decided").data["message_id"] == said.pk


def test_the_answer_to_staff_stays_inside(desk: SmallDesk) -> None:
    ticket = desk.owned()
    appeal = operations.appeal(actor=desk.actor(1), ticket_id=ticket.pk, reason="Who pays for the visit?")
    decided(desk, appeal, answer="We do, up to 200.")
    said = Message.objects.filter(ticket=ticket).latest("pk")
    assert said.audience == Audience.INTERNAL
    assert told(ticket, "escalation.appeal_decided").audience == Audience.INTERNAL


def test_a_lead_decides_and_only_once(desk: SmallDesk) -> None:
    appeal = challenged(desk, desk.owned())
    for actor in (desk.actor(1), desk.actor(3), desk.asking):
        with pytest.raises(NotFound):
            operations.decide_appeal(actor=actor, appeal_id=appeal.pk, uphold=True, answer="Yes.")
    decided(desk, appeal)
    with pytest.raises(AlreadyDecided):
        decided(desk, appeal, uphold=False)
    with pytest.raises(NotFound):
        operations.decide_appeal(actor=desk.leading, appeal_id=10**9, uphold=True, answer="Yes.")


def test_a_closed_request_is_not_challenged(desk: SmallDesk) -> None:
    ticket = desk.owned()
    tickets.resolve(actor=desk.actor(1), ticket_id=ticket.pk, resolution="Restarted")
    tickets.close(actor=desk.actor(1), ticket_id=ticket.pk)
    with pytest.raises(WrongState) as closed:
        challenged(desk, ticket)
    assert "Open a new request" in closed.value.for_people()


def test_a_lead_of_another_desk_sees_nothing(desk: SmallDesk) -> None:
    hr = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
    appeal = challenged(desk, desk.owned())
    Ticket.objects.filter(pk=appeal.ticket_id).update(desk=hr)
    assert queries.open_appeals(desk.leading) == []
    with pytest.raises(NotFound):
        decided(desk, appeal)


def test_erasing_takes_the_words(desk: SmallDesk) -> None:
    raised = events.AppealRaised(appeal_id=1, origin="requester", reason=REASON)
    assert raised.erase().reason == ERASED


@pytest.mark.parametrize(("hours", "may"), [(None, True), (0, False), (23.99, False), (24, True), (1000, True)])
def test_when_it_may_be_asked_again(hours: float | None, may: bool) -> None:
    now = clock.now()
    assert may_appeal_at(None if hours is None else now - timedelta(hours=hours), now) is may


# --- the pages


def test_a_challenge_from_the_portal_to_the_lead_and_back(desk: SmallDesk) -> None:
    ticket, asking, lead = desk.owned(), signed_in(desk.requester), signed_in(desk.lead)
    address = f"/requests/{ticket.reference}"
    assert "Ask for a second look" in text_of(asking.get(address))
    assert "answers here" in text_of(asking.post(f"{address}/challenge", {"reason": REASON}, follow=True))
    assert "You asked for it" in text_of(asking.get(address))
    assert "already" in text_of(asking.post(f"{address}/challenge", {"reason": REASON}, follow=True))

    waiting = text_of(lead.get("/console/handovers"))
    assert "Appeals to decide" in waiting
    assert "Ines Okafor challenges" in waiting
    step = lead.get(f"/console/tickets/{ticket.reference}/step")
    assert REASON in text_of(step)
    form = {"number": Appeal.objects.get().pk, "uphold": "no", "answer": "The part comes on Thursday."}
    done = text_of(lead.post(f"/console/tickets/{ticket.reference}/appeal/decide", form, follow=True))
    assert "It is decided" in done
    told_back = text_of(asking.get(address))
    assert "The part comes on Thursday." in told_back
    assert "The second look is done" in told_back


def test_an_agent_asks_and_does_not_decide(desk: SmallDesk) -> None:
    ticket, agent = desk.owned(), signed_in(desk.agents[1])
    at = f"/console/tickets/{ticket.reference}"
    assert agent.post(f"{at}/appeal", {"appeal": " "}).status_code == 422
    assert "leads of the desk are asked" in text_of(agent.post(f"{at}/appeal", {"appeal": "Who pays?"}, follow=True))
    page = text_of(agent.get(f"{at}/step"))
    assert "A lead decides. The work goes on meanwhile." in page
    assert "Appeals to decide" not in text_of(agent.get("/console/handovers"))
    form = {"number": Appeal.objects.get().pk, "uphold": "yes", "answer": "Me."}
    assert agent.post(f"{at}/appeal/decide", form).status_code == 404


@pytest.mark.parametrize(
    "form", [{}, {"uphold": "yes"}, {"uphold": "perhaps", "answer": "x"}, {"uphold": "no", "answer": ""}]
)
def test_an_answer_that_is_none_keeps_what_was_typed(desk: SmallDesk, form: dict[str, Any]) -> None:
    ticket = desk.owned()
    appeal = challenged(desk, ticket)
    at = f"/console/tickets/{ticket.reference}/appeal/decide"
    assert signed_in(desk.lead).post(at, {"number": appeal.pk, **form}).status_code == 422
    assert Appeal.objects.get().state == "open"


def test_a_request_that_is_not_theirs_has_no_such_address(desk: SmallDesk) -> None:
    ticket = desk.owned()
    other = people.create_person(actor=SETUP, email="o@field.example", name="O", roles=[Role.REQUESTER])
    answer = signed_in(other).post(f"/requests/{ticket.reference}/challenge", {"reason": REASON})
    assert answer.status_code == 404
    assert not Appeal.objects.exists()


def test_the_list_of_appeals_costs_one_statement_more(desk: SmallDesk) -> None:
    for _ in range(3):
        challenged(desk, desk.owned())
    _page, sent = statements(signed_in(desk.lead), "/console/handovers")
    assert sent <= 6
