"""What intake keeps: the messages and their outcomes, and the connections they come and go by."""

from .messages import InboundMessage, InboundQuerySet, OutboundMessage, OutboundQuerySet, Outcome, Purpose, State

__all__ = [
    "InboundMessage",
    "InboundQuerySet",
    "OutboundMessage",
    "OutboundQuerySet",
    "Outcome",
    "Purpose",
    "State",
]
