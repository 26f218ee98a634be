"""The verbs on calendars and policies."""

from .importing import closures_in, holidays_of
from .proposing import (
    check_outdated,
    drop_change,
    propose_calendar,
    propose_policy,
    propose_withdrawal,
    proposed_versions,
    put_in_force,
    replaced_by,
    slug,
)
from .writing import OFFICE_WEEK, ensure_defaults, write_calendar, write_policy

__all__ = [
    "OFFICE_WEEK",
    "check_outdated",
    "closures_in",
    "drop_change",
    "ensure_defaults",
    "holidays_of",
    "propose_calendar",
    "propose_policy",
    "propose_withdrawal",
    "proposed_versions",
    "put_in_force",
    "replaced_by",
    "slug",
    "write_calendar",
    "write_policy",
]
