"""Satisfaction, counted from the timeline: what people answered in a period, and how many of those asked did answer.

The last answer of each survey within the period counts. Who rated without being asked counts for CSAT and not for the
response rate. Nothing here is by person; a group or a channel with few answers is not shown apart.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.people.models import SupportGroup
from tierline.desk.tickets.models import Ticket
from tierline.insight.paths.queries import Params, Period, rows, scope

from .rules import Share, share

LEAST = 5
"""A part with fewer answers than this is not shown apart: nobody is to be read out of it."""
FEW = 30
"""With fewer answers than this the page says that they are few."""
CSAT, RESPONSE = "csat", "survey_response"
DEFINITIONS = {
    CSAT: (
        "Satisfied (CSAT)",
        "Of the surveys answered in the period, asked for or not: those whose last answer was 4 or 5 of 5.",
    ),
    RESPONSE: ("Response rate", "Of the people asked by mail in the period: those who have answered since."),
    "rated": ("Answered", "Every survey answered in the period."),
    "dissatisfied": ("Not satisfied", "Surveys whose last answer in the period was 1 or 2 of 5."),
    "asked": ("Asked", "Everybody asked by mail in the period."),
}
_SCORES = {CSAT: (4, 5), "rated": (1, 5), "dissatisfied": (1, 2)}
_COLUMNS = {"tier": "tier", "group": "group_id", "score": "score"}

_ANSWERS = """
    SELECT DISTINCT ON (e.subject_id, e.data ->> 'survey_id')
           e.subject_id AS ticket_id, (e.data ->> 'score')::int AS score, (e.data ->> 'tier')::int AS tier,
           coalesce((e.data ->> 'group_id')::bigint, 0) AS group_id, e.data ->> 'channel' AS channel
      FROM timeline_timelineentry e
     WHERE e.kind = 'survey.answered' AND e.subject_kind = 'ticket' AND e.at >= %s AND e.at < %s
       AND e.subject_id IN ({visible})
     ORDER BY e.subject_id, e.data ->> 'survey_id', e.seq DESC"""
_ASKED = """
    SELECT a.subject_id AS ticket_id, EXISTS (
               SELECT FROM timeline_timelineentry r
                WHERE r.subject_kind = 'ticket' AND r.subject_id = a.subject_id AND r.kind = 'survey.answered'
                  AND r.data ->> 'survey_id' = a.data ->> 'survey_id') AS answered
      FROM timeline_timelineentry a
     WHERE a.kind = 'survey.asked' AND a.subject_kind = 'ticket' AND a.at >= %s AND a.at < %s
       AND a.subject_id IN ({visible})"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The answers of one tier, group or channel. `figure` opens them; `name` may be a code with words of its own."""

    figure: str
    name: str
    csat: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """Answers by one thing: the parts with enough of them, and how many answers of how many others are left out."""

    by: str
    parts: tuple[Part, ...]
    left_out: int
    left_out_answers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Satisfaction:
    """What was answered in a period. `scores` counts each of the five answers."""

    csat: Share
    response: Share
    scores: dict[int, int]
    breakdowns: tuple[Breakdown, ...]

    @property
    def few(self) -> bool:
        """Whether the interval says more than the figure."""
        return self.csat.whole < FEW


def satisfaction(viewer: Actor, since: datetime, until: datetime) -> Satisfaction:
    """The whole panel, in three statements. Raises NotFound."""
    params, visible = _scoped(viewer, Period(since=since, until=until))
    answers = rows(f"SELECT score, tier, group_id, channel FROM ({_ANSWERS.format(visible=visible)}) AS a", params)
    asked = rows(
        f"SELECT count(*), count(*) FILTER (WHERE answered) FROM ({_ASKED.format(visible=visible)}) AS a", params
    )
    groups = {row[2] for row in answers}
    names = dict(SupportGroup.objects.filter(pk__in=groups).values_list("pk", "name")) if groups else {}
    (total, answered) = asked[0]
    return Satisfaction(
        csat=_csat(row[0] for row in answers),
        response=share(answered, total),
        scores={score: sum(row[0] == score for row in answers) for score in range(5, 0, -1)},
        breakdowns=(
            _breakdown("tier", answers, lambda row: row[1], str),
            _breakdown("group", answers, lambda row: row[2], lambda group: names.get(group, "")),
            _breakdown("channel", answers, lambda row: row[3], str),
        ),
    )


def _scoped(viewer: Actor, period: Period) -> tuple[Params, str]:
    visible, params = scope(viewer)
    return [period.since, period.until, *params], visible


def _csat(scores: Iterable[int]) -> Share:
    given = list(scores)
    return share(sum(score >= _SCORES[CSAT][0] for score in given), len(given))


def _breakdown(
    by: str, answers: list[tuple[Any, ...]], key: Callable[[tuple[Any, ...]], Any], name: Callable[[Any], str]
) -> Breakdown:
    """The most answered part first; parts with too few answers are left out. Group 0, without a name, is no group."""
    found: dict[Any, list[int]] = {}
    for row in answers:
        found.setdefault(key(row), []).append(row[0])
    shown = {one: scores for one, scores in found.items() if len(scores) >= LEAST}
    order = sorted(shown, key=(lambda one: one) if by == "tier" else (lambda one: (-len(shown[one]), str(one))))
    hidden = [scores for one, scores in found.items() if one not in shown]
    return Breakdown(
        by=by,
        parts=tuple(Part(figure=f"rated-{by}-{one}", name=name(one), csat=_csat(shown[one])) for one in order),
        left_out=len(hidden),
        left_out_answers=sum(map(len, hidden)),
    )


def is_figure(figure: str) -> bool:
    """Whether this panel counts a figure of this name."""
    return figure.partition("-")[0] in DEFINITIONS


def tickets_behind(viewer: Actor, figure: str, since: datetime, until: datetime) -> QuerySet[Ticket]:
    """Exactly the tickets that a figure counts. Raises NotFound.

    `figure` is a key of `DEFINITIONS`; the answered ones may be narrowed: `rated-tier-1`, `rated-group-7`,
    `rated-channel-mail`, `rated-score-2`.
    """
    params, visible = _scoped(viewer, Period(since=since, until=until))
    if figure in ("asked", RESPONSE):
        condition = "answered" if figure == RESPONSE else "true"
        sql = f"SELECT ticket_id FROM ({_ASKED.format(visible=visible)}) AS a WHERE {condition}"
    else:
        condition, more = _condition(figure)
        sql = f"SELECT ticket_id FROM ({_ANSWERS.format(visible=visible)}) AS a WHERE {condition}"
        params = [*params, *more]
    return Ticket.objects.filter(pk__in=RawSQL(sql, params)).order_by("-resolved_at", "pk")  # noqa: S611 (constants)


def _condition(figure: str) -> tuple[str, Params]:
    word, _, narrowed = figure.partition("-")
    if word not in _SCORES:
        raise NotFound
    low, high = _SCORES[word]
    by, _, value = narrowed.partition("-")
    if figure == word:
        return "score BETWEEN %s AND %s", [low, high]
    if by == "channel" and value:
        return "score BETWEEN %s AND %s AND channel = %s", [low, high, value.replace("\0", "")]
    if by not in _COLUMNS or not (value.isascii() and value.isdigit() and len(value) <= 11):  # noqa: PLR2004 (a bigint)
        raise NotFound
    return f"score BETWEEN %s AND %s AND {_COLUMNS[by]} = %s", [low, high, int(value)]
