"""Refusals of the routing room."""

from tierline.core.kernel.errors import Refused


class NoGroupYet(Refused):
    """A person is chosen within a group, so there must be one."""

    code = "routing_no_group_yet"
    default = "No group has this ticket yet."
