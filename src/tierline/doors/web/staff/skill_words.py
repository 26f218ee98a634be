"""A person's skills as lines of a page: each level with where it comes from, and what the work says about it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tierline.core.kernel import clock
from tierline.desk.people.rules import Role
from tierline.desk.people.rules.levels import ALONE_FROM, HALF_LIFE, LEARNS_FROM, POINTS, TEACHES_FROM, Evidence, weight
from tierline.desk.people.rules.skills import LinkKind
from tierline.doors.web.setup.role_words import ROLE_NAMES, roles_of
from tierline.doors.web.shapes import Receipt, ReceiptRow
from tierline.insight.staffing.queries.evidence import SkillEvidence, references
from tierline.insight.staffing.queries.profiles import Profile

PIECES = 40
"""So many pieces of evidence stand on a page, the newest."""

HAPPENED = {
    Evidence.ACCEPTED: gettext_lazy("solved and accepted"),
    Evidence.REOPENED: gettext_lazy("solved, and came back"),
    Evidence.BOUNCED: gettext_lazy("handed over, and bounced"),
    Evidence.TEACH_BACK_PASSED: gettext_lazy("teach-back passed"),
    Evidence.TEACH_BACK_FAILED: gettext_lazy("teach-back failed"),
    Evidence.TAUGHT: gettext_lazy("lesson taught"),
}


@dataclass(frozen=True)
class SkillLine:
    """A skill somebody counts with. `by` and `at` tell who recorded the level, `origin` which link brought it.

    `suggested` is the level that the work suggests, when it differs from the recorded one.
    """

    key: str
    name: str
    level: int
    recorded: int
    origin: str
    by: str
    at: datetime | None
    suggested: int | None
    points: float
    share: float
    receipt: Receipt | None


def skill_lines(found: Profile) -> list[SkillLine]:
    """Every skill that somebody counts with or whose tickets they worked on, the highest level first."""
    evidence = {one.skill: one for one in found.evidence}
    keys = {*found.can.levels, *(key for key, one in evidence.items() if one.pieces)}
    lines = [_line(found, key, evidence.get(key)) for key in keys]
    return sorted(lines, key=lambda one: (-one.level, one.name))


def _line(found: Profile, key: str, known: SkillEvidence | None) -> SkillLine:
    written = found.written.get(key)
    recorded = found.can.recorded.get(key, 0)
    points = known.suggestion.points if known else 0.0
    return SkillLine(
        key=key,
        name=found.skills.get(key, key),
        level=found.can.levels.get(key, 0),
        recorded=recorded,
        origin=_origin(found, key),
        by=written.actor_label if written and recorded else "",
        at=written.at if written and recorded else None,
        suggested=known.suggestion.level if known and known.differs else None,
        points=points,
        share=min(1.0, max(0.0, points / TEACHES_FROM)),
        receipt=_receipt(found.skills.get(key, key), known) if known and known.pieces else None,
    )


def _origin(found: Profile, key: str) -> str:
    if key not in found.brought:
        return ""
    skill, kind = found.brought[key]
    words = _("%(skill)s is a part of it") if kind == LinkKind.PART_OF else _("%(skill)s helps with it")
    return words % {"skill": found.skills.get(skill, skill)}


def _receipt(name: str, known: SkillEvidence) -> Receipt:
    rows = [ReceiptRow(_signed(points), _piece_words(kind, count)) for kind, count, points in known.suggestion.parts]
    total = ReceiptRow(_signed(known.suggestion.points), _sum_words(known.suggestion.level), total=True)
    return Receipt(_("What the work says about %(skill)s") % {"skill": name}, [*rows, total], definition())


def _signed(points: float) -> str:
    return f"{points:+.1f}"


def _sum_words(level: int) -> str:
    if level == 0:
        return _("too little to suggest a level")
    return _("suggests level %(level)s") % {"level": level}


def _piece_words(kind: Evidence, count: int) -> str:
    words = {
        Evidence.ACCEPTED: ngettext("%(n)s ticket solved and accepted", "%(n)s tickets solved and accepted", count),
        Evidence.REOPENED: ngettext("%(n)s ticket came back", "%(n)s tickets came back", count),
        Evidence.BOUNCED: ngettext("%(n)s hand-over bounced", "%(n)s hand-overs bounced", count),
        Evidence.TEACH_BACK_PASSED: ngettext("%(n)s teach-back passed", "%(n)s teach-backs passed", count),
        Evidence.TEACH_BACK_FAILED: ngettext("%(n)s teach-back failed", "%(n)s teach-backs failed", count),
        Evidence.TAUGHT: ngettext("%(n)s lesson taught", "%(n)s lessons taught", count),
    }
    return words[kind] % {"n": count}


@dataclass(frozen=True)
class PieceLine:
    """One piece of evidence: what happened when on which ticket, and what it is worth today."""

    skill: str
    words: str
    at: datetime
    ticket_id: int
    reference: str
    points: str
    good: bool


def piece_lines(found: Profile) -> list[PieceLine]:
    """The newest pieces of evidence behind all levels; every figure of the receipts is made of such."""
    known = references(found.evidence)
    pieces = [(piece, one.skill) for one in found.evidence for piece in one.pieces]
    newest = sorted(pieces, key=lambda one: one[0].at, reverse=True)[:PIECES]
    now = clock.now()
    return [
        PieceLine(
            skill=found.skills.get(skill, skill),
            words=str(HAPPENED[piece.kind]),
            at=piece.at,
            ticket_id=piece.ticket_id,
            reference=known.get(piece.ticket_id, ""),
            points=_signed(weight(piece.kind, piece.at, now)),
            good=POINTS[piece.kind] > 0,
        )
        for piece, skill in newest
    ]


def definition() -> str:
    """The rule behind the suggestion, in one sentence."""
    words = _(
        "A ticket solved and accepted is worth %(one)s point; points halve every %(days)s days. "
        "From %(learns)s points somebody learns, from %(alone)s they work alone, "
        "from %(teaches)s with a lesson taught they teach."
    )
    return words % {
        "one": f"{POINTS[Evidence.ACCEPTED]:g}",
        "days": f"{HALF_LIFE:g}",
        "learns": f"{LEARNS_FROM:g}",
        "alone": f"{ALONE_FROM:g}",
        "teaches": f"{TEACHES_FROM:g}",
    }


def roles_words(found: Profile) -> list[tuple[str, str]]:
    """A person's roles: on every desk, and on each for which some were given. Empty for those who may not know."""
    if not found.desks:
        return []
    rows = [(_("Every desk"), roles_of(found.person))]
    for desk_id, name in found.desks.items():
        here = [str(ROLE_NAMES[role]) for role in Role if f"{role.value}:{desk_id}" in found.person.desk_roles]
        if here:
            rows.append((name, ", ".join(here)))
    return rows
