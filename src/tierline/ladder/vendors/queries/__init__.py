"""Reads of vendors: cases and their threads for the console, the thread alone for the vendor, figures for reports."""

from .cases import (
    CaseClock,
    CaseRow,
    Choice,
    Said,
    case,
    cases_of,
    choices,
    clock_of,
    history,
    links_of,
    listed,
    pack,
    pack_lines,
    packs_of,
    thread,
)
from .outside import file_for, pack_for, thread_for
from .vendors import Scorecard, VendorRow, opening, overridden_since, scorecards, vendor, vendors

__all__ = [
    "CaseClock",
    "CaseRow",
    "Choice",
    "Said",
    "Scorecard",
    "VendorRow",
    "case",
    "cases_of",
    "choices",
    "clock_of",
    "file_for",
    "history",
    "links_of",
    "listed",
    "opening",
    "overridden_since",
    "pack",
    "pack_for",
    "pack_lines",
    "packs_of",
    "scorecards",
    "thread",
    "thread_for",
    "vendor",
    "vendors",
]
