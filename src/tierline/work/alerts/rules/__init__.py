"""Alerts of monitoring systems: read from each system's own format, sorted out, grouped. Pure."""

from .alert import Alert, Batch, Severity, Unreadable, priority_for, worst
from .formats import FORMATS, Format, fits_signature, format_of, mail_mark, read, read_mail, sample, shows_mark
from .grouping import (
    MILESTONES,
    STORM_GROUPS,
    STORM_WINDOW,
    After,
    Known,
    Sorted,
    after_recovery,
    is_storm,
    milestone,
    sort_out,
)
from .words import text_for, title_for

__all__ = [
    "FORMATS",
    "MILESTONES",
    "STORM_GROUPS",
    "STORM_WINDOW",
    "After",
    "Alert",
    "Batch",
    "Format",
    "Known",
    "Severity",
    "Sorted",
    "Unreadable",
    "after_recovery",
    "fits_signature",
    "format_of",
    "is_storm",
    "mail_mark",
    "milestone",
    "priority_for",
    "read",
    "read_mail",
    "sample",
    "shows_mark",
    "sort_out",
    "text_for",
    "title_for",
    "worst",
]
