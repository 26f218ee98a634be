"""The verbs of escalation."""

from .appealing import appeal, challenge, decide_appeal
from .asking import collect, escalate, withdraw
from .contracts import ensure_default_contracts, retire_contract, write_contract
from .deciding import accept, answer, bounce, settle
from .returning import return_with_lesson

__all__ = [
    "accept",
    "answer",
    "appeal",
    "bounce",
    "challenge",
    "collect",
    "decide_appeal",
    "ensure_default_contracts",
    "escalate",
    "retire_contract",
    "return_with_lesson",
    "settle",
    "withdraw",
    "write_contract",
]
