"""Reads of the escalation room."""

from .appeals import challenge_of, open_appeal_of, open_appeals
from .contracts import (
    ContractState,
    PastStep,
    PastTrial,
    contract_state,
    contracts,
    governing,
    tried_on_past,
    versions,
)
from .evidence import gather
from .handovers import HandoverRow, handover, history_of, pending_for, pending_of
from .report import PairCount, StepCount, behind, bounce_reasons, counts_by_pair, missing_items, overrides_since

__all__ = [
    "ContractState",
    "HandoverRow",
    "PairCount",
    "PastStep",
    "PastTrial",
    "StepCount",
    "behind",
    "bounce_reasons",
    "challenge_of",
    "contract_state",
    "contracts",
    "counts_by_pair",
    "gather",
    "governing",
    "handover",
    "history_of",
    "missing_items",
    "open_appeal_of",
    "open_appeals",
    "overrides_since",
    "pending_for",
    "pending_of",
    "tried_on_past",
    "versions",
]
