"""Verbs of routing: triage, assignment to a person, and the rules they follow."""

from .assigning import assign_next, deal_out
from .learning import learn_all, settle_forecasts
from .triaging import triage
from .writing import need_skill, retire_rule, write_rule

__all__ = [
    "assign_next",
    "deal_out",
    "learn_all",
    "need_skill",
    "retire_rule",
    "settle_forecasts",
    "triage",
    "write_rule",
]
