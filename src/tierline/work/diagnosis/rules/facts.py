"""Facts that a text or a log states by itself: the version of the product, the operating system."""

import re
from collections.abc import Iterable

_VERSION = r"[vV]?(\d{1,4}(?:\.\d{1,6}){1,3}(?:[-+~]?(?:rc|beta|alpha|b|sp|hf|p|build)[.-]?\d{1,6})?)(?![\w.]*\d)"
_SAID = re.compile(
    r"(?i)\b(?:(?:client|app|application|product|agent|software|program|server)[ _-]?)version\b[\"']?[ \t]{0,3}[:=]?[ \t]{0,3}[\"']?"
    + _VERSION
)
_STARTING = re.compile(r"(?i)^\s*version[ \t]{0,3}[:=][ \t]{0,3}[\"']?" + _VERSION)
_SYSTEM = re.compile(
    r"\b(Windows (?:Server )?(?:20\d\d|1[01]|[78](?:\.1)?|XP|Vista)|(?:macOS|OS X|Mac OS X) (?:[A-Z][a-z]+ )?\d{1,2}(?:\.\d{1,2}){0,2}"
    r"|(?:Ubuntu|Debian|Fedora|CentOS|Red Hat Enterprise Linux|RHEL|Rocky Linux|AlmaLinux|openSUSE(?: Leap)?|SLES|Alpine(?: Linux)?)"
    r"(?: GNU/Linux)?(?: release)? \d{1,2}(?:\.\d{1,2})?|Android \d{1,2}(?:\.\d)?|(?:iOS|iPadOS) \d{1,2}(?:\.\d{1,2})?)"
)


def facts_in(lines: Iterable[str], products: Iterable[str] = ()) -> dict[str, str]:
    """`version` and `os`, the first of each; a product's own name before a number counts as its version."""
    patterns = [*(_named(product) for product in products if len(product) >= 3), _SAID, _STARTING]
    found: dict[str, str] = {}
    for line in lines:
        short = line[:2_000]
        if "version" not in found:
            hits = (pattern.search(short) for pattern in patterns)
            hit = next((one for one in hits if one), None)
            if hit:
                found["version"] = hit[1]
        if "os" not in found and (system := _SYSTEM.search(short)):
            found["os"] = system[1]
        if len(found) == 2:
            break
    return found


def _named(product: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?i)(?<!\w){re.escape(product)}(?:[ _-](?:client|server|agent|app))?(?:,?[ ]version)?[ /:=_-]{{1,3}}{_VERSION}"
    )
