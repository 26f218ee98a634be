"""The verbs of vendors."""

from .answering import answer_by_link
from .ending import close_case, reopen_case
from .incoming import mail_senders, take_mail
from .links import actor_of, by_id, by_token, make_link, note_use, withdraw_link
from .opening import open_case
from .packs import make_pack
from .talking import follow_merge, receive_from_vendor, send_to_vendor, set_reference, vendor_answered, vendor_solved
from .terms import Agreed, set_terms

__all__ = [
    "Agreed",
    "actor_of",
    "answer_by_link",
    "by_id",
    "by_token",
    "close_case",
    "follow_merge",
    "mail_senders",
    "make_link",
    "make_pack",
    "note_use",
    "open_case",
    "receive_from_vendor",
    "reopen_case",
    "send_to_vendor",
    "set_reference",
    "set_terms",
    "take_mail",
    "vendor_answered",
    "vendor_solved",
    "withdraw_link",
]
