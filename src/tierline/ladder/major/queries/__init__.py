"""Reads of major incidents: for the room in the console, and for the status page of the portal."""

from .room import (
    Progress,
    Room,
    able,
    active,
    children,
    leads,
    of_ticket,
    on_queue,
    progress,
    reach,
    room,
    room_address,
    suggested,
    untold,
)
from .status import StatusPage, StatusUpdate, status, status_address, statuses

__all__ = [
    "Progress",
    "Room",
    "StatusPage",
    "StatusUpdate",
    "able",
    "active",
    "children",
    "leads",
    "of_ticket",
    "on_queue",
    "progress",
    "reach",
    "room",
    "room_address",
    "status",
    "status_address",
    "statuses",
    "suggested",
    "untold",
]
