"""Reads about tickets; every one takes a viewer."""

from .clocks import clock_events, clocks_of, next_due
from .lists import QUEUE_VIEWS, Counts, Cursor, QueueFilter, QueueRow, counts, queue, search
from .one import attachment, attachments, draft_of, get, messages, others_here, own_requests, timeline

__all__ = [
    "QUEUE_VIEWS",
    "Counts",
    "Cursor",
    "QueueFilter",
    "QueueRow",
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
    "timeline",
]
