"""Reads of routing: what triage and assignment need to know, and why they decided as they did."""

from .facts import facts_of, group_for, group_rows, judged_by_a_person, rule_rows, service_rows
from .learned import learned_of, model_versions, models
from .measured import GroupRow, MonthRow, Share, accuracy, accuracy_by_group
from .reading import (
    DEAL_LIMIT,
    Board,
    BoardPerson,
    WhyRow,
    board,
    boards,
    desks_to_change,
    preview,
    retired,
    rules,
    versions,
    visible_group,
    waiting_in,
    why,
)
from .staffing import OwnLoad, candidates, need_of, own_load, planners, waiting_tickets
from .trying import Draft, Moved, RuleTrial, tried_on_past

__all__ = [
    "DEAL_LIMIT",
    "Board",
    "BoardPerson",
    "Draft",
    "GroupRow",
    "MonthRow",
    "Moved",
    "OwnLoad",
    "RuleTrial",
    "Share",
    "WhyRow",
    "accuracy",
    "accuracy_by_group",
    "board",
    "boards",
    "candidates",
    "desks_to_change",
    "facts_of",
    "group_for",
    "group_rows",
    "judged_by_a_person",
    "learned_of",
    "model_versions",
    "models",
    "need_of",
    "own_load",
    "planners",
    "preview",
    "retired",
    "rule_rows",
    "rules",
    "service_rows",
    "tried_on_past",
    "versions",
    "visible_group",
    "waiting_in",
    "waiting_tickets",
    "why",
]
