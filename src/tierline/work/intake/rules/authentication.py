"""Whether the receiving mail server found that a mail comes from the domain it names (RFC 8601, RFC 7489).

Only results under an authentication service identifier that is trusted where the mail came in count, and of those only
what that server wrote on top: whatever stands below its own trace may have been sent along.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from .headers import Headers

UNNAMED = "unnamed"
"""Stands for a server that writes no identifier at all, as Microsoft 365 does."""

_MAX_RESULTS = 50
_MAX_LENGTH = 20_000  # characters of one header
_PIECE = re.compile(r"\\.|[()\"]|[^\\()\"]+|\\", re.DOTALL)
_RESULT = re.compile(r"\s*([a-z][a-z0-9-]{0,40})\s*(?:/\s*\d+)?\s*=\s*([a-z]{1,20})(?![\w.])", re.IGNORECASE)
_PROPERTY = re.compile(r"([a-z]{1,20})\s*\.\s*([a-z0-9-]{1,40})\s*=\s*([^\s;]{1,300})", re.IGNORECASE)
_BY = re.compile(r"\bby\s+([^\s;()]{1,255})", re.IGNORECASE)
_FROM = re.compile(r"^\s*from\s+(\S{1,255}(?:\s+\([^()]{0,255}\))?)", re.IGNORECASE)
_INSIDE = re.compile(
    r"\blocalhost\b|\b127\.\d|\[::1\]|IPv6:::1|\b10\.\d+\.\d+\.\d|\b192\.168\.|\b172\.(?:1[6-9]|2\d|3[01])\."
)
_SPOKEN_FOR = {
    "dkim": ("header.d", "header.i"),
    "spf": ("smtp.mailfrom", "smtp.helo"),
}
_SPACE_IN_QUOTES = str.maketrans({" ": "_", "\t": "_", ";": "_", "=": "_"})


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
    said: dict[str, str]

    @property
    def domains(self) -> tuple[str, ...]:
        """Whom the result speaks for; a HELO name only where there is no return path (RFC 7208 §2.4)."""
        named = [self.said[name] for name in _SPOKEN_FOR.get(self.method, ()) if name in self.said]
        return tuple(_domain(one) for one in named[:1])


def authenticate(headers: Headers, sender: str, trusted: Collection[str]) -> Authentication:
    """How a sender stands by the trusted results: DMARC decides, else an aligned DKIM, SPF or sign-in result.

    `trusted` holds identifiers in lower case, `*.domain` for every server below a domain, or `unnamed`.
    """
    if len(headers.all("from")) > 1:
        return Authentication(Standing.FAIL, "it names its sender twice (RFC 5322)")
    domain = _domain(sender)
    results = [one for value in _trusted(headers, trusted) for one in _results(value)]
    if not results:
        return Authentication(Standing.NONE, "no result of a trusted server")
    return _by_dmarc([one for one in results if one.method == "dmarc"], domain) or _by_the_rest(results, sender, domain)


def _by_dmarc(results: list[_Result], domain: str) -> Authentication | None:
    """What DMARC says. A failure wins over a pass, wherever it stands: nobody may add a better result below it."""
    if any(one.value == "fail" for one in results):
        return Authentication(Standing.FAIL, "dmarc=fail")
    passed = [one for one in results if one.value in ("pass", "bestguesspass")]
    about = [_domain(one.said["header.from"]) for one in passed if "header.from" in one.said]
    other = next((one for one in about if not _aligned(one, domain)), "")
    if other:
        return Authentication(Standing.FAIL, f"dmarc=pass is about another sender, {other}")
    return Authentication(Standing.PASS, f"dmarc={passed[0].value}") if passed else None


def _by_the_rest(results: list[_Result], sender: str, domain: str) -> Authentication:
    """What a sign-in, DKIM and SPF say, where the domain has no DMARC policy."""
    if any(one.method == "auth" and one.value == "pass" and _signed_in(one, sender) for one in results):
        return Authentication(Standing.PASS, "auth=pass")
    checked = [one for one in results if one.method in _SPOKEN_FOR]
    good = [one for one in checked if one.value == "pass" and any(_aligned(name, domain) for name in one.domains)]
    if good:
        return Authentication(Standing.PASS, f"{good[0].method}=pass")
    failed = [one for one in checked if one.value == "fail"]
    if failed and all(one.value != "pass" or not one.domains for one in checked):
        return Authentication(Standing.FAIL, ", ".join(f"{one.method}=fail" for one in failed[:2]))
    return Authentication(Standing.NONE, "no result for the domain of the sender")


def _signed_in(result: _Result, sender: str) -> bool:
    """Whether the sender itself signed in at the trusted server to send this (RFC 8601 §2.7.4)."""
    return result.said.get("smtp.auth", "").lower() == sender.lower()


def results_on_top(headers: Headers) -> str:
    """The identifier under which the topmost results stand, for somebody who has to name it; `unnamed` for none."""
    found = headers.get("authentication-results")
    return _identifier(found) if found else ""


def wanted_names(typed: str) -> frozenset[str]:
    """The identifiers in what somebody typed, apart by spaces or commas."""
    return frozenset(one.strip().lower() for one in re.split(r"[\s,;]+", typed) if one.strip())


def _trusted(headers: Headers, trusted: Collection[str]) -> Iterator[str]:
    """The values under a trusted identifier that its own server wrote.

    Each server puts its trace and its results on top of what it was handed. So everything below the trace of the server
    that took the mail from outside, and below the trace before the first trusted results, may be made up.
    """
    families = {_parent(one) for one in trusted if one != UNNAMED}
    begun = border = False
    for name, value in headers.items:
        if name == "received":
            if begun or border:
                return
            border = _from_outside(value, families)
        elif name == "authentication-results" and _is_trusted(_identifier(value), trusted):
            begun = True
            yield value


def _from_outside(received: str, families: Collection[str]) -> bool:
    """Whether this trace is of our own server, and says that it took the mail from somebody else's."""
    by, handed = _BY.search(received), _FROM.match(received)
    if by is None or handed is None or not _within(by[1].lower(), families):
        return False
    return not (_within(handed[1].split()[0].lower(), families) or _INSIDE.search(handed[1]))


def _within(host: str, families: Collection[str]) -> bool:
    return any(host == one or host.endswith(f".{one}") for one in families if one)


def _parent(identifier: str) -> str:
    """The domain that a server's identifier belongs to: of `mx.example.org` it is `example.org`."""
    labels = identifier.removeprefix("*.").split(".")
    return ".".join(labels[1:] if len(labels) > 2 and not identifier.startswith("*.") else labels)  # noqa: PLR2004 (a host below a domain)


def _is_trusted(identifier: str, trusted: Collection[str]) -> bool:
    if identifier in trusted:
        return True
    return any(one.startswith("*.") and identifier.endswith(one[1:]) for one in trusted)


def _identifier(value: str) -> str:
    """The authserv-id, without the version that may follow it (RFC 8601 §2.2)."""
    first = _plain(value[:1000]).partition(";")[0]
    words = first.split()
    if not words:
        return ""
    return UNNAMED if _RESULT.match(first) else words[0].lower()


def _results(value: str) -> Iterator[_Result]:
    parts = _plain(value[:_MAX_LENGTH]).split(";")
    if not _RESULT.match(parts[0]):
        parts = parts[1:]
    for part in parts[:_MAX_RESULTS]:
        found = _RESULT.match(part)
        if found is None:
            continue
        said = {f"{kind}.{name}".lower(): value for kind, name, value in _PROPERTY.findall(part)}
        yield _Result(found[1].lower(), found[2].lower(), said)


def _plain(value: str) -> str:
    """The value without comments, which may be nested, and with quoted texts made into single words (RFC 5322 §3.2)."""
    out: list[str] = []
    depth, quoted = 0, False
    for found in _PIECE.finditer(value):
        piece = found[0]
        if piece == '"' and not depth:
            quoted = not quoted
        elif quoted:
            out.append(piece.removeprefix("\\").translate(_SPACE_IN_QUOTES))
        elif piece == "(":
            depth += 1
        elif piece == ")":
            depth = max(0, depth - 1)
        elif not depth:
            out.append(piece)
        if piece in ("(", ")") and not quoted:
            out.append(" ")
    return "".join(out)


def _domain(name: str) -> str:
    """The domain of an address or name as DNS spells it, so that both ways to write it are equal (RFC 8616)."""
    plain = name.rpartition("@")[2].strip('<>"').rstrip(".").lower()
    try:
        return plain if plain.isascii() else plain.encode("idna").decode("ascii")
    except UnicodeError:
        return plain


def _aligned(name: str, domain: str) -> bool:
    """The same domain, or one below the other (RFC 7489 §3.1, relaxed)."""
    if "." not in name or "." not in domain:
        return False
    return name == domain or name.endswith(f".{domain}") or domain.endswith(f".{name}")
