"""What can go wrong at this door before a room is asked."""

from tierline.core.kernel.errors import Refused, TierlineError
from tierline.core.kernel.rates import Standing


class KeyUsedBefore(Refused):
    """An Idempotency-Key stands for one request."""

    code = "idempotency_key_used"
    default = "This Idempotency-Key was used for another request."

    def __init__(self) -> None:
        super().__init__(todo="Send a new key with a new request.")


class BodyTooLarge(Refused):
    """More than this door takes in one request."""

    code = "too_large"


class LengthRequired(Refused):
    """Files without a Content-Length: how much comes must be known before (RFC 9110 §15.5.12)."""

    code = "length_required"
    default = "Say how long the request is (Content-Length): files are not taken in chunks of unknown number."


class Unreadable(TierlineError):
    """A body or header that does not follow its format."""

    code = "unreadable"
    default = "This cannot be read."


class TooManyRequests(TierlineError):
    """The token has used up its share of the minute."""

    code = "too_many_requests"
    permanent = False

    def __init__(self, standing: Standing) -> None:
        self.standing = standing
        super().__init__("Too many requests with this token.", todo=f"Try again in {standing.seconds} seconds.")


class Failed(TierlineError):
    """A fault of ours; the request id leads to its traceback in the log."""

    code = "failed"
    default = "Something broke on our side. Nothing that was saved before is lost."
