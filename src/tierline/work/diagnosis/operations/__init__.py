"""The verbs of diagnosis: collect and read evidence, examine tickets, keep matchers and baselines."""

from .baselines import keep_baseline
from .examining import examine_ticket, note_match
from .matchers import register_matcher, retire_matcher
from .past import caught
from .reading import analyse, analyse_if_new, collect
from .unmasking import ask_to_unmask, end_unmasking, hand_out, unmask

__all__ = [
    "analyse",
    "analyse_if_new",
    "ask_to_unmask",
    "caught",
    "collect",
    "end_unmasking",
    "examine_ticket",
    "hand_out",
    "keep_baseline",
    "note_match",
    "register_matcher",
    "retire_matcher",
    "unmask",
]
