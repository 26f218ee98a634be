"""What the worker has to know of this room: how a telephone system is tried (`operations.trial_steps`)."""

from . import operations

__all__ = ["operations"]
