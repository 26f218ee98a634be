"""Reads of the escalation room."""

from .contracts import ContractState, contract_state, contracts, governing, versions
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
    "versions",
]
