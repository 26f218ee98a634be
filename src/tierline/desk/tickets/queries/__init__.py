"""Reads about tickets; every one takes a viewer."""

from .clocks import clock_events, clocks_of, next_due
from .lists import QUEUE_VIEWS, Counts, Cursor, QueueFilter, QueueRow, counts, queue, search
from .one import attachment, attachments, draft_of, get, messages, others_here, own_requests, timeline
from .similar import Similar, similar

__all__ = [
    "QUEUE_VIEWS",
    "Counts",
    "Cursor",
    "QueueFilter",
    "QueueRow",
    "Similar",
    "attachment",
    "attachments",
    "clock_events",
    "clocks_of",
    "counts",
    "draft_of",
    "get",
    "messages",
    "next_due",
    "others_here",
    "own_requests",
    "queue",
    "search",
    "similar",
    "timeline",
]
