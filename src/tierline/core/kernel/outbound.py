"""The guarded way out: every connection that somebody's set-up asks for is made here, in a job or a resident process.

The name is resolved once, each address is looked at, and the connection goes to that very address: a name that answers
differently a moment later gains nothing. Never reached: link-local addresses (where clouds keep their metadata),
multicast, unspecified and reserved ones. Private addresses are reached unless TIERLINE_OUTBOUND_PRIVATE is 0, because
that is where most mail servers stand. What goes wrong is told in words, with what to do.
"""

import errno
import http.client
import ipaddress
import json
import socket
import ssl
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from django.conf import settings

from .errors import Refused, TemporaryError

TIMEOUT = 20.0  # seconds without an answer
MOST_BYTES = 1_000_000  # of an answer over HTTP


class Trouble(StrEnum):
    """What is wrong with a connection."""

    NAME = "name"
    FORBIDDEN = "forbidden"
    REFUSED = "refused"
    SILENT = "silent"
    TLS = "tls"
    BROKEN = "broken"


class Unreachable(TemporaryError):
    """The other side cannot be reached; `trouble` says how, the sentence says what to do."""

    code = "unreachable"

    def __init__(self, trouble: Trouble, message: str, todo: str) -> None:
        self.trouble = trouble
        super().__init__(message, todo=todo)


def connect(host: str, port: int, *, timeout: float = TIMEOUT) -> socket.socket:
    """A connection to the first address of `host` that answers. Raises Unreachable."""
    problem: OSError = ConnectionRefusedError()
    for address in _allowed(host, port):
        try:
            found = socket.create_connection((address, port), timeout)
        except OSError as refused:
            problem = refused
        else:
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # mail protocols talk in short lines
            return found
    raise explain(problem, host, port) from problem


def secure(plain: socket.socket, host: str, port: int) -> ssl.SSLSocket:
    """TLS on top of a connection, with the certificate checked for `host`. Raises Unreachable."""
    try:
        return tls_context().wrap_socket(plain, server_hostname=host)
    except OSError as problem:
        plain.close()
        raise explain(problem, host, port) from problem


def tls_context() -> ssl.SSLContext:
    """What is asked of a server's certificate: a known authority (SSL_CERT_FILE adds one) and the right name."""
    return ssl.create_default_context()


@dataclass(frozen=True, slots=True)
class _Known:
    """One kind of network problem: the exception that tells it, and the words. The first that fits is said."""

    told_by: type[BaseException]
    trouble: Trouble
    message: str
    todo: str


class _NoNameServer(socket.gaierror):
    """Whoever knows the names could not be asked (EAI_AGAIN)."""


class _OtherTls(ssl.SSLError):
    """The server speaks TLS and could not agree with us."""


class _NoWay(OSError):
    """No packet gets there."""


_NO_WAY = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN}
_DISAGREED = ("UNSUPPORTED_PROTOCOL", "ALERT", "NO_SHARED", "NO_PROTOCOLS", "DH_KEY", "LEGACY", "INAPPROPRIATE")


def _kind(problem: BaseException) -> type[BaseException]:
    """Which of the known problems it is, where its own type does not say it."""
    if isinstance(problem, socket.gaierror) and problem.errno == socket.EAI_AGAIN:
        return _NoNameServer
    if type(problem) in {ssl.SSLError, ssl.SSLZeroReturnError}:
        reason = str(getattr(problem, "reason", "") or "")
        return _OtherTls if any(sign in reason for sign in _DISAGREED) else ssl.SSLError
    if isinstance(problem, OSError) and problem.errno in _NO_WAY:
        return _NoWay
    return type(problem)


_PROBLEMS = (
    _Known(
        _NoNameServer,
        Trouble.NAME,
        "The address of {host} could not be looked up: the name server does not answer.",
        "Check this machine's own network and its name server (DNS), and the spelling.",
    ),
    _Known(
        _NoWay,
        Trouble.SILENT,
        "This machine has no way to {host}:{port}: {detail}.",
        "Check the network and the firewall of this machine.",
    ),
    _Known(
        socket.gaierror,
        Trouble.NAME,
        "There is no server with the name {host}.",
        "Check the spelling, or ask who runs the server.",
    ),
    _Known(
        ssl.SSLCertVerificationError,
        Trouble.TLS,
        "The certificate of {host}:{port} is not accepted: {detail}.",
        "Use the name that the certificate is made for, or have the certificate renewed.",
    ),
    _Known(
        _OtherTls,
        Trouble.TLS,
        "{host}:{port} speaks TLS, but none that both sides know: {detail}.",
        "The server is too old or set up too strictly: have it offer TLS 1.2 or newer.",
    ),
    _Known(
        ssl.SSLError,
        Trouble.TLS,
        "{host}:{port} does not speak TLS from the start.",
        "Choose STARTTLS or another port: 993 and 465 begin with TLS; 143, 25 and 587 do not.",
    ),
    _Known(
        ConnectionRefusedError,
        Trouble.REFUSED,
        "{host} is there, but nothing listens on port {port}.",
        "Check the port and whether the server runs.",
    ),
    _Known(
        TimeoutError,
        Trouble.SILENT,
        "{host}:{port} did not answer in time.",
        "Check the name, the port and the encryption, and whether a firewall is in between.",
    ),
    _Known(Exception, Trouble.BROKEN, "The connection to {host}:{port} broke: {detail}.", "Try it again in a moment."),
)


def explain(problem: Exception, host: str, port: int) -> Unreachable:
    """A network problem in words, with what to do about it."""
    if isinstance(problem, Unreachable):
        return problem
    kind = _kind(problem)
    known = next(one for one in _PROBLEMS if issubclass(kind, one.told_by))
    names = ("verify_message", "reason", "strerror")
    told = next((str(getattr(problem, name)) for name in names if getattr(problem, name, "")), str(problem))
    detail = (told or type(problem).__name__).rstrip(".")
    return Unreachable(known.trouble, known.message.format(host=host, port=port, detail=detail), known.todo)


def _allowed(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        known = problem if isinstance(problem, OSError) else socket.gaierror(str(problem))
        raise explain(known, host, port) from problem
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    allowed = [address for address in addresses if may_reach(address)]
    if not allowed:
        raise Unreachable(
            Trouble.FORBIDDEN,
            f"{host} is at an address that Tierline does not connect to.",
            "Use the server's public name.",
        )
    return allowed


def may_reach(address: str) -> bool:
    """Whether an IP address may be connected to."""
    found = ipaddress.ip_address(address.partition("%")[0])
    known = (found.ipv4_mapped or found) if isinstance(found, ipaddress.IPv6Address) else found
    if known.is_loopback:
        return bool(settings.TIERLINE_OUTBOUND_PRIVATE)
    if known.is_link_local or known.is_multicast or known.is_unspecified or known.is_reserved:
        return False
    return bool(settings.TIERLINE_OUTBOUND_PRIVATE) or known.is_global


@dataclass(frozen=True, slots=True)
class Answer:
    """What a web server said: the status, the body as far as it was wanted, and the headers by small names."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def post_form(url: str, fields: dict[str, str], *, timeout: float = TIMEOUT) -> Answer:
    """POST fields as a form to an https address; see `post`."""
    body = urllib.parse.urlencode(fields).encode()
    return post(url, body, "application/x-www-form-urlencoded", timeout=timeout)


def post_json(url: str, value: object, *, timeout: float = TIMEOUT) -> Answer:
    """POST a JSON value to an https address; see `post`."""
    return post(url, json.dumps(value).encode(), "application/json; charset=utf-8", timeout=timeout)


def get(url: str, headers: dict[str, str] | None = None, *, most: int = MOST_BYTES, timeout: float = TIMEOUT) -> Answer:
    """GET an https address (http only on this machine), at most `most` bytes of it; no redirect is followed.

    Raises Unreachable, and Refused for an address that cannot be used.
    """
    return _ask("GET", url, None, headers or {}, most, timeout)


def post(
    url: str,
    body: bytes,
    content_type: str,
    *,
    headers: Mapping[str, str] | None = None,
    plain: bool = False,
    timeout: float = TIMEOUT,
) -> Answer:
    """POST to an https address (http only on this machine, or with `plain`); no redirect is followed.

    Raises Unreachable, and Refused for an address that cannot be used.
    """
    sent = {"Content-Type": content_type, "Accept": "application/json", **(headers or {})}
    return _ask("POST", url, body, sent, MOST_BYTES, timeout, plain=plain)


def _ask(
    method: str,
    url: str,
    body: bytes | None,
    headers: dict[str, str],
    most: int,
    timeout: float,
    *,
    plain: bool = False,
) -> Answer:
    host, port, tls, path = _parts(url, plain=plain)
    wire = connect(host, port, timeout=timeout)
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    connection.sock = secure(wire, host, port) if tls else wire
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        told = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, response.read(most), told)
    except (OSError, http.client.HTTPException) as problem:
        raise explain(problem, host, port) from problem
    finally:
        connection.close()


def _parts(url: str, *, plain: bool) -> tuple[str, int, bool, str]:
    """Host, port, whether TLS is spoken, and the path of an address. Raises Refused."""
    try:
        parts = urllib.parse.urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise Refused(f"{url} is no address.") from None
    http_too = plain or host in {"127.0.0.1", "::1"}
    if not host or (parts.scheme != "https" and not (http_too and parts.scheme == "http")):
        raise Refused(f"{url} is no address that begins with https://.")
    return host, port, parts.scheme == "https", urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
