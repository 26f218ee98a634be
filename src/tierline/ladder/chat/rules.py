"""Which sites may show the chat, and what becomes of one that ends. Pure."""

from dataclasses import dataclass
from urllib.parse import urlsplit

ORIGINS = 20
READS_FOR = 30
"""Seconds after the last question for news in which a visitor is taken to be reading."""

GONE_AFTER = 600
"""Seconds without a question for news after which a visitor has left."""

_PORTS = {"http": 80, "https": 443}


def origin_of(text: str) -> str:
    """`text` as an origin (RFC 6454) such as `https://www.example.org`; empty for what is none.

    Plain http only for this machine: a page that others can change could change the chat, too.
    """
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    local = host in ("localhost", "127.0.0.1")
    if parts.scheme not in _PORTS or (parts.scheme == "http" and not local) or not host.isascii():
        return ""
    if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username or not _is_name(host):
        return ""
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != _PORTS[parts.scheme] else "")


def _is_name(host: str) -> bool:
    return bool(host) and all(sign.isalnum() or sign in ".-" for sign in host)


@dataclass(frozen=True, slots=True)
class End:
    """Whether a chat that ended becomes a ticket, and why."""

    ticket: bool
    why: str


def at_the_end(*, asked_to: bool, last_decision: str) -> End:
    """What becomes of a chat that nobody called solved. `asked_to`: the visitor pressed "Leave" and did not vanish."""
    if asked_to:
        return End(ticket=True, why="The visitor left and did not say that it is solved.")
    if last_decision == "answer":
        return End(ticket=False, why="The visitor left after an answer and said nothing: silent.")
    return End(ticket=True, why="The visitor left while their question was open.")
