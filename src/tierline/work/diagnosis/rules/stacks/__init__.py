"""Stack traces and crash reports: what failed and where, and a fingerprint that stays.

`parse` finds every trace in a log; `read_report` reads one crash report. Both know the same runtimes (`runtimes`).
"""

from .report import CrashReport, read_report
from .traces import StackReader, Trace, fingerprint, is_frame, is_of_runtime, may_be_frame, normalise, parse

__all__ = [
    "CrashReport",
    "StackReader",
    "Trace",
    "fingerprint",
    "is_frame",
    "is_of_runtime",
    "may_be_frame",
    "normalise",
    "parse",
    "read_report",
]
