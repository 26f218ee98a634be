"""What the requester says: by the link of a mail or on the portal, changed as long as the survey is open."""

from datetime import datetime, timedelta

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import REQUESTER, Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline import operations as timeline
from tierline.core.timeline.models import TimelineEntry, TimelineQuerySet
from tierline.core.timeline.rules import ERASED
from tierline.desk.people.rules import Right, require
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.operations.writing import locked
from tierline.work.surveys import events
from tierline.work.surveys.errors import NothingToRate
from tierline.work.surveys.models import Survey
from tierline.work.surveys.queries import closes_at, plan_in_force
from tierline.work.surveys.rules import LOW, State, Way, comment_of, score_of

from .links import read_link

MOST_CHANGES = 20
"""An answer may be changed so often; a link in the wrong hands cannot fill a timeline."""


def answer(*, actor: Actor, token: str, score: int, comment: str = "") -> Survey:
    """Answer by the link of the mail, or change the answer. Whoever comes with it acts as the person it was sent to.

    Raises NotFound for a link that opens nothing, Invalid, and NothingToRate after too many changes.
    """
    with transaction.atomic():
        survey = read_link(token)
        roles, person = frozenset({REQUESTER}), survey.person
        them = Actor(label=person.name, person_id=person.pk, roles=roles, request_id=actor.request_id)
        ticket = locked(them, survey.ticket_id)
        held = Survey.objects.select_for_update(of=("self",)).select_related("plan").get(pk=survey.pk)
        return _answered(them, ticket, held, score=score, comment=comment, way=Way.MAIL)


def rate(*, actor: Actor, ticket_id: int, score: int, comment: str = "", way: Way = Way.PORTAL) -> Survey:
    """Rate one's own solved request, asked or not, or change that. Raises NotFound, Invalid and NothingToRate."""
    with transaction.atomic():
        ticket = locked(actor, ticket_id)
        if actor.person_id is None or ticket.requester_id != actor.person_id:
            raise NotFound
        return _answered(actor, ticket, _survey_of(ticket), score=score, comment=comment, way=way)


def _survey_of(ticket: Ticket) -> Survey:
    """The survey about the solution that stands, locked; a new one for a request that nobody was asked about."""
    how = plan_in_force(ticket.desk_id)
    if how is None or not how.enabled or ticket.is_open or ticket.resolved_at is None or ticket.merged_into_id:
        raise NothingToRate
    found = Survey.objects.select_for_update(of=("self",)).select_related("plan")
    survey = found.filter(ticket=ticket, solved_at=ticket.resolved_at).first()
    if survey is None:
        about = {"ticket": ticket, "person": ticket.requester, "solved_at": ticket.resolved_at, "plan": how}
        survey = Survey(**about, state=State.PLANNED, due_at=ticket.resolved_at)
    if clock.now() >= closes_at(survey):
        raise NothingToRate("The time to rate this request is over.", todo="Write to us instead.")
    return survey


def _answered(actor: Actor, ticket: Ticket, survey: Survey, *, score: int, comment: str, way: Way) -> Survey:
    said, words = score_of(score), comment_of(comment)
    changed = survey.state == State.ANSWERED
    if changed and (survey.score, survey.comment) == (said, words):
        return survey
    if changed and _told(ticket, survey).filter(kind=events.Answered.kind).count() > MOST_CHANGES:
        raise NothingToRate("This answer was changed too often.", todo="Write to us instead.")
    _keep(survey, said, words, way, now=clock.now())
    payload = events.Answered(
        survey_id=survey.pk,
        score=said,
        comment=words,
        changed=changed,
        asked=survey.asked_at is not None,
        way=way.value,
        tier=ticket.resolved_tier or 0,
        group_id=ticket.group_id,
        channel=ticket.channel,
    )
    tickets.note_event(actor=actor, ticket_id=ticket.pk, payload=payload)
    if said <= LOW and not _told(ticket, survey).filter(kind=events.FollowUp.kind).exists():
        machine = Actor.machine("surveys", request_id=actor.request_id)
        follow_up = events.FollowUp(survey_id=survey.pk, score=said)
        tickets.note_event(actor=machine, ticket_id=ticket.pk, payload=follow_up)
    return survey


def _keep(survey: Survey, score: int, comment: str, way: Way, *, now: datetime) -> None:
    if survey.state != State.ANSWERED:
        survey.state, survey.answered_at = State.ANSWERED, now
        survey.closes_at = now + timedelta(days=survey.plan.open_days)
    else:
        survey.changed_at = now
    survey.score, survey.comment, survey.way = score, comment, way
    survey.save()


def _told(ticket: Ticket, survey: Survey) -> TimelineQuerySet:
    return TimelineEntry.objects.of("ticket", ticket.pk).filter(data__survey_id=survey.pk)


def erase_answers(*, actor: Actor, person_id: int) -> int:
    """Take the words out of everything that somebody answered, and shut their links; returns how many surveys.

    Scores stay: they are figures. Raises NotFound without the right.
    """
    require(actor, Right.SETUP)
    with transaction.atomic():
        theirs = Survey.objects.select_for_update().filter(person=person_id).order_by("pk")
        for survey in theirs:
            survey.key, survey.comment = "", ERASED if survey.comment else ""
            survey.save(update_fields=["key", "comment"])
            answered = [events.Answered.kind]
            timeline.erase(subject_kind="ticket", subject_id=survey.ticket_id, kinds=answered, by=person_id)
        return len(theirs)
