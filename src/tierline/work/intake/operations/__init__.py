"""The verbs of intake: store what arrives, understand it, and send what the desk says; and the connections for both."""

from .awaiting import fetch_again, fetch_awaited, note_awaited, note_notices, retry_awaited
from .credentials import Secrets
from .fetching import Pass, fetch
from .forgetting import forget_mail
from .forwarding import settle_forward
from .hooks import add_hook, open_hook, receive_by_hook, remove_hook
from .identity import verb_to
from .incoming import (
    Received,
    is_away,
    keep_unread,
    receive,
    release,
    retry_unfinished,
    store,
    take_anyway,
    understand,
)
from .leaving import leave, read_leave_token
from .mailboxes import (
    MailboxSettings,
    ServerSettings,
    add_mailbox,
    ask_for_test,
    change_mailbox,
    remove_mailbox,
    switch_mailbox,
)
from .notices import composed
from .outgoing import (
    queue_acknowledgement,
    queue_message,
    queue_notice,
    queue_replies,
    sealed,
    send,
    why_not_now,
)
from .quarantine import discard, learn, unlearn
from .reconciling import Comparison, queue_comparisons, reconcile
from .retrying import retry_forgotten, send_again, send_held, withdraw
from .sending_server import ask_for_outgoing_test, set_outgoing_server, switch_outgoing_server
from .telling import tell_author
from .trying import run_test
from .vouching import confirm_sender, distrust
from .wording import reset_acknowledgement, set_acknowledgement

__all__ = [
    "Comparison",
    "MailboxSettings",
    "Pass",
    "Received",
    "Secrets",
    "ServerSettings",
    "add_hook",
    "add_mailbox",
    "ask_for_outgoing_test",
    "ask_for_test",
    "change_mailbox",
    "composed",
    "confirm_sender",
    "discard",
    "distrust",
    "fetch",
    "fetch_again",
    "fetch_awaited",
    "forget_mail",
    "is_away",
    "keep_unread",
    "learn",
    "leave",
    "note_awaited",
    "note_notices",
    "open_hook",
    "queue_acknowledgement",
    "queue_comparisons",
    "queue_message",
    "queue_notice",
    "queue_replies",
    "read_leave_token",
    "receive",
    "receive_by_hook",
    "reconcile",
    "release",
    "remove_hook",
    "remove_mailbox",
    "reset_acknowledgement",
    "retry_awaited",
    "retry_forgotten",
    "retry_unfinished",
    "run_test",
    "sealed",
    "send",
    "send_again",
    "send_held",
    "set_acknowledgement",
    "set_outgoing_server",
    "settle_forward",
    "store",
    "switch_mailbox",
    "switch_outgoing_server",
    "take_anyway",
    "tell_author",
    "understand",
    "unlearn",
    "verb_to",
    "why_not_now",
    "withdraw",
]
