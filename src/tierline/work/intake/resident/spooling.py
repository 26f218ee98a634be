"""Taking what was left in the spool: mail that a mail server piped in, whether the desk ran then or not.

A file is deleted when its message is stored and understood, both on disk. Killed before that, the file is taken again,
and `receive` knows the message again: by its bytes, or by the file's name where the bytes do not tell two messages
apart. A message that nobody can take keeps no other waiting: after some tries it goes into quarantine unread.
"""

import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from django.db import connections

from tierline.core.kernel.spool import Left, Spool
from tierline.work.intake.errors import TooLarge
from tierline.work.intake.operations import Received, is_away
from tierline.work.intake.operations.incoming import MAX_MESSAGE

from .taking import Takers

log = logging.getLogger(__name__)

LOOK_EVERY = 0.1  # seconds
TROUBLE = 5.0  # seconds: the database is away, the disk is full
TIDY_EVERY = 3600.0  # seconds
END_SIZE = 100  # bytes, more than the line at the end of a file
MOST_TRIES = 5  # that ended the process, or in an error of ours
_UNREAD = f"It could not be taken in {MOST_TRIES} tries: each ended in an error, or ended the mail receiver."


class Collector(threading.Thread):
    """Takes the files of the spool in the order in which they were left."""

    def __init__(self, data: Path, takers: Takers, stopping: threading.Event) -> None:
        super().__init__(name="spool", daemon=True)
        self.spool = Spool(data)
        self._takers = takers
        self._stopping = stopping
        self._trouble = threading.Event()
        self._unreadable: set[str] = set()
        self._tidy_at = 0.0
        self._ready = False

    def run(self) -> None:
        while not self._stopping.is_set():
            self._trouble.clear()
            try:
                if not self._ready:
                    self._takers.get_ready()
                    self._ready = True
                if self.spool.attend():
                    self.look()
                else:
                    self._trouble.set()  # another receiver takes them
            except Exception:
                log.exception("piped mail waits")
                self._trouble.set()
            finally:
                connections.close_all()
            self._stopping.wait(TROUBLE if self._trouble.is_set() else LOOK_EVERY)
        self.spool.leave()

    def look(self) -> None:
        """Take what lies there now, and wait until it is taken."""
        if time.monotonic() > self._tidy_at:
            self._tidy_at = time.monotonic() + TIDY_EVERY
            self.spool.tidy()
        begun: list[Future[Received]] = []
        for left in self.spool.files():
            if self._stopping.is_set() or self._trouble.is_set():
                break
            with self._unless_unreadable(left):
                if not left.refused and self.spool.is_whole(left):
                    begun += self._begin(left)
        for future in begun:
            future.exception()  # `_settle` deals with it

    def _begin(self, left: Left) -> "list[Future[Received]]":
        """Hand one file to the threads that take messages, as soon as one of them has room for it."""
        if left.size > MAX_MESSAGE + END_SIZE:
            self._refuse(left, TooLarge.default)
            return []
        tried = self.spool.try_again(left)
        content = self.spool.content(tried)
        if left.tries >= MOST_TRIES:
            future = self._takers.keep_unread(content, reason=_UNREAD, delivery=left.name)
        else:
            future = self._takers.receive(content, delivery=left.name)
        future.add_done_callback(partial(self._settle, tried))
        return [future]

    def _settle(self, left: Left, taken: "Future[Received]") -> None:
        """What became of a file; called by the thread that has taken its message."""
        problem = taken.exception()
        if problem is None:
            self.spool.done(left)
        elif is_away(problem):
            self.spool.give_back(left)
            self._trouble.set()
            log.warning("piped mail waits: %s", problem)
        elif isinstance(problem, TooLarge) or left.tries > MOST_TRIES:
            self._refuse(left, str(problem))
        else:
            log.error("piped mail %s is tried again", left.name, exc_info=problem)

    def _refuse(self, left: Left, why: str) -> None:
        self.spool.refuse(left)
        log.error("piped mail %s cannot be taken and stays in the spool: %s", left.name, why)

    @contextmanager
    def _unless_unreadable(self, left: Left) -> Iterator[None]:
        """A file that this account may not read, or that the disk does not give, keeps no other waiting."""
        try:
            yield
        except OSError:
            if left.name not in self._unreadable:
                self._unreadable.add(left.name)
                log.exception("piped mail %s cannot be read", left.name)
