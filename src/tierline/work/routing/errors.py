"""Refusals of the routing room."""

from tierline.core.kernel.errors import Refused


class NoGroupYet(Refused):
    """A person is chosen within a group, so there must be one."""

    code = "routing_no_group_yet"
    default = "No group has this ticket yet."


class PlanChanged(Refused):
    """What was shown before dealing out no longer holds."""

    code = "routing_plan_changed"
    default = "Something has changed since the plan was shown."
