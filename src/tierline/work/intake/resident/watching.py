"""Reading mailboxes all the time: one thread each, woken by the server (IDLE, RFC 2177) or by the clock.

A mailbox in trouble is left alone for longer with each failure, and says why on its page; the others do not notice.
"""

import imaplib
import logging
import threading
import time
from typing import Any

from django.db import Error, connections
from imapclient import IMAPClient

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import TierlineError
from tierline.core.kernel.outbound import explain
from tierline.work.intake.models import Mailbox
from tierline.work.intake.operations import Pass, fetch, imap
from tierline.work.intake.operations.mailboxes import note_trouble, note_well

from .taking import Takers

log = logging.getLogger(__name__)

LOOK_EVERY = 60.0  # seconds, where the server cannot tell of new mail by itself
IDLE_FOR = 60.0  # seconds; what a server says while an IDLE begins can be missed: such a mail waits a minute at most
WAKE = 1.0  # seconds after which a wish to end is heard
CHANGES_EVERY = 2.0  # seconds after which a change in set-up is seen
DATABASE_AWAY = 5.0  # seconds
_MACHINE = Actor.machine("intake")


class Watcher(threading.Thread):
    """Reads one mailbox, as it was set up in one revision, until told to stop."""

    def __init__(self, mailbox_id: int, revision: int, takers: Takers) -> None:
        super().__init__(name=f"mailbox-{mailbox_id}", daemon=True)
        self.takers = takers
        self.mailbox_id, self.revision = mailbox_id, revision
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.is_set():
            try:
                pause = self._round()
            except Error:
                log.warning("mailbox %s waits for the database", self.mailbox_id, exc_info=True)
                pause = DATABASE_AWAY
            except Exception:
                log.exception("mailbox %s is tried again", self.mailbox_id)
                pause = LOOK_EVERY
            finally:
                connections.close_all()
            self.over.wait(pause)

    def _round(self) -> float:
        """One connection for as long as it lasts. Returns the seconds to wait before the next."""
        mailbox = Mailbox.objects.active().filter(pk=self.mailbox_id, revision=self.revision).first()
        if mailbox is None:
            self.over.set()
            return 0.0
        begun = time.monotonic()
        try:
            with imap.account(mailbox) as client:
                self._stay(client, mailbox)
        except TierlineError as problem:
            return note_trouble(mailbox, problem.for_people()).total_seconds()
        except (OSError, imaplib.IMAP4.error) as problem:
            if mailbox.failures == 0 and time.monotonic() - begun > LOOK_EVERY:
                return WAKE  # it was fine for a while, then the connection was cut: that is no trouble yet
            told = explain(_as_network(problem), mailbox.host, mailbox.port)
            return note_trouble(mailbox, told.for_people()).total_seconds()
        return 0.0

    def _stay(self, client: IMAPClient, mailbox: Mailbox) -> None:
        """Fetch, wait for news, fetch again."""
        can_idle = client.has_capability("IDLE")
        how = "The server tells of new mail." if can_idle else f"Looked at every {LOOK_EVERY:.0f} seconds."
        while not self.over.is_set():
            done = fetch(client, actor=_MACHINE, mailbox=mailbox, hand_over=self.takers.receive)
            note_well(mailbox, f"{_told(done)} {how}")
            if done.taken:
                continue  # what arrived meanwhile was announced while nobody listened
            connections.close_all()  # nobody knows how long the wait will be
            if can_idle:
                self._idle(client)
            else:
                self.over.wait(LOOK_EVERY)

    def _idle(self, client: IMAPClient) -> None:
        """Until the server tells something, or it is time to ask again. Raises when the connection is gone."""
        if _arrived(client.noop()[1]):
            return  # since the last look
        client.idle()
        until = time.monotonic() + IDLE_FOR
        while not self.over.is_set() and time.monotonic() < until:
            asked = time.monotonic()
            told = client.idle_check(timeout=WAKE)
            # readable, and nothing to read: the other side has hung up, which the line after the loop says
            hung_up = not told and time.monotonic() - asked < WAKE / 2
            if hung_up or _arrived(told):
                break
        client.idle_done()


def _arrived(told: list[Any]) -> bool:
    """Whether there is a new message in what the server told by itself; it also tells of flags, and that it lives."""
    return any(isinstance(one, tuple) and len(one) > 1 and one[1] == b"EXISTS" for one in told)


def _as_network(problem: Exception) -> Exception:
    """An aborted IMAP connection is a broken one."""
    return ConnectionResetError(str(problem)) if isinstance(problem, imaplib.IMAP4.abort) else problem


def _told(done: Pass) -> str:
    if done.known:
        return f"{done.taken} messages taken; {done.known} were here already, the server has counted anew."
    return f"{done.taken} messages taken." if done.taken else "Nothing new."


class Keeper(threading.Thread):
    """Keeps one watcher for each active mailbox, and another one when somebody has changed it."""

    def __init__(self, stopping: threading.Event, takers: Takers) -> None:
        super().__init__(name="mailboxes", daemon=True)
        self.takers = takers
        self.stopping = stopping
        self.watchers: dict[tuple[int, int], Watcher] = {}

    def run(self) -> None:
        while not self.stopping.is_set():
            try:
                self.compare()
            except Error:
                log.warning("the mailboxes cannot be looked up", exc_info=True)
            finally:
                connections.close_all()
            self.stopping.wait(CHANGES_EVERY)
        for watcher in self.watchers.values():
            watcher.over.set()
        for watcher in self.watchers.values():
            watcher.join(WAKE * 4)

    def compare(self) -> None:
        """Start who is missing, stop who is no longer wanted."""
        wanted = set(Mailbox.objects.active().values_list("pk", "revision"))
        for key in list(self.watchers):
            if key not in wanted or not self.watchers[key].is_alive():
                self.watchers.pop(key).over.set()
        for key in wanted - set(self.watchers):
            self.watchers[key] = Watcher(*key, self.takers)
            self.watchers[key].start()
