"""Verbs on lessons: owed by the tier that learned, taught with an article, tried on an old ticket, measured."""

import re
from datetime import timedelta

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import clean, one_line
from tierline.core.timeline.models import TimelineEntry
from tierline.core.timeline.rules import Payload
from tierline.desk.people.models import Person
from tierline.desk.people.rules import Right, holding
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets import queries as ticket_queries
from tierline.desk.tickets.models import Ticket
from tierline.work.knowledge import events, queries
from tierline.work.knowledge.errors import NotReady, WrongState
from tierline.work.knowledge.models import Article, TeachBack, TransferObligation
from tierline.work.knowledge.rules import (
    Accepted,
    TransferState,
    effect_of,
    judge,
    next_transfer_states,
    without_secrets,
)
from tierline.work.knowledge.rules.states import Effect

DUE_AFTER = timedelta(days=14)
"""A lesson is due two weeks after it is owed."""
_KNOWN_ERROR = re.compile(r"\bKE-\d{1,9}\b")


def owe_lesson(*, actor: Actor, ticket_id: int, from_tier: int, to_tier: int, summary: str) -> TransferObligation:
    """What a higher tier learned from a ticket is owed to a lower one. The same ticket and tier owe it once."""
    actor = holding(actor, Right.LESSON_TEACH)
    if not 0 <= to_tier < from_tier:
        raise Invalid({"to_tier": "A lesson goes to a lower tier."})
    words = without_secrets(clean(summary, 2000).strip())
    if not words:
        raise Invalid({"summary": "Say in one sentence what the lower tier shall learn."})
    with transaction.atomic():
        ticket = ticket_queries.get(actor, ticket_id)
        due = (clock.now() + DUE_AFTER).date()
        lesson, new = TransferObligation.objects.get_or_create(
            ticket=ticket,
            to_tier=to_tier,
            defaults={
                "from_tier": from_tier,
                "summary": words,
                "state": TransferState.OWED,
                "owed_at": clock.now(),
                "due_on": due,
            },
        )
        if new:
            payload = events.LessonOwed(
                obligation_id=lesson.pk, from_tier=from_tier, to_tier=to_tier, summary=words, due_on=due.isoformat()
            )
            tickets.note_event(actor=actor, ticket_id=ticket_id, payload=payload)
        return lesson


def teach(*, actor: Actor, obligation_id: int, article_id: int) -> TransferObligation:
    """Pay a lesson with a published article. Raises NotFound, NotReady and WrongState (waived)."""
    actor = holding(actor, Right.LESSON_TEACH)
    with transaction.atomic():
        lesson = _locked(actor, obligation_id)
        article = queries.article(actor, article_id)
        if article.published_at is None:
            raise NotReady(f"{article.reference} is not published.", todo="Publish it, then teach it.")
        if lesson.state == TransferState.TAUGHT and lesson.article_id == article.pk:
            return lesson
        _step(lesson, TransferState.TAUGHT)
        lesson.article, lesson.taught_at = article, clock.now()
        lesson.save(update_fields=["state", "article", "taught_at"])
        payload = events.LessonTaught(obligation_id=lesson.pk, article_id=article.pk, to_tier=lesson.to_tier)
        _note(actor, lesson, payload)
        return lesson


def teach_back(*, actor: Actor, obligation_id: int, person_id: int, past_ticket_id: int, answer: str) -> TeachBack:
    """A learner says how an old ticket of the same cause is solved; `rules.judge` decides, and says why.

    The first pass turns the lesson from taught to tried. Raises NotFound, Invalid (no answer, another cause) and
    WrongState (not taught yet).
    """
    actor = holding(actor, Right.LESSON_TEACH)
    words = clean(answer, 10_000).strip()
    if not words:
        raise Invalid({"answer": "Say how the ticket is solved."})
    with transaction.atomic():
        lesson = _locked(actor, obligation_id)
        if lesson.article is None or lesson.state not in {TransferState.TAUGHT, TransferState.TRIED}:
            raise WrongState("This lesson has not been taught yet.", todo="Teach it with an article first.")
        _same_cause(lesson, past_ticket_id)
        verdict = judge(words, _accepted(lesson, lesson.article))
        tried = TeachBack.objects.create(
            obligation=lesson,
            person=_person(person_id),
            past_ticket_id=past_ticket_id,
            answer=without_secrets(words),
            passed=verdict.passed,
            reason=verdict.reason,
            at=clock.now(),
        )
        if verdict.passed and lesson.state == TransferState.TAUGHT:
            _step(lesson, TransferState.TRIED)
            lesson.save(update_fields=["state"])
        kind = events.TeachBackPassed if verdict.passed else events.TeachBackFailed
        _note(actor, lesson, kind(obligation_id=lesson.pk, past_ticket_id=past_ticket_id))
        return tried


def measure_effect(*, actor: Actor, obligation_id: int) -> Effect:
    """Count later tickets of the same cause and keep the figures: did they stay at or below the taught tier?

    Only a tried lesson moves on to measured. Raises WrongState while nothing came after it.
    """
    actor = holding(actor, Right.LESSON_TEACH)
    with transaction.atomic():
        lesson = _locked(actor, obligation_id)
        counts = queries.effect_counts(lesson)
        if not counts["after"]:
            raise WrongState("No ticket of this cause was solved since it was taught.", todo="Look again later.")
        if lesson.effect != counts or lesson.state != TransferState.MEASURED:
            _step(lesson, TransferState.MEASURED)
            lesson.effect, lesson.measured_at = counts, clock.now()
            lesson.save(update_fields=["state", "effect", "measured_at"])
            payload = events.LessonMeasured(
                obligation_id=lesson.pk,
                before_tickets=counts["before"],
                before_low=counts["before_low"],
                after_tickets=counts["after"],
                after_low=counts["after_low"],
            )
            _note(actor, lesson, payload)
        return effect_of(**counts)


def waive(*, actor: Actor, obligation_id: int, reason: str) -> TransferObligation:
    """Let a lesson go, with a reason that is kept. Raises Invalid without one."""
    actor = holding(actor, Right.INSIGHT_PLAN)
    words = one_line(reason, 300)
    if not words:
        raise Invalid({"reason": "Say why this lesson is not taught."})
    with transaction.atomic():
        lesson = _locked(actor, obligation_id)
        if lesson.state == TransferState.WAIVED:
            return lesson
        _step(lesson, TransferState.WAIVED)
        lesson.waived_because = words
        lesson.save(update_fields=["state", "waived_because"])
        _note(actor, lesson, events.LessonWaived(obligation_id=lesson.pk, reason=words))
        return lesson


def _locked(actor: Actor, obligation_id: int) -> TransferObligation:
    seen = TransferObligation.objects.filter(ticket__in=Ticket.objects.visible_to(actor), pk=obligation_id)
    lesson = seen.select_for_update(of=("self",)).select_related("article", "ticket").first()
    if lesson is None:
        raise NotFound
    return lesson


def _step(lesson: TransferObligation, state: TransferState) -> None:
    if state not in next_transfer_states(TransferState(lesson.state)):
        raise WrongState(f"A lesson that is {lesson.state} cannot become {state}.")
    lesson.state = state


def _note(actor: Actor, lesson: TransferObligation, payload: Payload) -> None:
    tickets.note_event(actor=actor, ticket_id=lesson.ticket_id, payload=payload)


def _same_cause(lesson: TransferObligation, past_ticket_id: int) -> None:
    if not queries.same_cause(lesson).filter(pk=past_ticket_id).exists():
        raise Invalid({"past_ticket": "Choose a solved ticket of the same cause."})


def _person(person_id: int) -> Person:
    person = Person.objects.staff().filter(pk=person_id).first()
    if person is None:
        raise NotFound
    return person


def _accepted(lesson: TransferObligation, article: Article) -> Accepted:
    """The article, and every known error that the article or the ticket's own timeline names."""
    told = " ".join(
        str(data) for data in TimelineEntry.objects.of("ticket", lesson.ticket_id).values_list("data", flat=True)
    )
    named = _KNOWN_ERROR.findall(f"{article.issue} {article.cause} {article.resolution} {told}")
    return Accepted(references=frozenset({article.reference, *named}), resolution=article.resolution)
