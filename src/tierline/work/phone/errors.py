"""What this room refuses, in words for people."""

from tierline.core.kernel.errors import Refused

from .rules import NotAnEvent


class NotTheSystem(Refused):
    """The signature is wrong, or the event is old."""

    code = "call_not_authentic"
    default = "The signature is not the one of this telephone system, or the event is older than five minutes."


__all__ = ["NotAnEvent", "NotTheSystem"]
