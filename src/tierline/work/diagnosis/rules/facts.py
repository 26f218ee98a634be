"""Facts that a text or a log states by itself: the product and its version, the operating system."""

import re
from collections.abc import Iterable

_VERSION = r"[vV]?(\d{1,4}(?:\.\d{1,6}){1,3}(?:[-+~]?(?:rc|beta|alpha|b|sp|hf|p|build)[.-]?\d{1,6})?)(?![\w.]*\d)"
_SHORTEST_NAME = 3
_SAYS = r"[\"']?[ \t]{0,3}[:=]?[ \t]{0,3}[\"']?"
_SAID = re.compile(
    r"(?i)\b(?:client|app|application|product|agent|software|program|server)[ _-]?version\b" + _SAYS + _VERSION
)
_STARTING = re.compile(r"(?i)^\s*version[ \t]{0,3}[:=][ \t]{0,3}[\"']?" + _VERSION)
_LINUX = (
    r"(?:Ubuntu|Debian|Fedora|CentOS|Red Hat Enterprise Linux|RHEL|Rocky Linux|AlmaLinux|openSUSE(?: Leap)?|SLES"
    r"|Alpine(?: Linux)?)(?: GNU/Linux)?(?: release)? \d{1,2}(?:\.\d{1,2})?"
)
_SYSTEM = re.compile(
    r"\b(Windows (?:Server )?(?:20\d\d|1[01]|[78](?:\.1)?|XP|Vista)"
    r"|(?:macOS|OS X|Mac OS X) (?:[A-Z][a-z]+ )?\d{1,2}(?:\.\d{1,2}){0,2}"
    rf"|{_LINUX}|Android \d{{1,2}}(?:\.\d)?|(?:iOS|iPadOS) \d{{1,2}}(?:\.\d{{1,2}})?)"
)


def facts_in(lines: Iterable[str], products: Iterable[str] = ()) -> dict[str, str]:
    """`version` and `os`, the first of each; a product's own name before a number says both `product` and version."""
    patterns = [(product, _named(product)) for product in products if len(product) >= _SHORTEST_NAME]
    patterns += [("", _SAID), ("", _STARTING)]
    found: dict[str, str] = {}
    for line in lines:
        short = line[:2_000]
        if "version" not in found:
            hits = ((product, pattern.search(short)) for product, pattern in patterns)
            product, hit = next((one for one in hits if one[1]), ("", None))
            if hit:
                found |= {"version": hit[1]} | ({"product": product} if product else {})
        if "os" not in found and (system := _SYSTEM.search(short)):
            found["os"] = system[1]
        if {"version", "os"} <= set(found):
            break
    return found


def _named(product: str) -> re.Pattern[str]:
    name = re.escape(product)
    part = r"(?:[ _-](?:client|server|agent|app))?(?:,?[ ]version)?"
    return re.compile(rf"(?i)(?<!\w){name}{part}[ /:=_-]{{1,3}}{_VERSION}")
