"""What this room refuses, in words for people."""

from tierline.core.kernel.errors import Refused, TemporaryError

from .rules import NotAMessage


class NotTheNetwork(Refused):
    """The signature is wrong, or what was signed is old."""

    code = "messenger_not_authentic"
    default = "The signature is not the one of this workspace, or the message is older than five minutes."


class NotTakenYet(TemporaryError):
    """The network did not take an answer; it is tried again."""

    code = "messenger_away"


class SignInFailed(Refused):
    """The network does not let the desk answer; the sentence says why."""

    code = "messenger_sign_in_failed"


__all__ = ["NotAMessage", "NotTakenYet", "NotTheNetwork", "SignInFailed"]
