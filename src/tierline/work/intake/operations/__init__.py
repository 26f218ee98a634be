"""The verbs of intake: store what arrives, understand it, and send what the desk says."""

from .incoming import Received, receive, release, retry_unfinished, store, understand
from .outgoing import queue_acknowledgement, queue_replies, send, send_again

__all__ = [
    "Received",
    "queue_acknowledgement",
    "queue_replies",
    "receive",
    "release",
    "retry_unfinished",
    "send",
    "send_again",
    "store",
    "understand",
]
