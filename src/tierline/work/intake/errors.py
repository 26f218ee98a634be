"""What intake refuses, in words for people."""

from tierline.core.kernel.errors import Refused, TemporaryError


class TooLarge(Refused):
    """More bytes than a message may have; nothing was stored."""

    code = "message_too_large"
    default = "The message is larger than this desk accepts."


class NotInQuarantine(Refused):
    """Only a message in quarantine can be released."""

    code = "not_in_quarantine"
    default = "This message is not in quarantine."


class NotIgnored(Refused):
    """Only a message that a rule ignored, and that is still here, can be taken all the same."""

    code = "not_ignored"
    default = "No rule ignored this message, or its bytes are deleted."


class MailServerError(TemporaryError):
    """The outgoing mail server did not take the message; it is tried again."""

    code = "mail_server_away"
    default = "The mail server did not take the message. It is tried again by itself."


class RecipientRefused(Refused):
    """The mail server says that this mail will never be delivered. `contact`: because of whom it is for."""

    code = "recipient_refused"

    def __init__(self, message: str, *, contact: bool = True) -> None:
        self.contact = contact
        super().__init__(message)


class NotInDoubt(Refused):
    """Only a sender whom the mail server could not confirm can be vouched for, and once."""

    code = "sender_not_in_doubt"
    default = "Nobody on this ticket is in doubt under this address."


class NothingForwarded(Refused):
    """Only a ticket that came by a forwarded mail has two who may be its requester."""

    code = "nothing_forwarded"
    default = "No mail of this ticket was handed on by somebody else."


class ProviderTrouble(TemporaryError):
    """A message that a provider told of could not be fetched from it; it is tried again."""

    code = "provider_trouble"


class NoticeNotProven(Refused):
    """A notice of Amazon SNS without Amazon's signature; nothing of it is received."""

    code = "notice_not_proven"
    default = "The signature is not Amazon's: nothing of it was received."


class NothingToSend(Refused):
    """A mail that is on its way can be neither sent again nor withdrawn."""

    code = "mail_not_waiting"
    default = "This mail is on its way already."


class MailboxTrouble(TemporaryError):
    """A mailbox cannot be read now: `step` names where it failed, the sentence says why and what to do."""

    code = "mailbox_trouble"

    def __init__(self, step: str, message: str, todo: str = "") -> None:
        self.step = step
        super().__init__(message, todo=todo)


class NotActive(Refused):
    """The connection has to work before it is switched on."""

    code = "connection_not_tested"
    default = "Test the connection first: it is switched on once it works."


class SetElsewhere(Refused):
    """The setting wins over what is typed on a page."""

    code = "set_elsewhere"
    default = "The outgoing server is set by TIERLINE_SMTP_URL. Remove that variable to set the server here."
