"""Mailboxes as people set them up: added, changed, tested step by step, switched on and off, removed."""

from dataclasses import dataclass, field
from datetime import timedelta

from django.db import IntegrityError, transaction

from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import one_line
from tierline.desk.people.models import Desk
from tierline.desk.people.rules import Right, require
from tierline.work.intake.errors import NotActive
from tierline.work.intake.models import After, Begin, ConnectionTest, Health, Mailbox, MailServer, Security, SignIn
from tierline.work.intake.rules import wanted_names

from .addresses import is_address
from .credentials import Secrets, seal, unseal
from .known import forget

LAST_PORT = 65535
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
BACKOFF_FIRST, BACKOFF_LONGEST = timedelta(seconds=30), timedelta(minutes=15)
_CONNECTION = ("host", "port", "security", "sign_in", "username", "token_url", "client_id", "scope")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """Where a mail server is and how one signs in, as typed. Empty secrets mean: those that are kept."""

    host: str
    port: int
    security: str = Security.TLS
    sign_in: str = SignIn.PASSWORD
    username: str = ""
    secrets: Secrets = field(default_factory=Secrets)
    token_url: str = ""
    client_id: str = ""
    scope: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxSettings:
    """What a mailbox is for and what happens to its messages, as typed."""

    desk_id: int
    address: str
    server: ServerSettings
    folder: str = "INBOX"
    after: str = After.MARK
    move_to: str = ""
    begin: str = Begin.NEW
    plus: bool = False
    authserv: str = ""


def add_mailbox(*, actor: Actor, given: MailboxSettings) -> Mailbox:
    """Keep a new mailbox, switched off, and ask for its test: it is switched on by itself when that goes well.

    Raises NotFound without the right, Invalid.
    """
    require(actor, Right.SETUP)
    mailbox = Mailbox(created_at=clock.now(), start_when_tested=True)
    with transaction.atomic():
        _fill(mailbox, given)
        _save(mailbox)
        _queue_test(actor, mailbox)
    return mailbox


def change_mailbox(*, actor: Actor, mailbox_id: int, given: MailboxSettings) -> Mailbox:
    """Take over what was typed and test it. Another account or folder is read from its own beginning.

    Raises NotFound, Invalid.
    """
    require(actor, Right.SETUP)
    with transaction.atomic():
        mailbox = _locked(mailbox_id)
        before = (mailbox.host, mailbox.username, mailbox.folder)
        _fill(mailbox, given)
        if before != (mailbox.host, mailbox.username, mailbox.folder):
            mailbox.uid_validity, mailbox.last_uid, mailbox.first_uid, mailbox.skip_until = 0, 0, 0, None
        mailbox.revision += 1
        mailbox.failures, mailbox.next_at = 0, None
        _save(mailbox)
        _queue_test(actor, mailbox)
    return mailbox


def switch_mailbox(*, actor: Actor, mailbox_id: int, active: bool) -> Mailbox:
    """Read a mailbox from now on, or leave it alone. Raises NotFound, NotActive for one that never worked."""
    require(actor, Right.SETUP)
    with transaction.atomic():
        mailbox = _locked(mailbox_id)
        if active and mailbox.health == Health.NEW:
            raise NotActive
        mailbox.active, mailbox.next_at, mailbox.failures = active, None, 0
        mailbox.revision += 1
        mailbox.save(update_fields=["active", "next_at", "failures", "revision"])
    return mailbox


def remove_mailbox(*, actor: Actor, mailbox_id: int) -> None:
    """Forget a mailbox and its secrets. Its messages stay, here and on the server. Raises NotFound."""
    require(actor, Right.SETUP)
    with transaction.atomic():
        _locked(mailbox_id).delete()


def ask_for_test(*, actor: Actor, mailbox_id: int) -> ConnectionTest:
    """Ask for a test of the connection as it is kept. Raises NotFound."""
    require(actor, Right.SETUP)
    with transaction.atomic():
        return _queue_test(actor, _locked(mailbox_id))


def note_well(mailbox: Mailbox, said: str) -> None:
    """The mailbox was read; called by whoever reads it."""
    now = clock.now()
    state = {"health": Health.WELL, "said": one_line(said, 500), "failures": 0, "checked_at": now, "next_at": None}
    _note(mailbox, state)


def note_trouble(mailbox: Mailbox, words: str) -> timedelta:
    """The mailbox could not be read, and why. Returns after which time it is tried again: longer with each failure."""
    pause = pause_after(mailbox.failures)
    now = clock.now()
    state = {
        "health": Health.TROUBLE,
        "said": one_line(words, 500),
        "failures": mailbox.failures + 1,
        "checked_at": now,
        "next_at": now + pause,
    }
    _note(mailbox, state)
    return pause


def pause_after(failures: int) -> timedelta:
    """How long a mailbox that failed so many times before is left alone: 30 seconds, doubled, at most 15 minutes."""
    return min(BACKOFF_LONGEST, timedelta(seconds=BACKOFF_FIRST.total_seconds() * 2.0 ** min(failures, 10)))


def _note(mailbox: Mailbox, state: dict[str, object]) -> None:
    for name, value in state.items():
        setattr(mailbox, name, value)
    Mailbox.objects.filter(pk=mailbox.pk, revision=mailbox.revision).update(**state)


def _locked(mailbox_id: int) -> Mailbox:
    forget()  # addresses and desks may change with it
    found = Mailbox.objects.select_for_update().filter(pk=mailbox_id).first()
    if found is None:
        raise NotFound
    return found


def _save(mailbox: Mailbox) -> None:
    try:
        with transaction.atomic():
            mailbox.save()
    except IntegrityError as problem:
        raise Invalid({"address": "This folder of this address is connected already."}) from problem


def _queue_test(actor: Actor, mailbox: Mailbox) -> ConnectionTest:
    test = ConnectionTest.objects.create(mailbox=mailbox, asked_by=actor.label, created_at=clock.now())
    jobs.enqueue("intake.test_connection", test_id=test.pk)
    return test


def _fill(mailbox: Mailbox, given: MailboxSettings) -> None:
    wrong = _wrong(given) | fill_server(mailbox, given.server)
    if wrong:
        raise Invalid(wrong)
    mailbox.desk_id = given.desk_id
    mailbox.address = given.address.strip().lower()
    mailbox.folder = given.folder.strip() or "INBOX"
    mailbox.after, mailbox.move_to = given.after, given.move_to.strip()
    mailbox.begin, mailbox.plus = given.begin, given.plus
    mailbox.authserv = " ".join(sorted(wanted_names(given.authserv)))[:300]


def _wrong(given: MailboxSettings) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if not is_address(given.address):
        wrong["address"] = "This is no mail address."
    if not Desk.objects.filter(pk=given.desk_id).exists():
        wrong["desk"] = "There is no such desk."
    if given.after == After.MOVE and not given.move_to.strip():
        wrong["move_to"] = "Name the folder that messages are moved to."
    if given.after == After.MOVE and given.move_to.strip() == (given.folder.strip() or "INBOX"):
        wrong["move_to"] = "This is the folder that is read."
    for name, choices in (("after", After), ("begin", Begin)):
        if getattr(given, name) not in choices.values:
            wrong[name] = "Choose one of the list."
    return wrong


def fill_server(server: MailServer, given: ServerSettings) -> dict[str, str]:
    """Take over where a server is and how one signs in; secrets that were left empty stay. Returns what is wrong."""
    wrong = _wrong_server(given)
    before = (server.host, server.username, server.token_url)
    for name in _CONNECTION:
        value = getattr(given, name)
        setattr(server, name, value.strip() if isinstance(value, str) else value)
    server.host = server.host.lower()
    moved = before != (server.host, server.username, server.token_url)
    if given.secrets != Secrets():
        seal(server, given.secrets if given.sign_in == SignIn.PASSWORD else _with_kept(server, given.secrets))
    elif moved and server.secret:
        # kept for another server or account: it must not be sent to this one
        wrong |= {"password": "Type the secret again: it was kept for another server or user."}
    elif given.username and not server.secret:
        wrong |= {"password": "Type the password."}
    return wrong


def _with_kept(server: MailServer, given: Secrets) -> Secrets:
    kept = unseal(server) if server.secret else Secrets()
    return Secrets(
        client_secret=given.client_secret or kept.client_secret, refresh_token=given.refresh_token or kept.refresh_token
    )


def _wrong_server(given: ServerSettings) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if not given.host.strip() or any(sign in given.host for sign in " /@:"):
        wrong["host"] = "Give the name of the server alone, such as imap.example.org."
    if not 0 < given.port <= LAST_PORT:
        wrong["port"] = f"A port is a number from 1 to {LAST_PORT}."
    if given.security not in Security.values:
        wrong["security"] = "Choose one of the list."
    if given.security == Security.NONE and given.username and given.host.strip().lower() not in _THIS_MACHINE:
        wrong["security"] = "A password is not sent over a network in the clear: choose TLS or STARTTLS."
    if given.sign_in not in SignIn.values:
        wrong["sign_in"] = "Choose one of the list."
    if given.sign_in == SignIn.OAUTH2:
        if not given.token_url.startswith(("https://", "http://127.0.0.1:", "http://[::1]:")):
            wrong |= {"token_url": "The address for tokens begins with https://."}
        if not given.client_id.strip():
            wrong["client_id"] = "The provider gives every program a client id."
    return wrong
