"""The verbs of problem management."""

from .fixes import record_fix, verify_fix
from .known_errors import (
    Published,
    Tried,
    check_fixtures,
    draft_known_error,
    publish_known_error,
    record_workaround,
    retire_known_error,
    revise_known_error,
    try_evidence,
    try_examples,
)
from .problems import close_problem, link_ticket, open_problem, record_cause, suggest_problem
from .scanning import judge_hit, run_scan, scan_past
from .telling import tell_linked

__all__ = [
    "Published",
    "Tried",
    "check_fixtures",
    "close_problem",
    "draft_known_error",
    "judge_hit",
    "link_ticket",
    "open_problem",
    "publish_known_error",
    "record_cause",
    "record_fix",
    "record_workaround",
    "retire_known_error",
    "revise_known_error",
    "run_scan",
    "scan_past",
    "suggest_problem",
    "tell_linked",
    "try_evidence",
    "try_examples",
    "verify_fix",
]
