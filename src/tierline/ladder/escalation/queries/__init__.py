"""Reads of the escalation room."""

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
from .handovers import (
    HandoverRow,
    PairCount,
    counts_by_pair,
    handover,
    history_of,
    overrides_since,
    pending_for,
    pending_of,
)

__all__ = [
    "ContractState",
    "HandoverRow",
    "PairCount",
    "PastStep",
    "PastTrial",
    "contract_state",
    "contracts",
    "counts_by_pair",
    "gather",
    "governing",
    "handover",
    "history_of",
    "overrides_since",
    "pending_for",
    "pending_of",
    "tried_on_past",
    "versions",
]
