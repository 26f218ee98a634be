"""Refusals of the workflows room."""

from tierline.core.kernel.errors import Refused


class RunEnded(Refused):
    """The runbook run is done or stopped; its results are kept."""

    code = "runbook_run_ended"
    default = "This runbook run has ended. Its results are kept; start it again to add to them."


class AlreadyDecided(Refused):
    """A decision is made once."""

    code = "action_already_decided"
    default = "This action was decided already."


class FourEyes(Refused):
    """Whoever asked for an action does not approve it."""

    code = "action_needs_somebody_else"
    default = "You asked for this action, so somebody else has to decide."


class NotOffered(Refused):
    """A macro whose conditions do not hold on this ticket, or which would lead upwards."""

    code = "macro_not_offered"
    default = "This macro is not for this ticket as it stands."


class InternalWords(Refused):
    """A line of a macro's note stands in what the requester would read."""

    code = "internal_words_in_reply"
    default = "A line of the macro's internal note stands in the reply."
