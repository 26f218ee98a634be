"""Reads of surveys: how a desk asks, what was answered, and what somebody may still say."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people.models import Desk, SupportGroup
from tierline.desk.people.rules import Right, holding, may, require
from tierline.desk.tickets.models import Ticket

from . import rules
from .models import OptOut, Survey, SurveyPlan
from .rules import Facts, Past, Preview, Settings, State

PREVIEWED = 200  # tickets


def plan_in_force(desk_id: int) -> SurveyPlan | None:
    """How a desk asks now; None where nobody ever arranged it."""
    return SurveyPlan.objects.filter(desk_id=desk_id, active=True).first()


def facts_of(ticket: Ticket, solved_at: datetime) -> Facts:
    """What decides about one ticket; when the person was last asked is left to the moment of asking."""
    opened_by = TimelineEntry.objects.of("ticket", ticket.pk).filter(seq=1).values_list("actor_id", flat=True).first()
    opted_out = OptOut.objects.filter(person=ticket.requester_id, ended_at__isnull=True).exists()
    return _facts(ticket, opened_by, opted_out=opted_out, solved_at=solved_at)


def _facts(ticket: Ticket, opened_by: int | None, *, opted_out: bool, solved_at: datetime) -> Facts:
    person = ticket.requester
    return Facts(
        channel=ticket.channel,
        code=ticket.resolution_code,
        tier=ticket.resolved_tier,
        merged=ticket.merged_into_id is not None,
        still_solved=not ticket.is_open and ticket.resolved_at == solved_at,
        opened_by_staff=opened_by is not None and opened_by != person.pk,
        own_work=ticket.assignee_id == person.pk,
        account_open=person.is_active,
        email=person.email,
        mail_failed=person.mail_failed_at is not None,
        opted_out=opted_out,
    )


def closes_at(survey: Survey) -> datetime:
    """Until when it can be answered or changed; one that nobody was asked about, as long after its solution."""
    return survey.closes_at or survey.solved_at + timedelta(days=survey.plan.open_days)


@dataclass(frozen=True, slots=True)
class Arranged:
    """A desk and how it asks; no plan: nobody arranged it, so it does not."""

    desk: Desk
    plan: SurveyPlan | None


def arranged(viewer: Actor) -> list[Arranged]:
    """The desks whose surveys the viewer may arrange, by name. Raises NotFound without the right."""
    require(viewer, Right.DESK_SETUP)
    plans = {one.desk_id: one for one in SurveyPlan.objects.filter(active=True)}
    desks = Desk.objects.order_by("name", "pk")
    return [Arranged(one, plans.get(one.pk)) for one in desks if may(viewer, Right.DESK_SETUP, desk_id=one.pk)]


def versions(viewer: Actor, desk_id: int) -> list[SurveyPlan]:
    """Every version of how a desk asked, the newest first. Raises NotFound."""
    require(viewer, Right.DESK_SETUP, desk_id=desk_id)
    return list(SurveyPlan.objects.filter(desk_id=desk_id).order_by("-version"))


def preview(viewer: Actor, desk_id: int, settings: Settings) -> Preview:
    """What a set-up would have done with the desk's last solved tickets: counts alone. Raises NotFound."""
    require(viewer, Right.DESK_SETUP, desk_id=desk_id)
    solved = Ticket.objects.filter(desk=desk_id, resolved_at__isnull=False).select_related("requester")
    found = list(solved.order_by("-resolved_at")[:PREVIEWED])
    entries = TimelineEntry.objects.filter(subject_kind="ticket", subject_id__in=[one.pk for one in found], seq=1)
    opened = dict(entries.values_list("subject_id", "actor_id"))
    people = {one.requester_id for one in found}
    out = set(OptOut.objects.filter(person__in=people, ended_at__isnull=True).values_list("person_id", flat=True))
    return rules.preview(settings, [_past(one, opened.get(one.pk), out) for one in found])


def _past(ticket: Ticket, opened_by: int | None, out: set[int]) -> Past:
    solved_at = ticket.resolved_at or ticket.changed_at
    facts = _facts(ticket, opened_by, opted_out=ticket.requester_id in out, solved_at=solved_at)
    return Past(ticket.requester_id, solved_at, facts)


def known(survey_id: int) -> Survey | None:
    """A survey by its id, for the machine."""
    return Survey.objects.filter(pk=survey_id).first()


def group_answering(ticket: Ticket) -> SupportGroup | None:
    """Who answers for a ticket that no group had: the group of its service, else the lowest of its desk."""
    if ticket.service is not None and ticket.service.group is not None:
        return ticket.service.group
    groups = SupportGroup.objects.filter(desk=ticket.desk_id, active=True, tier__gte=1)
    return groups.order_by("tier", "pk").first()


def of_ticket(viewer: Actor, ticket_id: int) -> list[Survey]:
    """The surveys about a ticket that the viewer may read, the oldest first."""
    return list(Survey.objects.readable_by(viewer).filter(ticket=ticket_id).order_by("solved_at"))


def answers(viewer: Actor, *, after: int = 0, limit: int = 50) -> list[Survey]:
    """What was answered on the desks that the viewer sees, the newest survey first; `after` is an id. For staff."""
    seen = holding(viewer, Right.INSIGHT_READ)
    found = Survey.objects.filter(state=State.ANSWERED, ticket__desk_id__in=seen.desk_ids)
    page = found.filter(pk__lt=after) if after else found
    return list(page.select_related("ticket").order_by("-pk")[:limit])


@dataclass(frozen=True, slots=True)
class Rating:
    """What the requester sees of it on their request. `open`: it can be given or changed now, until `until`."""

    question: str
    score: int | None
    comment: str
    open: bool
    until: datetime


class Solved(Protocol):
    """What a ticket has to say of itself: a row of a page does."""

    @property
    def pk(self) -> int: ...
    @property
    def is_open(self) -> bool: ...
    @property
    def desk_id(self) -> int: ...
    @property
    def requester_id(self) -> int: ...
    @property
    def merged_into_id(self) -> int | None: ...
    @property
    def resolved_at(self) -> datetime | None: ...


def rating_of(viewer: Actor, ticket: Solved) -> Rating | None:
    """The requester's own rating of a solved request, or the question; None where there is nothing to say."""
    if ticket.is_open or ticket.resolved_at is None or ticket.requester_id != viewer.person_id:
        return None
    how = plan_in_force(ticket.desk_id)
    survey = Survey.objects.filter(ticket=ticket.pk, solved_at=ticket.resolved_at).select_related("plan").first()
    asks = how is not None and how.enabled and ticket.merged_into_id is None
    if survey is None:
        if how is None or not asks:
            return None
        until = ticket.resolved_at + timedelta(days=how.open_days)
        return Rating(how.question, None, "", open=True, until=until) if until > clock.now() else None
    until = closes_at(survey)
    is_open = asks and until > clock.now()
    if survey.score is None and not is_open:
        return None
    return Rating(survey.plan.question, survey.score, survey.comment, open=is_open, until=until)


def opted_out(viewer: Actor, person_id: int) -> OptOut | None:
    """Since when somebody does not want to be asked; of oneself, and of anybody for staff. Raises NotFound."""
    if viewer.person_id != person_id and not (may(viewer, Right.CONSOLE) or may(viewer, Right.SETUP)):
        raise NotFound
    return OptOut.objects.filter(person=person_id, ended_at__isnull=True).first()
