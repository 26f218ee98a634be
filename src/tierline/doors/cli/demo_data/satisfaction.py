"""What people say when it is solved: some were asked, some of them answered, and two were not happy."""

import random
from datetime import datetime, timedelta

from django.db import transaction

from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people.queries import actor_for
from tierline.reactions.jobs import ask_by_mail
from tierline.work.surveys import operations as surveys
from tierline.work.surveys.models import Survey
from tierline.work.surveys.rules import Settings

from .company import SETUP, Company

DESKS = ("it", "customer")
MOST, DAYS = 45, 30
ANSWER = 0.55
SAYS = {
    5: (45, ("", "", "Quick and kind.", "Solved before my coffee was cold.", "Thank you, Tomasz!")),
    4: (30, ("", "", "Fine, once somebody had it.", "Worked at the second try.")),
    3: (12, ("", "It works, but I still do not know why it broke.")),
    2: (8, ("I had to explain it twice.", "Two days without a word.")),
    1: (5, ("The same fault for the third time this quarter. Nobody called me back.",)),
}
MACHINE = Actor.machine("surveys")


def asked_and_answered(company: Company, seed: int) -> None:
    """The desks ask from now on, and have asked about what was solved in the last weeks."""
    rng = random.Random(seed)  # noqa: S311 (made-up data, the same on every run)
    for key in DESKS:
        surveys.arrange(actor=SETUP, desk_id=company.desks[key].pk, settings=Settings(enabled=True))
    since = clock.now() - timedelta(days=DAYS)
    solved = TimelineEntry.objects.filter(subject_kind="ticket", kind="ticket.resolved", at__gt=since).order_by("at")
    asked = [survey for entry in solved if (survey := _ask(entry)) is not None][:MOST]
    for survey in asked:
        if rng.random() < ANSWER:
            _answer(survey, rng)
    jobs.drain()


def _ask(entry: TimelineEntry) -> Survey | None:
    """Ask as it happens by itself a day later; None where there is a reason not to, or the day is not over."""
    newest = TimelineEntry.objects.of("ticket", entry.subject_id).latest("seq").at
    moment = max(newest + timedelta(minutes=1), entry.at + timedelta(days=1))
    if moment > clock.now():
        return None
    with clock.at(moment), transaction.atomic():
        planned = surveys.plan(actor=MACHINE, entry=entry)
        survey = surveys.come_due(actor=MACHINE, survey_id=planned.pk) if planned is not None else None
        if survey is not None:
            ask_by_mail(survey)
        return survey


def _answer(survey: Survey, rng: random.Random) -> None:
    moment = _between(survey.asked_at or clock.now(), clock.now(), rng)
    score = rng.choices(list(SAYS), [weight for weight, _words in SAYS.values()])[0]
    with clock.at(moment):
        actor = actor_for(survey.person)
        surveys.rate(actor=actor, ticket_id=survey.ticket_id, score=score, comment=rng.choice(SAYS[score][1]))


def _between(earliest: datetime, latest: datetime, rng: random.Random) -> datetime:
    """Within a day of being asked, most of them soon."""
    return min(latest, earliest + timedelta(hours=24 * rng.random() ** 2))
