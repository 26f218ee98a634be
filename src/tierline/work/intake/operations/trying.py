"""A connection tried step by step, each step kept as soon as it is known, so that a page can show it while it runs."""

import imaplib
import secrets
import smtplib
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from django.db.models import F

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound, TierlineError
from tierline.core.kernel.outbound import explain
from tierline.core.kernel.text import one_line
from tierline.work.intake.errors import MailboxTrouble
from tierline.work.intake.models import (
    After,
    Begin,
    ConnectionTest,
    Health,
    Mailbox,
    MailServer,
    OutgoingServer,
    Security,
)
from tierline.work.intake.rules import Outgoing, compose

from . import imap, smtp
from .identity import desk_address, desk_domain, own
from .known import forget
from .sending_server import ONLY

MESSAGES, HAND_OVER = "messages", "hand-over"
GOOD, BAD, WAITING = "good", "bad", "waiting"
_Step = tuple[str, Callable[[], str]]


def run_test(*, actor: Actor, test_id: int) -> ConnectionTest:
    """Try the connection of a test and keep how each step went. Safe to repeat: what has ended is left as it is.

    A mailbox or server that waits for its first good test is switched on. Raises NotFound.
    """
    del actor  # whoever asked is on the test
    test = ConnectionTest.objects.select_related("mailbox").filter(pk=test_id).first()
    if test is None:
        raise NotFound
    if test.state != "running":
        return test
    with ExitStack() as stack:
        steps = list(_mailbox_steps(test.mailbox, stack) if test.mailbox else _outgoing_steps(test, stack))
        good = _walk(test, steps)
    test.state, test.finished_at = (GOOD if good else BAD), clock.now()
    test.save(update_fields=["state", "finished_at", "steps"])
    _conclude(test)
    return test


def _walk(test: ConnectionTest, steps: list[_Step]) -> bool:
    """Take the steps in order until one fails; the step that the trouble names is the one that failed."""
    test.steps = [{"name": name, "state": WAITING, "words": "", "todo": ""} for name, _ in steps]
    for place, (name, take) in enumerate(steps):
        try:
            words = take()
        except MailboxTrouble as problem:
            _fail(test, problem.step, problem.message, problem.todo)
            return False
        except TierlineError as problem:
            _fail(test, name, problem.message, problem.todo)
            return False
        except (OSError, imaplib.IMAP4.error, smtplib.SMTPException) as problem:
            told = explain(problem, *_where(test))
            _fail(test, name, told.message, told.todo)
            return False
        test.steps[place] |= {"state": GOOD, "words": one_line(words, 300)}
        test.save(update_fields=["steps"])
    return True


def _fail(test: ConnectionTest, name: str, words: str, todo: str) -> None:
    failed = next((place for place, step in enumerate(test.steps) if step["name"] == name), 0)
    for step in test.steps[:failed]:
        step["state"] = GOOD
    test.steps[failed] |= {"state": BAD, "words": one_line(words, 300), "todo": one_line(todo, 300)}
    test.save(update_fields=["steps"])


def _where(test: ConnectionTest) -> tuple[str, int]:
    server: MailServer | None = test.mailbox or smtp.current() or _kept()
    return (server.host, server.port) if server else ("", 0)


def _mailbox_steps(mailbox: Mailbox, stack: ExitStack) -> Iterator[_Step]:
    client = imap.deferred(mailbox, stack)

    def reach() -> str:
        client()
        return f"{mailbox.host}:{mailbox.port} answers."

    yield imap.REACH, reach
    if mailbox.security != Security.NONE:
        yield imap.ENCRYPTION, lambda: "The connection is encrypted, the certificate is in order."

    def sign_in() -> str:
        imap.sign_in(client(), mailbox)
        return f"{mailbox.username} is signed in."

    yield imap.SIGN_IN, sign_in

    def open_folder() -> str:
        imap.select(client(), mailbox)
        return f"{mailbox.folder} is open."

    yield imap.FOLDER, open_folder
    if mailbox.after == After.MOVE:

        def target() -> str:
            imap.ensure_target(client(), mailbox)
            return f"{mailbox.move_to} is there."

        yield imap.TARGET, target

    def count() -> str:
        number = len(client().search("ALL"))
        what = "are taken, too" if mailbox.begin == Begin.ALL else "stay untouched; what arrives from now on is taken"
        return f"{number} messages are in the folder. They {what}."

    yield MESSAGES, count


def _outgoing_steps(test: ConnectionTest, stack: ExitStack) -> Iterator[_Step]:
    server = _kept() if smtp.current() is None else smtp.current()
    if server is None:
        raise NotFound
    opened: list[smtplib.SMTP] = []

    def reach() -> str:
        opened.append(smtp.connect(server))
        stack.callback(opened[0].close)
        return f"{server.host}:{server.port} answers."

    yield smtp.REACH, reach
    if server.security != Security.NONE:
        yield smtp.ENCRYPTION, lambda: "The connection is encrypted, the certificate is in order."
    if server.username:

        def sign_in() -> str:
            smtp.sign_in(opened[0], server)
            return f"{server.username} is signed in."

        yield smtp.SIGN_IN, sign_in

    def hand_over() -> str:
        sender = server.address or desk_address().email
        mail = _test_mail(server, test)
        try:
            smtp.give(opened[0], mail, host=server.host, envelope_sender=sender, recipient=test.recipient)
        except smtp.NotTaken as problem:
            raise MailboxTrouble(HAND_OVER, problem.refusal.words, problem.refusal.todo) from problem
        return f"The server took a mail from {sender} to {test.recipient}. Look whether it arrives."

    yield HAND_OVER, hand_over


def _kept() -> OutgoingServer | None:
    return OutgoingServer.objects.filter(pk=ONLY).first()


def _test_mail(server: OutgoingServer, test: ConnectionTest) -> bytes:
    main = desk_address()
    sender = server.address or main.email
    return compose(
        Outgoing(
            sender=sender,
            sender_name=server.name or main.name,
            recipient=test.recipient,
            reply_to=sender,
            subject="Test of the outgoing mail server",
            text=f"This mail was sent by Tierline because {test.asked_by} asked for a test. It worked.",
            message_id=f"{secrets.token_hex(12)}.test@{desk_domain()}",
            loop_mark=own().loop_mark,
            date=clock.now(),
            automatic=True,
        )
    )


def _conclude(test: ConnectionTest) -> None:
    """What a test means for the connection itself."""
    forget()
    good = test.state == GOOD
    if test.mailbox_id is None:
        if good:
            OutgoingServer.objects.filter(pk=ONLY, changed_at__lte=test.created_at).update(active=True)
        return
    told = next((step["words"] for step in test.steps if step["state"] == BAD), "The test went well.")
    own_row = Mailbox.objects.filter(pk=test.mailbox_id)
    own_row.update(
        health=Health.WELL if good else Health.TROUBLE, said=one_line(told, 500), checked_at=test.finished_at
    )
    if good:
        own_row.filter(start_when_tested=True).update(
            active=True, start_when_tested=False, revision=F("revision") + 1, next_at=None, failures=0
        )
