"""What holds for people without asking the database: rights, certificates, working time. Pure.

`availability` and `coverage` are asked for by their own names.
"""

from .certificates import Held, valid
from .rights import (
    DESK_ROLES,
    RIGHTS,
    Right,
    Role,
    Tier,
    carries,
    desk_role,
    holding,
    may,
    read_desk_roles,
    require,
    roles_on,
)
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
from .skills import HIGHEST, LANGUAGE_LEVELS, LEVELS, LOWEST, LinkKind

__all__ = [
    "DESK_ROLES",
    "HIGHEST",
    "LANGUAGE_LEVELS",
    "LEVELS",
    "LOWEST",
    "RIGHTS",
    "SIGN_IN_TRIES",
    "SIGN_IN_WINDOW",
    "TOKENS_EACH",
    "TOKEN_DAYS",
    "TOKEN_DAYS_MOST",
    "TOKEN_USE_NOTED",
    "Held",
    "LinkKind",
    "Right",
    "Role",
    "Tier",
    "carries",
    "desk_role",
    "holding",
    "may",
    "may_try_again",
    "read_desk_roles",
    "require",
    "roles_on",
    "token_digest",
    "valid",
]
