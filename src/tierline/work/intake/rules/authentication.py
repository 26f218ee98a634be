"""Whether the receiving mail server found that a mail comes from the domain it names (RFC 8601, RFC 7489).

Only results under an authentication service identifier that the desk trusts count, and of those only what that server
wrote on top: whatever stands below its own trace may have been sent along.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from .headers import Headers

_MAX_RESULTS = 50
_COMMENT = re.compile(r"\([^()]{0,500}\)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.){0,500})"')
_RESULT = re.compile(r"\s*([a-z][a-z0-9-]{0,40})(?:/\d+)?\s*=\s*([a-z]{1,20})", re.IGNORECASE)
_PROPERTY = re.compile(r"([a-z]{1,20}\.[a-z0-9-]{1,40})\s*=\s*([^\s;]{1,300})", re.IGNORECASE)


class Standing(StrEnum):
    """What is known about the sender's domain."""

    PASS = "pass"  # noqa: S105 (a result of RFC 8601, no secret)
    FAIL = "fail"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Authentication:
    """The standing of a sender, and in a few words the result that decided."""

    standing: Standing
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Result:
    method: str
    value: str
    domains: tuple[str, ...]


def authenticate(headers: Headers, sender: str, trusted: Collection[str]) -> Authentication:
    """How a sender stands by the trusted results: DMARC decides, else an aligned DKIM or SPF result."""
    domain = sender.rpartition("@")[2].lower()
    results = [one for value in _trusted(headers, trusted) for one in _results(value)]
    if not results:
        return Authentication(Standing.NONE, "no result of a trusted server")
    dmarc = next((one for one in results if one.method == "dmarc"), None)
    if dmarc is not None and dmarc.value in ("pass", "fail"):
        return Authentication(Standing(dmarc.value), f"dmarc={dmarc.value}")
    checked = [one for one in results if one.method in ("dkim", "spf")]
    good = [one for one in checked if one.value == "pass" and any(_aligned(name, domain) for name in one.domains)]
    if good:
        return Authentication(Standing.PASS, f"{good[0].method}=pass")
    failed = [one for one in checked if one.value == "fail"]
    if failed and all(one.value != "pass" or not one.domains for one in checked):
        return Authentication(Standing.FAIL, ", ".join(f"{one.method}=fail" for one in failed[:2]))
    return Authentication(Standing.NONE, "no result for the domain of the sender")


def _trusted(headers: Headers, trusted: Collection[str]) -> Iterator[str]:
    """The values under a trusted identifier, down to the trace of the server that wrote the first of them."""
    begun = False
    for name, value in headers.items:
        if name == "received" and begun:
            return
        if name == "authentication-results" and _identifier(value) in trusted:
            begun = True
            yield value


def _identifier(value: str) -> str:
    words = _COMMENT.sub(" ", value[:1000]).partition(";")[0].split()
    return words[0].strip('"').lower() if words else ""


def _results(value: str) -> Iterator[_Result]:
    plain = _QUOTED.sub(lambda found: re.sub(r"[;\s]", "_", found[1]), _COMMENT.sub(" ", value[:20_000]))
    for part in plain.split(";")[1 : _MAX_RESULTS + 1]:
        found = _RESULT.match(part)
        if found is None:
            continue
        properties = {name.lower(): said for name, said in _PROPERTY.findall(part)}
        named = ("header.d", "header.i", "smtp.mailfrom", "smtp.helo", "header.from")
        domains = tuple(properties[name].rpartition("@")[2].strip("<>").lower() for name in named if name in properties)
        yield _Result(found[1].lower(), found[2].lower(), domains)


def _aligned(name: str, domain: str) -> bool:
    """The same domain, or one below the other (RFC 7489 §3.1, relaxed)."""
    if "." not in name or "." not in domain:
        return False
    return name == domain or name.endswith(f".{domain}") or domain.endswith(f".{name}")
