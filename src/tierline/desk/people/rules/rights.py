"""Who may do what: roles, rights and the one question `may`. Pure.

A role holds on every desk somebody sees, or was given for one desk. On a desk for which somebody was given roles, those
count and their other roles do not: so an agent of the house can be an observer of one desk, and the other way round.
"""

from collections.abc import Iterable
from dataclasses import replace
from enum import IntEnum, StrEnum

from tierline.core.kernel.actors import (
    ADMINISTRATOR,
    AGENT,
    AUDITOR,
    AUTOMATION_EDITOR,
    DESK_ADMINISTRATOR,
    KNOWLEDGE_EDITOR,
    LEAD,
    MACHINE,
    OBSERVER,
    REQUESTER,
    Actor,
)
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
    OBSERVER = OBSERVER
    AGENT = AGENT
    LEAD = LEAD
    KNOWLEDGE_EDITOR = KNOWLEDGE_EDITOR
    AUTOMATION_EDITOR = AUTOMATION_EDITOR
    DESK_ADMINISTRATOR = DESK_ADMINISTRATOR
    AUDITOR = AUDITOR
    ADMINISTRATOR = ADMINISTRATOR


DESK_ROLES = tuple(role for role in Role if role not in {Role.REQUESTER, Role.ADMINISTRATOR})
"""Roles that can be given for one desk."""


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
    APPEAL_DECIDE = "escalation.appeal"
    RUNBOOK_RUN = "runbook.run"
    ACTION_APPROVE = "action.approve"
    EVIDENCE_READ = "evidence.read"
    EVIDENCE_UNMASK = "evidence.unmask"
    EVIDENCE_KEEP = "evidence.keep"
    LAB_RUN = "lab.run"
    PROBLEM_WORK = "problem.work"
    KNOWN_ERROR_PUBLISH = "known_error.publish"
    ARTICLE_WRITE = "article.write"
    ARTICLE_PUBLISH = "article.publish"
    LESSON_TEACH = "lesson.teach"
    INSIGHT_READ = "insight.read"
    INSIGHT_PLAN = "insight.plan"
    QUARANTINE = "quarantine.handle"
    MAJOR_INCIDENT = "major_incident.declare"
    STAFF_PLAN = "staff.plan"
    AUTOMATION_CHANGE = "automation.change"
    DESK_SETUP = "desk.change"
    ACCESS_AUDIT = "access.audit"
    SETUP = "setup.change"


_REQUESTER = frozenset({Right.REQUEST_OPEN, Right.PORTAL_SEARCH})
_OBSERVER = _REQUESTER | {Right.CONSOLE, Right.EVIDENCE_READ, Right.INSIGHT_READ}
_AGENT = _OBSERVER | {
    Right.TICKET_WORK,
    Right.TICKET_MERGE,
    Right.ESCALATE,
    Right.ESCALATION_DECIDE,
    Right.ESCALATION_OVERRIDE,
    Right.RUNBOOK_RUN,
    Right.LAB_RUN,
    Right.PROBLEM_WORK,
    Right.KNOWN_ERROR_PUBLISH,
    Right.ARTICLE_WRITE,
    Right.ARTICLE_PUBLISH,
    Right.LESSON_TEACH,
}
_LEAD = _AGENT | {
    Right.APPEAL_DECIDE,
    Right.ACTION_APPROVE,
    Right.INSIGHT_PLAN,
    Right.QUARANTINE,
    Right.MAJOR_INCIDENT,
    Right.EVIDENCE_UNMASK,
    Right.EVIDENCE_KEEP,
    Right.STAFF_PLAN,
}
_EVERYTHING = frozenset(Right)

RIGHTS: dict[str, frozenset[Right]] = {
    Role.REQUESTER: _REQUESTER,
    Role.OBSERVER: _OBSERVER,
    Role.AGENT: _AGENT,
    Role.LEAD: _LEAD,
    Role.KNOWLEDGE_EDITOR: _OBSERVER | {Right.ARTICLE_WRITE, Right.ARTICLE_PUBLISH, Right.LESSON_TEACH},
    Role.AUTOMATION_EDITOR: _OBSERVER | {Right.AUTOMATION_CHANGE},
    Role.DESK_ADMINISTRATOR: _OBSERVER | {Right.DESK_SETUP, Right.STAFF_PLAN},
    Role.AUDITOR: _OBSERVER | {Right.ACCESS_AUDIT},
    Role.ADMINISTRATOR: _EVERYTHING,
    # Parts of the product act after a person or an event set them off; they never read unmasked evidence.
    MACHINE: _EVERYTHING - {Right.EVIDENCE_UNMASK, Right.SETUP},
}

ASKING = _REQUESTER
"""What everybody may who asks for help; these rights belong to no desk."""

WITHOUT_SIGHT = frozenset({Right.SETUP, Right.DESK_SETUP, Right.STAFF_PLAN, Right.AUTOMATION_CHANGE})
"""Set-up that needs no sight of tickets: an administrator arranges a confidential desk without reading a word of it."""


def carries(roles: Iterable[str], right: Right) -> bool:
    """Whether one of the roles carries the right."""
    return any(right in RIGHTS.get(role, frozenset()) for role in roles)


def roles_on(actor: Actor, desk_id: int) -> frozenset[str]:
    """The roles that count on a desk: those given for it, else those that hold everywhere."""
    given = frozenset(role for role, desk in actor.desk_roles if desk == desk_id)
    return given or actor.roles


def may(actor: Actor, right: Right, *, desk_id: int | None = None) -> bool:
    """Whether the actor has the right: on any desk, or on the one named.

    On a desk that is not theirs to see, only what `WITHOUT_SIGHT` names can be allowed.
    """
    if desk_id is None:
        return carries(actor.roles, right) or carries((role for role, _ in actor.desk_roles), right)
    seen = actor.is_machine or desk_id in actor.desk_ids or right in WITHOUT_SIGHT
    return seen and carries(roles_on(actor, desk_id), right)


def require(actor: Actor, right: Right, *, desk_id: int | None = None) -> None:
    """Raise NotFound unless the actor has the right: not allowed looks exactly like not found."""
    if not may(actor, right, desk_id=desk_id):
        raise NotFound


def holding(actor: Actor, right: Right) -> Actor:
    """The actor as they are where they have the right: a verb looks for what it changes through these eyes.

    Sees the desks on which one of their roles carries the right, and nothing only because they asked for it. Raises
    NotFound without the right.
    """
    require(actor, right)
    if actor.is_machine or right in ASKING:
        return actor
    desks = frozenset(desk for desk in actor.desk_ids if carries(roles_on(actor, desk), right))
    return replace(actor, desk_ids=desks, for_right=right.value)


def desk_role(role: Role, desk_id: int) -> str:
    """A role for one desk, as it is kept with the person."""
    return f"{role.value}:{desk_id}"


def read_desk_roles(kept: Iterable[str]) -> frozenset[tuple[str, int]]:
    """What `desk_role` wrote: pairs of role and desk."""
    pairs = (one.rpartition(":") for one in kept)
    return frozenset((role, int(desk)) for role, _, desk in pairs)
