"""How the desk signs in at a mail server: a password, or an access token fetched with OAuth 2 (RFC 6749 §6, §4.4)."""

import json
import time
from dataclasses import dataclass
from threading import Lock

from tierline.core.kernel import outbound, sealing, turns
from tierline.core.kernel.errors import Refused
from tierline.core.kernel.text import one_line
from tierline.work.intake.errors import MailboxTrouble
from tierline.work.intake.models import MailServer, SignIn

SIGN_IN = "sign-in"
_EARLY = 120  # seconds before its end in which a token is no longer used
_OK = 200


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secret parts of a sign-in, open. Never logged, never shown; `repr` hides them."""

    password: str = ""
    client_secret: str = ""
    refresh_token: str = ""

    def __repr__(self) -> str:
        return "Secrets(…)"


def seal(server: MailServer, given: Secrets) -> None:
    """Put the secrets on the server's row, sealed. The caller saves it."""
    parts = {name: getattr(given, name) for name in Secrets.__slots__ if getattr(given, name)}
    server.secret = sealing.seal(json.dumps(parts), purpose=server.purpose) if parts else ""


def unseal(server: MailServer) -> Secrets:
    """The secrets of a server. Raises MailboxTrouble when they were sealed with another key."""
    try:
        opened = sealing.unseal(server.secret, purpose=server.purpose)
    except sealing.CannotUnseal as problem:
        raise MailboxTrouble(SIGN_IN, problem.message, problem.todo) from problem
    return Secrets(**json.loads(opened)) if opened else Secrets()


def has_token(server: MailServer) -> bool:
    """Whether a token is kept that seems good now."""
    return bool(_kept(server))


def forget_token(server: MailServer) -> None:
    """Use the kept token no longer: the server turned it away, whatever the provider said about its time."""
    with _lock:
        _tokens.pop(_key(server, unseal(server)), None)


def _key(server: MailServer, given: Secrets) -> tuple[str, str, str]:
    return server.token_url, server.client_id, given.refresh_token or given.client_secret


def access_token(server: MailServer) -> str:
    """A token that is good now; it is kept in memory until shortly before it ends.

    A provider that hands out a new refresh token has it stored at once. Processes ask in turn: a refresh token that is
    good for one use must not be used by two. Raises MailboxTrouble, Unreachable.
    """
    if kept := _kept(server):
        return kept
    with turns.in_turn(f"sign in: {server.purpose}"):
        if server.pk is not None:
            server.refresh_from_db(fields=["secret"])  # another process may have renewed it meanwhile
        return _kept(server) or _fetched(server)


def _kept(server: MailServer) -> str:
    with _lock:
        kept = _tokens.get(_key(server, unseal(server)))
    return kept.token if kept is not None and kept.good_until > time.monotonic() else ""


def _fetched(server: MailServer) -> str:
    given = unseal(server)
    answer = _ask(server, given)
    token = str(answer["access_token"])
    lifetime = answer.get("expires_in", 0)
    seconds = float(lifetime) if isinstance(lifetime, int | float | str) and str(lifetime).isdigit() else 0.0
    renewed = answer.get("refresh_token")
    if isinstance(renewed, str) and renewed and renewed != given.refresh_token and given.refresh_token:
        given = Secrets(client_secret=given.client_secret, refresh_token=renewed)
        seal(server, given)
        server.save(update_fields=["secret"])
    with _lock:
        _tokens[_key(server, given)] = _Token(token, time.monotonic() + seconds - _EARLY)
    return token


@dataclass(frozen=True, slots=True)
class _Token:
    token: str
    good_until: float

    def __repr__(self) -> str:
        return "_Token(…)"


_tokens: dict[tuple[str, str, str], _Token] = {}
_lock = Lock()


def _ask(server: MailServer, given: Secrets) -> dict[str, object]:
    fields = {"client_id": server.client_id, "client_secret": given.client_secret, "scope": server.scope}
    if given.refresh_token:
        fields |= {"grant_type": "refresh_token", "refresh_token": given.refresh_token}
    else:
        fields |= {"grant_type": "client_credentials"}
    try:
        answer = outbound.post_form(server.token_url, {name: value for name, value in fields.items() if value})
    except Refused as problem:
        raise MailboxTrouble(SIGN_IN, problem.message, "Correct the address for tokens.") from problem
    said = _read(answer.body)
    if answer.status == _OK and isinstance(said.get("access_token"), str):
        return said
    words = one_line(str(said.get("error_description") or said.get("error") or f"status {answer.status}"), 200)
    raise MailboxTrouble(
        SIGN_IN,
        f"The provider gives no access token: {words}",
        "Check client id, client secret and refresh token; a refresh token that was revoked has to be made anew.",
    )


def _read(body: bytes) -> dict[str, object]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def uses_oauth(server: MailServer) -> bool:
    """Whether the sign-in is by access token."""
    return server.sign_in == SignIn.OAUTH2
