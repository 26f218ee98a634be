"""Reads of routing: what triage and assignment need to know, and why they decided as they did."""

from .facts import facts_of, group_for, group_rows, judged_by_a_person, rule_rows, service_rows
from .learned import MonthRow, accuracy, learned_of, models
from .reading import DEAL_LIMIT, Board, BoardPerson, WhyRow, board, preview, retired, rules, versions, waiting_in, why
from .staffing import candidates, need_of, waiting_tickets

__all__ = [
    "DEAL_LIMIT",
    "Board",
    "BoardPerson",
    "MonthRow",
    "WhyRow",
    "accuracy",
    "board",
    "candidates",
    "facts_of",
    "group_for",
    "group_rows",
    "judged_by_a_person",
    "learned_of",
    "models",
    "need_of",
    "preview",
    "retired",
    "rule_rows",
    "rules",
    "service_rows",
    "versions",
    "waiting_in",
    "waiting_tickets",
    "why",
]
