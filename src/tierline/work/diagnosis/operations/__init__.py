"""The verbs of diagnosis: collect and read evidence, examine tickets, keep matchers and baselines."""

from .baselines import keep_baseline
from .cleansing import mask_texts
from .examining import examine_large, examine_ticket, has_new_files, note_match
from .leftovers import clear_leftovers
from .matchers import register_matcher, retire_matcher
from .past import caught, observed_in
from .reading import analyse, analyse_if_new, collect
from .rebuilding import begin_rebuild, go_on, rebuild_ticket, stop_rebuild
from .retaining import remove_due, retain, set_default
from .unmasking import ask_to_unmask, end_unmasking, hand_out, unmask
from .verifying import verify

__all__ = [
    "analyse",
    "analyse_if_new",
    "ask_to_unmask",
    "begin_rebuild",
    "caught",
    "clear_leftovers",
    "collect",
    "end_unmasking",
    "examine_large",
    "examine_ticket",
    "go_on",
    "hand_out",
    "has_new_files",
    "keep_baseline",
    "mask_texts",
    "note_match",
    "observed_in",
    "rebuild_ticket",
    "register_matcher",
    "remove_due",
    "retain",
    "retire_matcher",
    "set_default",
    "stop_rebuild",
    "unmask",
    "verify",
]
