"""The verbs of escalation."""

from .asking import collect, escalate, withdraw
from .contracts import ensure_default_contracts, retire_contract, write_contract
from .deciding import accept, answer, bounce, settle
from .returning import return_with_lesson

__all__ = [
    "accept",
    "answer",
    "bounce",
    "collect",
    "ensure_default_contracts",
    "escalate",
    "retire_contract",
    "return_with_lesson",
    "settle",
    "withdraw",
    "write_contract",
]
