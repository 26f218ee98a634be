"""Refusals of the assistant."""

from tierline.core.kernel.errors import Refused


class NotWaitingForAnswer(Refused):
    """There is no answer of the assistant that this could confirm or decline."""

    code = "no_open_answer"
    default = "There is no open answer of the assistant on this ticket."


class ConversationOver(Refused):
    """The conversation has become a ticket or was ended."""

    code = "conversation_over"
    default = "This conversation has ended."
