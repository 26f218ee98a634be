"""What a planned change would do, as sentences: first what nobody would cover, then what somebody would."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tierline.doors.web.words import calendar_day
from tierline.insight.staffing.queries.trials import Effect, LevelMoved

from .hours import hour_of_week, hours_words


@dataclass(frozen=True)
class Said:
    """One sentence of a preview: `tone` is warn for what gets worse and good for what gets better."""

    words: str
    detail: str
    tone: str


@dataclass(frozen=True)
class Preview:
    """What would change. `note` says something beside the coverage, such as a document to be chosen again."""

    lines: Sequence[Said] = ()
    note: str = ""


def preview(effects: Iterable[Effect], *, note: str = "") -> Preview:
    """The coverage that a change moves, in words."""
    found = list(effects)
    lost = [_lost(one) for one in found if one.lost]
    gained = [_gained(one) for one in found if one.gained]
    return Preview([*lost, *gained], note)


def _lost(one: Effect) -> Said:
    words = _("From %(moment)s nobody on tier %(tier)s with %(skill)s is on shift")
    given = {"moment": hour_of_week(one.lost[0]), "tier": one.tier, "skill": one.skill}
    return Said(words % given, _detail(one, one.lost), "warn")


def _gained(one: Effect) -> Said:
    words = _("From %(moment)s somebody on tier %(tier)s with %(skill)s is on shift")
    given = {"moment": hour_of_week(one.gained[0]), "tier": one.tier, "skill": one.skill}
    return Said(words % given, _detail(one, one.gained), "good")


def _detail(one: Effect, hours: Iterable[int]) -> str:
    words = _("%(desk)s, week of %(monday)s: %(hours)s")
    return words % {"desk": one.desk, "monday": calendar_day(one.monday), "hours": hours_words(hours)}


def levels_preview(moved: Iterable[LevelMoved], effects: Iterable[Effect]) -> Preview:
    """Whose levels another graph of skills moves, and what that covers."""
    lines = [
        Said(
            _("%(person)s counts with level %(after)s in %(skill)s instead of %(before)s")
            % {"person": one.person, "skill": one.skill, "before": one.before, "after": one.after},
            "",
            "good" if one.after > one.before else "warn",
        )
        for one in moved
    ]
    return Preview([*lines, *preview(effects).lines])
