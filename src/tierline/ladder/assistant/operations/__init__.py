"""The verbs of tier 0."""

from .attempts import attempt, confirm, decline, follow_up
from .conversations import ask, pass_on, solved
from .ledger import settle, verify

__all__ = ["ask", "attempt", "confirm", "decline", "follow_up", "pass_on", "settle", "solved", "verify"]
