"""What can go wrong with a ticket."""

from tierline.core.kernel.errors import Refused


class WrongState(Refused):
    """The verb does not fit where the ticket stands."""

    code = "wrong_state"


class GoesUp(Refused):
    """A group on a higher tier gets a ticket by a hand-over, with the evidence that its contract asks for."""

    code = "goes_up"


class TooLarge(Refused):
    """An attachment or text over the limit."""

    code = "too_large"


class NothingToSend(Refused):
    """A message needs words or an attachment."""

    code = "nothing_to_send"
    default = "There is nothing to send yet: write a text or attach a file."


class FileRemoved(Refused):
    """The time for which its bytes were kept is over; what was read of it stays."""

    code = "file_removed"


class Infected(Refused):
    """The virus scanner objects to the file: it is kept and not handed out."""

    code = "infected"
