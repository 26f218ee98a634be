"""Identifiers that are not database keys."""

import secrets

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def request_id() -> str:
    """A short random name for one request or job, for logs and the timeline."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(12))


def token(nbytes: int = 24) -> str:
    """A secret for links and API clients; only its SHA-256 is ever stored."""
    return secrets.token_urlsafe(nbytes)
