"""What somebody's work says about their levels: pieces of evidence from the timelines of tickets and from lessons."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.people.queries import abilities, may_plan
from tierline.desk.people.rules.levels import Evidence, Piece, Suggestion, suggest
from tierline.desk.tickets.models import Ticket
from tierline.insight.paths.queries import rows, scope

LOOKED_BACK = timedelta(days=730)
"""Four half-lives: older evidence would weigh less than a sixteenth."""

# Solved and still so; came back; a hand-over that the next tier bounced; a lesson that was taught. The skill of a
# ticket is what its service asks for.
_WORK = """
SELECT s.key, e.kind, e.at, e.subject_id,
       CASE e.kind
         WHEN 'ticket.resolved' THEN EXISTS (
             SELECT FROM timeline_timelineentry AS later
              WHERE later.subject_kind = 'ticket' AND later.subject_id = e.subject_id AND later.seq > e.seq
                AND later.kind = 'ticket.reopened')
         WHEN 'escalation.requested' THEN EXISTS (
             SELECT FROM timeline_timelineentry AS later
              WHERE later.subject_kind = 'ticket' AND later.subject_id = e.subject_id AND later.seq > e.seq
                AND later.kind = 'escalation.bounced' AND later.data ->> 'handover_id' = e.data ->> 'handover_id')
         ELSE false END AS undone
  FROM timeline_timelineentry AS e
  JOIN tickets_ticket AS t ON t.id = e.subject_id
  JOIN (SELECT DISTINCT service_id, skill_id FROM routing_skillneed) AS n ON n.service_id = t.service_id
  JOIN people_skill AS s ON s.id = n.skill_id
 WHERE e.subject_kind = 'ticket' AND e.actor_id = %s AND e.at >= %s AND e.kind = ANY(%s)
   AND e.subject_id IN ({visible})
 ORDER BY s.key, e.at DESC"""

# A teach-back is the learner's, whoever wrote it down.
_TAUGHT_BACK = """
SELECT s.key, CASE WHEN b.passed THEN 'passed' ELSE 'failed' END, b.at, o.ticket_id
  FROM knowledge_teachback AS b
  JOIN knowledge_transferobligation AS o ON o.id = b.obligation_id
  JOIN tickets_ticket AS t ON t.id = o.ticket_id
  JOIN (SELECT DISTINCT service_id, skill_id FROM routing_skillneed) AS n ON n.service_id = t.service_id
  JOIN people_skill AS s ON s.id = n.skill_id
 WHERE b.person_id = %s AND b.at >= %s AND o.ticket_id IN ({visible})
 ORDER BY s.key, b.at DESC"""

_MEANING: dict[tuple[str, bool], Evidence] = {
    ("ticket.resolved", False): Evidence.ACCEPTED,
    ("ticket.resolved", True): Evidence.REOPENED,
    ("escalation.requested", True): Evidence.BOUNCED,
    ("lesson.taught", False): Evidence.TAUGHT,
}
_VERDICTS = {"passed": Evidence.TEACH_BACK_PASSED, "failed": Evidence.TEACH_BACK_FAILED}


@dataclass(frozen=True, slots=True)
class SkillEvidence:
    """A skill of somebody: the recorded level, the one the work suggests, and the pieces that say so, newest first."""

    skill: str
    recorded: int
    suggestion: Suggestion
    pieces: tuple[Piece, ...]

    @property
    def differs(self) -> bool:
        """Whether a lead should look: the work suggests another level than the recorded one."""
        return bool(self.pieces) and self.suggestion.level != self.recorded


def level_evidence(viewer: Actor, person_id: int, *, at: datetime | None = None) -> list[SkillEvidence]:
    """What somebody's work says about each of their skills, by skill; for themselves and those who plan them.

    Counts the tickets that the viewer sees, of the last two years; in four statements more than their abilities.
    Raises NotFound.
    """
    if viewer.person_id != person_id and not may_plan(viewer, person_id):
        raise NotFound
    now = at or clock.now()
    found = _pieces(viewer, person_id, now - LOOKED_BACK)
    recorded = abilities([person_id])[person_id].recorded
    return [_evidence(key, recorded.get(key, 0), found.get(key, ()), now) for key in sorted({*found, *recorded})]


def references(found: Iterable[SkillEvidence]) -> dict[int, str]:
    """The references of the tickets that evidence speaks of, by id."""
    wanted = {piece.ticket_id for one in found for piece in one.pieces}
    return {one.pk: one.reference for one in Ticket.objects.filter(pk__in=wanted).only("kind")}


def _pieces(viewer: Actor, person_id: int, since: datetime) -> dict[str, list[Piece]]:
    visible, params = scope(viewer)
    found: dict[str, list[Piece]] = {}
    kinds = sorted({kind for kind, _ in _MEANING})
    for skill, kind, moment, ticket_id, undone in rows(
        _WORK.format(visible=visible), [person_id, since, kinds, *params]
    ):
        if (meant := _MEANING.get((kind, undone))) is not None:
            found.setdefault(skill, []).append(Piece(meant, moment, ticket_id))
    for skill, verdict, moment, ticket_id in rows(_TAUGHT_BACK.format(visible=visible), [person_id, since, *params]):
        found.setdefault(skill, []).append(Piece(_VERDICTS[verdict], moment, ticket_id))
    return found


def _evidence(key: str, recorded: int, pieces: Iterable[Piece], now: datetime) -> SkillEvidence:
    known = tuple(sorted(pieces, key=lambda one: one.at, reverse=True))
    return SkillEvidence(key, recorded, suggest(known, now), known)
