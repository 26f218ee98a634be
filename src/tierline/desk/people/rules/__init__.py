"""What holds for people without asking the database: rights, certificates, working time. Pure."""

from .certificates import Held, valid
from .rights import RIGHTS, Right, Role, Tier, may, require
from .signing_in import (
    SIGN_IN_TRIES,
    SIGN_IN_WINDOW,
    TOKEN_DAYS,
    TOKEN_DAYS_MOST,
    TOKEN_USE_NOTED,
    TOKENS_EACH,
    may_try_again,
    token_digest,
)

__all__ = [
    "RIGHTS",
    "SIGN_IN_TRIES",
    "SIGN_IN_WINDOW",
    "TOKENS_EACH",
    "TOKEN_DAYS",
    "TOKEN_DAYS_MOST",
    "TOKEN_USE_NOTED",
    "Held",
    "Right",
    "Role",
    "Tier",
    "may",
    "may_try_again",
    "require",
    "token_digest",
    "valid",
]
