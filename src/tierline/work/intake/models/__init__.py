"""What intake keeps: messages and their outcomes, the connections they come and go by, and what was learned."""

from .connections import (
    After,
    AwaitedMail,
    Begin,
    ConnectionTest,
    Health,
    InboundHook,
    Mailbox,
    MailboxMessage,
    MailServer,
    OutgoingServer,
    Security,
    SignIn,
)
from .learned import LearnedRule, Mark, TrustedSender, Verdict
from .messages import (
    NO_SERVER,
    InboundMessage,
    InboundQuerySet,
    OutboundMessage,
    OutboundQuerySet,
    Outcome,
    Purpose,
    State,
)
from .wording import Acknowledgement

__all__ = [
    "NO_SERVER",
    "Acknowledgement",
    "After",
    "AwaitedMail",
    "Begin",
    "ConnectionTest",
    "Health",
    "InboundHook",
    "InboundMessage",
    "InboundQuerySet",
    "LearnedRule",
    "MailServer",
    "Mailbox",
    "MailboxMessage",
    "Mark",
    "OutboundMessage",
    "OutboundQuerySet",
    "Outcome",
    "OutgoingServer",
    "Purpose",
    "Security",
    "SignIn",
    "State",
    "TrustedSender",
    "Verdict",
]
