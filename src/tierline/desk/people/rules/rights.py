"""Who may do what: roles, rights and the one question `may`. Pure."""

from enum import IntEnum, StrEnum

from tierline.core.kernel.actors import ADMINISTRATOR, AGENT, LEAD, MACHINE, REQUESTER, Actor
from tierline.core.kernel.errors import NotFound


class Tier(IntEnum):
    """The five tiers of support, from the ground up."""

    SELF_SERVICE = 0
    FRONTLINE = 1
    SPECIALISTS = 2
    EXPERTS = 3
    EXTERNAL = 4


class Role(StrEnum):
    """What a person is to the desk. Somebody may hold several."""

    REQUESTER = REQUESTER
    AGENT = AGENT
    LEAD = LEAD
    ADMINISTRATOR = ADMINISTRATOR


class Right(StrEnum):
    """One thing that somebody may or may not do. Which tickets it covers is the business of `visible_to`."""

    REQUEST_OPEN = "request.open"
    PORTAL_SEARCH = "portal.search"
    CONSOLE = "console.use"
    TICKET_WORK = "ticket.work"
    TICKET_MERGE = "ticket.merge"
    ESCALATE = "escalation.ask"
    ESCALATION_DECIDE = "escalation.decide"
    ESCALATION_OVERRIDE = "escalation.override"
    RUNBOOK_RUN = "runbook.run"
    ACTION_APPROVE = "action.approve"
    EVIDENCE_READ = "evidence.read"
    EVIDENCE_UNMASK = "evidence.unmask"
    LAB_RUN = "lab.run"
    PROBLEM_WORK = "problem.work"
    KNOWN_ERROR_PUBLISH = "known_error.publish"
    ARTICLE_WRITE = "article.write"
    ARTICLE_PUBLISH = "article.publish"
    LESSON_TEACH = "lesson.teach"
    INSIGHT_READ = "insight.read"
    INSIGHT_PLAN = "insight.plan"
    QUARANTINE = "quarantine.handle"
    SETUP = "setup.change"


_REQUESTER = frozenset({Right.REQUEST_OPEN, Right.PORTAL_SEARCH})
_AGENT = _REQUESTER | {
    Right.CONSOLE,
    Right.TICKET_WORK,
    Right.TICKET_MERGE,
    Right.ESCALATE,
    Right.ESCALATION_DECIDE,
    Right.ESCALATION_OVERRIDE,
    Right.RUNBOOK_RUN,
    Right.EVIDENCE_READ,
    Right.LAB_RUN,
    Right.PROBLEM_WORK,
    Right.KNOWN_ERROR_PUBLISH,
    Right.ARTICLE_WRITE,
    Right.ARTICLE_PUBLISH,
    Right.LESSON_TEACH,
    Right.INSIGHT_READ,
}
_LEAD = _AGENT | {Right.ACTION_APPROVE, Right.INSIGHT_PLAN, Right.QUARANTINE, Right.EVIDENCE_UNMASK}
_EVERYTHING = frozenset(Right)

RIGHTS: dict[str, frozenset[Right]] = {
    Role.REQUESTER: _REQUESTER,
    Role.AGENT: frozenset(_AGENT),
    Role.LEAD: frozenset(_LEAD),
    Role.ADMINISTRATOR: _EVERYTHING,
    # Parts of the product act after a person or an event set them off; they never read unmasked evidence.
    MACHINE: _EVERYTHING - {Right.EVIDENCE_UNMASK, Right.SETUP},
}


def may(actor: Actor, right: Right) -> bool:
    """Whether one of the actor's roles carries the right."""
    return any(right in RIGHTS.get(role, frozenset()) for role in actor.roles)


def require(actor: Actor, right: Right) -> None:
    """Raise NotFound unless the actor has the right: not allowed looks exactly like not found."""
    if not may(actor, right):
        raise NotFound
