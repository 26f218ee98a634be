"""How often a sign-in may be tried, and what is kept of a token. Pure."""

import hashlib

SIGN_IN_TRIES = 10
SIGN_IN_WINDOW = 15 * 60  # seconds


def may_try_again(recent_failures: int) -> bool:
    """Whether another sign-in may be tried after so many failures within `SIGN_IN_WINDOW` (OWASP ASVS 2.2.1)."""
    return recent_failures < SIGN_IN_TRIES


TOKEN_DAYS = 365
"""How long a new API token is good for unless somebody says otherwise, in days."""

TOKEN_DAYS_MOST = 3650

TOKENS_EACH = 20
"""How many usable API tokens one person may have."""

TOKEN_USE_NOTED = 3600
"""Seconds that must pass before the use of a token is written down again."""


def token_digest(secret: str) -> str:
    """What is kept of a token. A random secret of 256 bits needs no slow hash: there is nothing to guess."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
