"""Reads about tickets; every one takes a viewer."""

from .clocks import clocks_of, names_of, next_due
from .lists import OWN, QUEUE_VIEWS, Counts, Cursor, QueueFilter, beside, counts, own_requests, queue, search
from .one import (
    DraftRow,
    FileRow,
    MessageRow,
    attachment,
    attachments,
    drafts_of,
    get,
    is_visible,
    messages,
    others_here,
    others_reading,
    page_row,
    timeline,
)
from .rows import PageRow, QueueRow, SideRow
from .similar import Similar, similar

__all__ = [
    "OWN",
    "QUEUE_VIEWS",
    "Counts",
    "Cursor",
    "DraftRow",
    "FileRow",
    "MessageRow",
    "PageRow",
    "QueueFilter",
    "QueueRow",
    "SideRow",
    "Similar",
    "attachment",
    "attachments",
    "beside",
    "clocks_of",
    "counts",
    "drafts_of",
    "get",
    "is_visible",
    "messages",
    "names_of",
    "next_due",
    "others_here",
    "others_reading",
    "own_requests",
    "page_row",
    "queue",
    "search",
    "similar",
    "timeline",
]
