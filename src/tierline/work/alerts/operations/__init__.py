"""The verbs on alerts."""

from .mailing import mail_senders, mark_of, set_mail_from, take_mail
from .sources import add_source, admit, new_token, note_refusal, remove_source
from .taking import Taken, forget_old, receive, take
from .trying import TRIAL, ask_for_test, try_source

__all__ = [
    "TRIAL",
    "Taken",
    "add_source",
    "admit",
    "ask_for_test",
    "forget_old",
    "mail_senders",
    "mark_of",
    "new_token",
    "note_refusal",
    "receive",
    "remove_source",
    "set_mail_from",
    "take",
    "take_mail",
    "try_source",
]
