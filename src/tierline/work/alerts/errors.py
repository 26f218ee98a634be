"""What this room refuses, in words for people."""

from tierline.core.kernel.errors import Refused

from .rules import Unreadable


class NotTheSource(Refused):
    """Neither the token nor the signature of the source."""

    code = "alert_not_authentic"
    default = "The token or the signature is not the one of this source."


__all__ = ["NotTheSource", "Unreadable"]
