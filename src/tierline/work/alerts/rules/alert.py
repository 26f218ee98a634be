"""One alert, whatever system sent it: bounded, and with a name by which it is known again. Pure."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from urllib.parse import urlsplit

from tierline.core.kernel.errors import Refused
from tierline.core.kernel.text import clean, one_line

LABELS = 30
LABEL_LENGTH = 200  # characters of one name or value
URL_LENGTH = 500
MOST_ALERTS = 20_000  # in one delivery
_EMPTY_YEAR = 2  # Go's zero time, "0001-01-01T00:00:00Z", means: not known


class Unreadable(Refused):
    """What was sent is not what this source's system sends; the sentence says what is missing."""

    code = "alert_unreadable"


class Severity(StrEnum):
    """How bad it is, in three words for all systems."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


_CRITICAL = {
    "critical",
    "crit",
    "page",
    "error",
    "err",
    "fatal",
    "high",
    "disaster",
    "emergency",
    "alert",
    "p1",
    "down",
}
_INFO = {"info", "information", "informational", "notice", "none", "low", "debug", "ok", "up", "p5"}
_ORDER = (Severity.CRITICAL, Severity.WARNING, Severity.INFO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What one monitoring system says about one thing.

    `fingerprint` stays the same for the same alert (64 characters at most); `group` is the system's own group, or
    what the alert is about; `starts_at` is None where the system does not say it.
    """

    fingerprint: str
    group: str
    firing: bool
    severity: Severity
    title: str
    text: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    starts_at: datetime | None = None
    url: str = ""
    runbook: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """One delivery. `cut` alerts were left out by the sender or here; `passed_over` says what was no alert."""

    alerts: tuple[Alert, ...]
    cut: int = 0
    passed_over: str = ""


def severity_of(word: str, otherwise: Severity = Severity.WARNING) -> Severity:
    """The severity that a system's own word stands for; `otherwise` for a word that nobody knows."""
    known = word.strip().lower()
    if known in _CRITICAL:
        return Severity.CRITICAL
    return Severity.INFO if known in _INFO else otherwise


def worst(severities: Iterable[str]) -> Severity:
    """The worst of these; INFO for none."""
    found = set(severities)
    return next((one for one in _ORDER if one in found), Severity.INFO)


def priority_for(severity: str, *, storm: bool = False) -> tuple[int, int]:
    """Impact and urgency (ITIL, 1 to 3). A machine speaks for a group of people; a critical storm for all."""
    if severity == Severity.CRITICAL:
        return (1, 1) if storm else (2, 1)
    return (2, 2) if severity == Severity.WARNING else (3, 3)


def fingerprint_of(*parts: str) -> str:
    """A name for what has none: the same parts, the same name."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


def known_name(given: object, *otherwise: str) -> str:
    """The system's own fingerprint when it is a short text, else one made of `otherwise`."""
    name = one_line(given, 80) if isinstance(given, str) else ""
    return name if 0 < len(name) <= 64 else fingerprint_of(name, *otherwise)  # noqa: PLR2004 (the column's width)


def words(given: object, limit: int = LABEL_LENGTH) -> str:
    """Text on one line; an empty text for anything that is neither text nor a number."""
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        return ""
    return one_line(str(given), limit)


def paragraph(given: object, limit: int = 2000) -> str:
    """Text with its lines; an empty text for anything else."""
    return clean(given, limit).strip() if isinstance(given, str) else ""


def labels_of(given: object) -> dict[str, str]:
    """At most 30 short labels."""
    if not isinstance(given, Mapping):
        return {}
    return {words(key, 80): words(value) for key, value in list(given.items())[:LABELS] if words(key, 80)}


def link_of(given: object) -> str:
    """A web address, or nothing: no other scheme is ever made into a link."""
    text = given.strip() if isinstance(given, str) and len(given) <= URL_LENGTH else ""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    fine = parts.scheme in ("http", "https") and parts.netloc and one_line(text, URL_LENGTH) == text
    return text if fine else ""


def moment_of(given: object) -> datetime | None:
    """A moment as ISO 8601 (RFC 3339) writes it; None for anything else and for Go's zero time."""
    if not isinstance(given, str) or len(given) > 40:  # noqa: PLR2004 (no such moment is longer)
        return None
    try:
        found = datetime.fromisoformat(given.strip())
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        return found.astimezone(UTC) if found.year > _EMPTY_YEAR else None
    except (ValueError, OverflowError):
        return None
