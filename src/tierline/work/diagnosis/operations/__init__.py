"""The verbs of diagnosis: collect and read evidence, examine tickets, keep matchers and baselines."""

from .baselines import keep_baseline
from .examining import examine_ticket
from .matchers import RetroHit, register_matcher, retire_matcher, retro_scan
from .reading import analyse, analyse_if_new, collect
from .unmasking import hand_out, unmask

__all__ = [
    "RetroHit",
    "analyse",
    "analyse_if_new",
    "collect",
    "examine_ticket",
    "hand_out",
    "keep_baseline",
    "register_matcher",
    "retire_matcher",
    "retro_scan",
    "unmask",
]
