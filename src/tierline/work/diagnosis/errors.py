"""What can go wrong when evidence is read, in words for people."""

from tierline.core.kernel.errors import Refused, TemporaryError


class NotReadable(Refused):
    """This file was refused; the original is kept as it came."""

    code = "evidence_not_readable"


class ReaderUnavailable(TemporaryError):
    """The reading process could not be started; the file waits."""

    code = "evidence_reader_unavailable"
    default = "The log reader could not be started."


class ReadElsewhere(TemporaryError):
    """Somebody else reads this file at this moment."""

    code = "evidence_read_elsewhere"
    default = "This file is being read at this moment."


class AlreadyRemoved(Refused):
    """The original is gone: how long it is kept cannot be changed any more."""

    code = "original_removed"


class NotAsked(Refused):
    """An original is read without masks after asking, and until the time is over; `evidence_id` names it."""

    code = "unmasking_not_asked"

    def __init__(self, evidence_id: int) -> None:
        self.evidence_id = evidence_id
        super().__init__("This is read without masks only after asking.", todo="Say why you need it, then open it.")
