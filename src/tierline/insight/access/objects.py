"""The kinds of things one can ask about: where each stands, and under which grounds it exists for somebody.

The grounds are those by which the rooms' own `visible_to` decides, asked one by one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q, QuerySet

from tierline.core.kernel.actors import Actor
from tierline.desk.people.rules import Right
from tierline.desk.tickets import models as tickets
from tierline.ladder.escalation.models import Handover
from tierline.ladder.problems import models as problems
from tierline.work.diagnosis.models import Evidence
from tierline.work.knowledge import models as knowledge
from tierline.work.lab.models import Recipe

Grounds = Callable[[Actor], Mapping[str, Q]]


@dataclass(frozen=True, slots=True)
class Thing:
    """A kind of object. `desk` and `ticket` are paths to its desk's and its ticket's id, `rights` what one may do.

    `first` is the right without which it is not shown at all, whatever the grounds say.
    """

    model: type[Model]
    visible: Callable[[Actor], QuerySet[Any]]
    desk: str
    ticket: str = ""
    grounds: Grounds | None = None
    first: Right | None = None
    rights: tuple[Right, ...] = ()


THINGS: dict[str, Thing] = {
    "ticket": Thing(
        tickets.Ticket,
        tickets.Ticket.objects.visible_to,
        "desk_id",
        grounds=tickets.grounds,
        rights=(Right.TICKET_WORK, Right.TICKET_MERGE, Right.ESCALATE, Right.EVIDENCE_READ, Right.EVIDENCE_UNMASK),
    ),
    "attachment": Thing(
        tickets.Attachment, tickets.Attachment.objects.readable_by, "ticket__desk_id", ticket="ticket_id"
    ),
    "evidence": Thing(
        Evidence,
        Evidence.objects.visible_to,
        "ticket__desk_id",
        ticket="ticket_id",
        first=Right.EVIDENCE_READ,
        rights=(Right.EVIDENCE_READ, Right.EVIDENCE_UNMASK, Right.EVIDENCE_KEEP),
    ),
    "handover": Thing(
        Handover,
        Handover.objects.visible_to,
        "ticket__desk_id",
        ticket="ticket_id",
        rights=(Right.ESCALATION_DECIDE, Right.ESCALATION_OVERRIDE),
    ),
    "recipe": Thing(Recipe, Recipe.objects.visible_to, "ticket__desk_id", ticket="ticket_id", rights=(Right.LAB_RUN,)),
    "article": Thing(
        knowledge.Article,
        knowledge.Article.objects.visible_to,
        "desk_id",
        grounds=knowledge.grounds,
        rights=(Right.ARTICLE_WRITE, Right.ARTICLE_PUBLISH),
    ),
    "problem": Thing(
        problems.Problem,
        problems.Problem.objects.visible_to,
        "desk_id",
        grounds=problems.grounds_of_problem,
        rights=(Right.PROBLEM_WORK,),
    ),
    "known-error": Thing(
        problems.KnownError,
        problems.KnownError.objects.visible_to,
        "problem__desk_id",
        grounds=problems.grounds_of_known_error,
        rights=(Right.PROBLEM_WORK, Right.KNOWN_ERROR_PUBLISH),
    ),
}
