"""The verbs on alerts."""

from .sources import add_source, admit, new_token, note_refusal, remove_source, try_source
from .taking import Taken, forget_old, receive, take

__all__ = [
    "Taken",
    "add_source",
    "admit",
    "forget_old",
    "new_token",
    "note_refusal",
    "receive",
    "remove_source",
    "take",
    "try_source",
]
