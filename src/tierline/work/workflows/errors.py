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
