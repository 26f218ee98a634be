"""Tier 0 against the real database: it answers, asks, hands over, and keeps an honest ledger."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from tests.support.desk import SmallDesk, small_desk
from tests.support.held import held
from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people.queries import actor_for
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Message, Ticket
from tierline.ladder.assistant import jobs, operations, queries
from tierline.ladder.assistant.errors import ConversationOver, NotWaitingForAnswer
from tierline.ladder.assistant.models import Attempt, Outcome
from tierline.ladder.assistant.rules import ANSWER_THRESHOLD, OutcomeClass
from tierline.work.diagnosis import queries as diagnosis
from tierline.work.diagnosis.queries import MatchRow
from tierline.work.knowledge import operations as knowledge
from tierline.work.knowledge.models import Article, ArticleLink

pytestmark = pytest.mark.django_db
ME = Actor.machine("assistant")
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


desk = held(small_desk)


def article(desk: SmallDesk, title: str, issue: str, resolution: str, audience: str = "requester") -> Article:
    made = knowledge.create(actor=desk.actor(1), title=title, issue=issue, resolution=resolution)
    return knowledge.publish(actor=desk.actor(1), article_id=made.pk, audience=audience)


@pytest.fixture
def scanner(desk: SmallDesk) -> Article:
    return article(
        desk,
        "Scanner address book is empty",
        "Since the update the address book of the scanner is empty",
        "Open the scanner's menu and choose Reload addresses.",
    )


def fits(desk: SmallDesk) -> Ticket:
    return desk.ticket("Scanner address book is empty", "Since the update the address book of the scanner is empty.")


def tried(ticket: Ticket) -> Attempt:
    made = operations.attempt(actor=ME, ticket_id=ticket.pk)
    assert made is not None
    return made


def fresh(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def kinds(ticket: Ticket) -> list[str]:
    return [e.kind for e in TimelineEntry.objects.of("ticket", ticket.pk) if e.kind.startswith("assistant.")]


def last_word(ticket: Ticket) -> str:
    return Outcome.objects.current().get(ticket=ticket).outcome


def write(desk: SmallDesk, ticket: Ticket, text: str) -> TimelineEntry:
    """The requester writes; returns the entry that the reaction gets."""
    tickets.receive_message(actor=desk.asking, ticket_id=ticket.pk, author=desk.requester, text=text)
    return TimelineEntry.objects.of("ticket", ticket.pk).filter(kind="ticket.message_received").latest("seq")


def known_error(monkeypatch: pytest.MonkeyPatch, *, lowest_tier: int = 0, score: float = 0.95) -> None:
    """The evidence of every ticket matches this one (diagnosis has its own tests)."""
    row = MatchRow(
        ref="KE-14",
        title="Gateway drops the driver",
        score=score,
        reasons=("the same trace",),
        answer="Choose the second gateway in the settings.",
        lowest_tier=lowest_tier,
        known_error_id=14,
    )
    monkeypatch.setattr(diagnosis, "matches_of", lambda *_: [row])


class TestAttempt:
    def test_an_article_that_fits_is_answered_with_its_citation(self, desk: SmallDesk, scanner: Article) -> None:
        ticket = fits(desk)
        made = tried(ticket)
        assert made.decision == "answer"
        sent = Message.objects.get(ticket=ticket, direction="out")
        assert f"Reload addresses. [{scanner.reference}]" in sent.text
        assert "Did this solve it?" in sent.text
        row = fresh(ticket)
        assert (row.status, row.waiting_for, row.tiers_tried, row.group_id) == ("waiting", "requester", [0], None)
        assert kinds(ticket) == ["assistant.answered", "assistant.outcome"]
        assert ArticleLink.objects.get().how == "cited"
        assert last_word(ticket) == "pending"
        assert queries.awaits_confirmation(desk.asking, ticket.pk)

    def test_it_says_honestly_how_far_it_was_away(self, desk: SmallDesk, scanner: Article) -> None:
        ticket = desk.ticket("Scanner makes purple stripes", "Every page has purple stripes on the left margin")
        made = tried(ticket)
        assert made.decision == "hand_over"
        score = made.passages[0]["score"]
        assert score < ANSWER_THRESHOLD
        entry = TimelineEntry.objects.of("ticket", ticket.pk).get(kind="assistant.handed_over")
        assert f"{score:.2f} of the question, below the threshold 0.62" in entry.data["reason"]
        assert scanner.reference in entry.data["knows"][0]
        assert "stripe" in entry.data["knows"][0]
        assert Message.objects.filter(ticket=ticket, direction="out").count() == 0
        assert last_word(ticket) == "handed_over"

    def test_internal_articles_are_never_told(self, desk: SmallDesk) -> None:
        article(desk, "Scanner address book is empty", "address book of the scanner is empty", "Secret", "internal")
        made = tried(fits(desk))
        assert made.decision == "hand_over"
        assert made.passages == []

    def test_trying_twice_is_trying_once(self, desk: SmallDesk, scanner: Article) -> None:
        ticket = fits(desk)
        assert tried(ticket) == tried(ticket)
        assert Message.objects.filter(ticket=ticket, direction="out").count() == 1

    def test_what_people_have_is_left_alone(self, desk: SmallDesk, scanner: Article) -> None:
        owned = desk.owned(1, title="Scanner address book is empty")
        assert operations.attempt(actor=ME, ticket_id=owned.pk) is None
        assert Attempt.objects.count() == 0

    def test_a_known_error_for_tier_0_is_answered(self, desk: SmallDesk, monkeypatch: pytest.MonkeyPatch) -> None:
        known_error(monkeypatch)
        ticket = desk.ticket()
        made = tried(ticket)
        assert made.decision == "answer"
        assert "second gateway in the settings. [KE-14]" in made.says
        assert made.matches[0]["score"] == 0.95

    def test_one_for_a_higher_tier_is_named_to_people_only(
        self, desk: SmallDesk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        known_error(monkeypatch, lowest_tier=1)
        ticket = desk.ticket()
        assert tried(ticket).decision == "hand_over"
        assert not Message.objects.filter(ticket=ticket, direction="out").exists()
        entry = TimelineEntry.objects.of("ticket", ticket.pk).get(kind="assistant.handed_over")
        assert "KE-14" in entry.data["reason"]
        assert entry.payload.erase().to_data()["knows"] == ["[erased]"]

    def test_words_alone_do_not_make_a_known_error_sure(self, desk: SmallDesk, monkeypatch: pytest.MonkeyPatch) -> None:
        known_error(monkeypatch, score=0.7)
        assert tried(desk.ticket()).decision == "hand_over"

    def test_the_job_hands_the_cause_on(self, desk: SmallDesk) -> None:
        ticket = desk.ticket()
        cause = TimelineEntry.objects.of("ticket", ticket.pk).get(kind="ticket.opened")
        jobs.attempt(entry_id=cause.pk)
        entry = TimelineEntry.objects.of("ticket", ticket.pk).get(kind="assistant.handed_over")
        assert entry.cause_id == cause.pk
        assert entry.actor_label == "assistant 1"

    def test_requesters_cannot_make_it_try(self, desk: SmallDesk) -> None:
        with pytest.raises(NotFound):
            operations.attempt(actor=desk.asking, ticket_id=desk.ticket().pk)
        with pytest.raises(NotFound):
            operations.attempt(actor=ME, ticket_id=0)


class TestAsking:
    @pytest.fixture
    def two(self, desk: SmallDesk) -> tuple[Article, Article]:
        issue = "The export of the report fails"
        return (
            article(desk, "Export of a report fails in Excel", issue, "Install the Excel add-in."),
            article(desk, "Export of a report fails in the viewer", issue, "Clear the viewer's cache."),
        )

    def test_two_that_fit_alike_lead_to_one_question_then_to_the_answer(
        self, desk: SmallDesk, two: tuple[Article, Article]
    ) -> None:
        ticket = desk.ticket("Export of a report fails", "The export of the report fails")
        assert tried(ticket).decision == "ask"
        sent = Message.objects.get(ticket=ticket, direction="out").text
        assert "Which of these is it?" in sent
        assert "- Export of a report fails in Excel" in sent
        entry = write(desk, ticket, "In the viewer, with its cache")
        jobs.follow_up(entry_id=entry.pk)
        jobs.follow_up(entry_id=entry.pk)
        second = Attempt.objects.get(ticket=ticket, number=2)
        assert second.decision == "answer"
        assert two[1].reference in second.says
        assert Message.objects.filter(ticket=ticket, direction="out").count() == 2
        assert last_word(ticket) == "pending"

    def test_a_question_cannot_be_confirmed(self, desk: SmallDesk, two: tuple[Article, Article]) -> None:
        ticket = desk.ticket("Export of a report fails", "The export of the report fails")
        tried(ticket)
        assert not queries.awaits_confirmation(desk.asking, ticket.pk)
        with pytest.raises(NotWaitingForAnswer):
            operations.confirm(actor=desk.asking, ticket_id=ticket.pk)


class TestWhatBecomesOfIt:
    @pytest.fixture
    def ticket(self, desk: SmallDesk, scanner: Article) -> Ticket:
        with clock.at(START):
            ticket = fits(desk)
            tried(ticket)
        return ticket

    def test_confirmed_is_solved_at_tier_0_and_closed(self, desk: SmallDesk, ticket: Ticket) -> None:
        for _ in range(2):
            operations.confirm(actor=desk.asking, ticket_id=ticket.pk)
        row = fresh(ticket)
        assert (row.status, row.resolved_tier, row.resolution_code) == ("closed", 0, "solved")
        assert last_word(ticket) == "confirmed"
        assert ArticleLink.objects.get().helped is True
        assert kinds(ticket).count("assistant.confirmed") == 1

    def test_only_the_requester_may_say_so(self, desk: SmallDesk, ticket: Ticket) -> None:
        for actor in (desk.actor(1), actor_for(desk.administrator)):
            with pytest.raises(NotFound):
                operations.confirm(actor=actor, ticket_id=ticket.pk)

    def test_declined_counts_as_failed_and_goes_to_people(self, desk: SmallDesk, ticket: Ticket) -> None:
        operations.decline(actor=desk.asking, ticket_id=ticket.pk, text="There is no such menu.")
        row = fresh(ticket)
        assert (row.status, row.tier) == ("open", 0)
        assert last_word(ticket) == "failed"
        assert kinds(ticket)[-1] == "assistant.handed_over"
        assert ArticleLink.objects.get().helped is False
        entry = TimelineEntry.objects.of("ticket", ticket.pk).get(kind="ticket.message_received")
        jobs.follow_up(entry_id=entry.pk)
        assert kinds(ticket).count("assistant.handed_over") == 1
        with pytest.raises(NotWaitingForAnswer):
            operations.decline(actor=desk.asking, ticket_id=ticket.pk)

    def test_declining_what_people_have_meanwhile_is_counted_and_not_handed_over_again(
        self, desk: SmallDesk, ticket: Ticket
    ) -> None:
        tickets.assign(actor=ME, ticket_id=ticket.pk, group_id=desk.groups[1].pk)
        operations.decline(actor=desk.asking, ticket_id=ticket.pk)
        assert last_word(ticket) == "failed"
        assert "assistant.handed_over" not in kinds(ticket)

    def test_a_message_after_the_answer_goes_to_people_once(self, desk: SmallDesk, ticket: Ticket) -> None:
        entry = write(desk, ticket, "I cannot find that menu")
        jobs.follow_up(entry_id=entry.pk)
        jobs.follow_up(entry_id=entry.pk)
        assert last_word(ticket) == "handed_over"
        assert kinds(ticket).count("assistant.handed_over") == 1
        handed = TimelineEntry.objects.of("ticket", ticket.pk).get(kind="assistant.handed_over")
        assert handed.cause_id == entry.pk
        assert any("Tier 0 answered" in line for line in handed.data["knows"])

    def test_plain_success_by_mail_confirms(self, desk: SmallDesk, ticket: Ticket) -> None:
        jobs.follow_up(entry_id=write(desk, ticket, "Thanks, that worked.\n\n> Open the menu").pk)
        assert last_word(ticket) == "confirmed"
        assert fresh(ticket).status == "closed"

    def test_a_message_to_people_is_none_of_its_business(self, desk: SmallDesk, ticket: Ticket) -> None:
        tickets.assign(actor=ME, ticket_id=ticket.pk, group_id=desk.groups[1].pk)
        jobs.follow_up(entry_id=write(desk, ticket, "hello?").pk)
        assert last_word(ticket) == "pending"

    def test_silence_is_put_aside_and_never_called_solved(self, desk: SmallDesk, ticket: Ticket) -> None:
        with clock.at(START + timedelta(days=4)):
            assert operations.settle() == 0
        with clock.at(START + timedelta(days=5)):
            assert operations.settle() == 1
            assert operations.settle() == 0
        row = fresh(ticket)
        assert (row.status, row.resolution_code) == ("resolved", "withdrawn")
        assert last_word(ticket) == "silent"

    @pytest.mark.parametrize(("days", "word"), [(3, "failed"), (9, "confirmed")])
    def test_what_comes_back_within_a_week_has_failed_and_always_reaches_people(
        self, desk: SmallDesk, ticket: Ticket, days: int, word: str
    ) -> None:
        with clock.at(START):
            operations.confirm(actor=desk.asking, ticket_id=ticket.pk)
        with clock.at(START + timedelta(days=days)):
            entry = write(desk, ticket, "It is empty again")
            jobs.follow_up(entry_id=entry.pk)
            jobs.follow_up(entry_id=entry.pk)
        assert last_word(ticket) == word
        assert fresh(ticket).status == "open"
        assert kinds(ticket).count("assistant.handed_over") == 1

    def test_verified_by_the_system_is_solved_too(self, desk: SmallDesk, ticket: Ticket) -> None:
        assert operations.verify(actor=ME, ticket_id=ticket.pk)
        assert not operations.verify(actor=ME, ticket_id=ticket.pk)
        assert (fresh(ticket).resolved_tier, last_word(ticket)) == (0, "verified")

    def test_the_ledger_adds_up(self, desk: SmallDesk, ticket: Ticket) -> None:
        operations.confirm(actor=desk.asking, ticket_id=ticket.pk)
        for _ in range(2):
            tried(desk.ticket("Something else", "Entirely different gramophone"))
        kept = queries.ledger()
        assert kept.total == 3
        assert kept.counts[OutcomeClass.CONFIRMED] == 1
        assert kept.percent[OutcomeClass.HANDED_OVER] == 66.7
        assert round(sum(kept.percent.values()), 6) == 100.0

    def test_the_database_keeps_one_current_word(self, ticket: Ticket) -> None:
        row = Outcome.objects.current().get(ticket=ticket)
        with pytest.raises(IntegrityError, match="outcome_one_current_per_ticket"), transaction.atomic():
            Outcome.objects.create(ticket=ticket, attempt=row.attempt, outcome="failed", at=START)


class TestConversation:
    def test_it_answers_without_a_ticket(self, desk: SmallDesk, scanner: Article) -> None:
        reply = operations.ask(actor=desk.asking, text="the address book of the scanner is empty since the update")
        assert reply.decision == "answer"
        assert scanner.reference in reply.text
        assert reply.passages[0].title == scanner.title
        operations.solved(actor=desk.asking, conversation_id=reply.conversation_id)
        assert queries.ledger().conversations_solved == 1
        assert Ticket.objects.count() == 0
        with pytest.raises(ConversationOver):
            operations.ask(actor=desk.asking, text="and now?", conversation_id=reply.conversation_id)

    def test_what_it_does_not_know_can_be_passed_on_with_everything_said(
        self, desk: SmallDesk, scanner: Article
    ) -> None:
        first = operations.ask(actor=desk.asking, text="My scanner prints purple stripes")
        assert first.decision == "hand_over"
        operations.ask(actor=desk.asking, text="On the left margin", conversation_id=first.conversation_id)
        ticket = operations.pass_on(actor=desk.asking, conversation_id=first.conversation_id)
        assert operations.pass_on(actor=desk.asking, conversation_id=first.conversation_id) == ticket
        said = Message.objects.get(ticket=ticket).text
        assert said == "My scanner prints purple stripes\n\nOn the left margin"
        assert kinds(ticket) == ["assistant.outcome", "assistant.handed_over"]
        assert fresh(ticket).tiers_tried == [0]
        again = operations.attempt(actor=ME, ticket_id=ticket.pk)
        assert again is not None
        assert again.number == 1
        assert kinds(ticket).count("assistant.handed_over") == 1

    def test_nobody_reads_or_continues_anothers(self, desk: SmallDesk) -> None:
        reply = operations.ask(actor=desk.asking, text="something private about gramophones")
        other = desk.actor(1)
        with pytest.raises(NotFound):
            queries.conversation(other, reply.conversation_id)
        with pytest.raises(NotFound):
            operations.ask(actor=other, text="x", conversation_id=reply.conversation_id)
        talk, turns = queries.conversation(desk.asking, reply.conversation_id)
        assert [turn.by_machine for turn in turns] == [False, True]
        assert talk.ended == ""

    @pytest.mark.parametrize("text", ["", "  ", "\x00\x01"])
    def test_nothing_said_is_nothing_asked(self, desk: SmallDesk, text: str) -> None:
        with pytest.raises(Invalid):
            operations.ask(actor=desk.asking, text=text)

    def test_staff_see_the_attempts_and_requesters_do_not(self, desk: SmallDesk) -> None:
        ticket = desk.ticket()
        tried(ticket)
        assert len(queries.attempts(desk.actor(1), ticket.pk)) == 1
        with pytest.raises(NotFound):
            queries.attempts(desk.asking, ticket.pk)
