"""A lesson's way down: owed, taught, tried on an old ticket, measured on the next ones."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from tests.support.desk import SmallDesk, small_desk
from tests.support.held import held
from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.work.knowledge import operations, queries
from tierline.work.knowledge.errors import NotReady, WrongState
from tierline.work.knowledge.models import Article, TransferObligation

pytestmark = pytest.mark.django_db
RESOLUTION = "1. Set the keepalive of the tunnel to twenty seconds.\n2. Restart the client of the tunnel."
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


desk = held(small_desk)


def solved(desk: SmallDesk, tier: int) -> Ticket:
    ticket = desk.owned(tier)
    return tickets.resolve(actor=desk.actor(tier), ticket_id=ticket.pk, resolution=RESOLUTION)


def article(desk: SmallDesk, ticket: Ticket) -> Article:
    draft = operations.draft_from_ticket(actor=desk.actor(2), ticket_id=ticket.pk)
    return operations.publish(actor=desk.actor(2), article_id=draft.pk, audience="internal")


def owed(desk: SmallDesk, ticket: Ticket) -> TransferObligation:
    return operations.owe_lesson(
        actor=desk.actor(2), ticket_id=ticket.pk, from_tier=2, to_tier=1, summary="Set the keepalive yourself."
    )


def kinds(ticket: Ticket) -> list[str]:
    return [e.kind for e in TimelineEntry.objects.of("ticket", ticket.pk) if e.kind.startswith("lesson.")]


class TestOwe:
    def test_a_lesson_is_owed_once_and_due_in_two_weeks(self, desk: SmallDesk) -> None:
        with clock.at(START):
            ticket = solved(desk, 2)
            lesson = owed(desk, ticket)
            assert owed(desk, ticket) == lesson
        assert (lesson.state, lesson.due_on.isoformat()) == ("owed", "2026-03-16")
        assert kinds(ticket) == ["lesson.owed"]

    def test_it_goes_down_and_says_something(self, desk: SmallDesk) -> None:
        ticket = solved(desk, 2)
        with pytest.raises(Invalid, match="lower"):
            operations.owe_lesson(actor=desk.actor(2), ticket_id=ticket.pk, from_tier=1, to_tier=1, summary="x")
        with pytest.raises(Invalid, match="learn"):
            operations.owe_lesson(actor=desk.actor(2), ticket_id=ticket.pk, from_tier=2, to_tier=1, summary=" ")
        with pytest.raises(NotFound):
            operations.owe_lesson(actor=desk.asking, ticket_id=ticket.pk, from_tier=2, to_tier=1, summary="x")

    def test_the_database_holds_it_too(self, desk: SmallDesk) -> None:
        lesson = owed(desk, solved(desk, 2))
        with pytest.raises(IntegrityError, match="lesson_goes_down"), transaction.atomic():
            TransferObligation.objects.filter(pk=lesson.pk).update(to_tier=2)
        with pytest.raises(IntegrityError, match="lesson_taught_has_article"), transaction.atomic():
            TransferObligation.objects.filter(pk=lesson.pk).update(state="taught")


class TestTeach:
    def test_a_published_article_pays_it_and_twice_is_once(self, desk: SmallDesk) -> None:
        ticket = solved(desk, 2)
        lesson, written = owed(desk, ticket), article(desk, ticket)
        for _ in range(2):
            lesson = operations.teach(actor=desk.actor(2), obligation_id=lesson.pk, article_id=written.pk)
        assert lesson.state == "taught"
        assert kinds(ticket) == ["lesson.owed", "lesson.taught"]

    def test_a_draft_does_not(self, desk: SmallDesk) -> None:
        ticket = solved(desk, 2)
        draft = operations.draft_from_ticket(actor=desk.actor(2), ticket_id=ticket.pk)
        with pytest.raises(NotReady, match="not published"):
            operations.teach(actor=desk.actor(2), obligation_id=owed(desk, ticket).pk, article_id=draft.pk)

    def test_waiving_needs_a_lead_and_a_reason_and_is_final(self, desk: SmallDesk) -> None:
        ticket = solved(desk, 2)
        lesson = owed(desk, ticket)
        with pytest.raises(NotFound):
            operations.waive(actor=desk.actor(1), obligation_id=lesson.pk, reason="no")
        with pytest.raises(Invalid):
            operations.waive(actor=desk.leading, obligation_id=lesson.pk, reason=" ")
        operations.waive(actor=desk.leading, obligation_id=lesson.pk, reason="one of a kind")
        with pytest.raises(WrongState):
            operations.teach(actor=desk.actor(2), obligation_id=lesson.pk, article_id=article(desk, ticket).pk)


class TestTeachBack:
    @pytest.fixture
    def taught(self, desk: SmallDesk) -> TransferObligation:
        ticket = solved(desk, 2)
        lesson = owed(desk, ticket)
        return operations.teach(actor=desk.actor(2), obligation_id=lesson.pk, article_id=article(desk, ticket).pk)

    def test_the_right_answer_passes_and_the_lesson_is_tried(self, desk: SmallDesk, taught: TransferObligation) -> None:
        tried = operations.teach_back(
            actor=desk.actor(1),
            obligation_id=taught.pk,
            person_id=desk.agents[1].pk,
            past_ticket_id=taught.ticket_id,
            answer="I set the keepalive of the tunnel to twenty seconds",
        )
        assert (tried.passed, tried.reason) == (True, "The answer covers 1 of 2 steps; half are needed.")
        taught.refresh_from_db()
        assert taught.state == "tried"
        assert kinds(taught.ticket)[-1] == "lesson.teach_back_passed"

    def test_the_articles_reference_is_enough(self, desk: SmallDesk, taught: TransferObligation) -> None:
        tried = operations.teach_back(
            actor=desk.actor(1),
            obligation_id=taught.pk,
            person_id=desk.agents[1].pk,
            past_ticket_id=taught.ticket_id,
            answer=f"see kb-{taught.article_id}",
        )
        assert tried.passed

    def test_a_wrong_answer_is_kept_and_may_be_tried_again(self, desk: SmallDesk, taught: TransferObligation) -> None:
        wrong = operations.teach_back(
            actor=desk.actor(1),
            obligation_id=taught.pk,
            person_id=desk.agents[1].pk,
            past_ticket_id=taught.ticket_id,
            answer="Buy a new laptop",
        )
        assert not wrong.passed
        taught.refresh_from_db()
        assert taught.state == "taught"
        assert kinds(taught.ticket)[-1] == "lesson.teach_back_failed"
        (row,) = queries.obligations(desk.actor(1), to_tier=1)
        assert (row.tried, row.passed) == (1, 0)

    def test_only_a_solved_ticket_of_the_same_cause_counts(self, desk: SmallDesk, taught: TransferObligation) -> None:
        other = solved(desk, 1)
        with pytest.raises(Invalid, match="same cause"):
            operations.teach_back(
                actor=desk.actor(1),
                obligation_id=taught.pk,
                person_id=desk.agents[1].pk,
                past_ticket_id=other.pk,
                answer="KB-1",
            )

    def test_what_was_not_taught_cannot_be_tried(self, desk: SmallDesk) -> None:
        ticket = solved(desk, 2)
        with pytest.raises(WrongState):
            operations.teach_back(
                actor=desk.actor(1),
                obligation_id=owed(desk, ticket).pk,
                person_id=desk.agents[1].pk,
                past_ticket_id=ticket.pk,
                answer="x",
            )


def test_the_effect_is_measured_on_later_tickets_of_the_cause(desk: SmallDesk) -> None:
    with clock.at(START):
        before = [solved(desk, 2) for _ in range(5)]
        lesson, written = owed(desk, before[0]), article(desk, before[0])
    for ticket in before[1:]:
        operations.link(actor=desk.actor(2), ticket_id=ticket.pk, article_id=written.pk, how="used")
    with clock.at(START + timedelta(days=1)):
        operations.teach(actor=desk.actor(2), obligation_id=lesson.pk, article_id=written.pk)
        operations.teach_back(
            actor=desk.actor(1),
            obligation_id=lesson.pk,
            person_id=desk.agents[1].pk,
            past_ticket_id=before[0].pk,
            answer=written.reference,
        )
        with pytest.raises(WrongState, match="since"):
            operations.measure_effect(actor=desk.leading, obligation_id=lesson.pk)
    with clock.at(START + timedelta(days=9)):
        for tier in (1, 1, 1, 1, 2):
            ticket = solved(desk, tier)
            operations.link(actor=desk.actor(tier), ticket_id=ticket.pk, article_id=written.pk, how="reused")
        effect = operations.measure_effect(actor=desk.leading, obligation_id=lesson.pk)
        assert operations.measure_effect(actor=desk.leading, obligation_id=lesson.pk) == effect
    assert (effect.before_tickets, effect.before_share) == (5, 0.0)
    assert (effect.after_tickets, effect.after_share) == (5, 0.8)
    assert effect.proven
    assert kinds(before[0]).count("lesson.measured") == 1
    (row,) = queries.obligations(desk.leading)
    assert (row.state, row.effect) == ("measured", effect)
    assert queries.obligations(desk.leading, open_only=True) == []


def test_lessons_of_other_desks_do_not_exist(desk: SmallDesk) -> None:
    lesson = owed(desk, solved(desk, 2))
    outsider = Actor(label="x", person_id=desk.agents[1].pk, roles=frozenset({"agent", "lead"}))
    assert queries.obligations(outsider) == []
    with pytest.raises(NotFound):
        operations.waive(actor=outsider, obligation_id=lesson.pk, reason="x")
