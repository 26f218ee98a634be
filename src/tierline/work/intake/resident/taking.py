"""The threads that store and understand messages, wherever these came from, each on a connection of its own.

While one waits for the database, another one computes. Messages that have to do with each other are not taken at the
same moment: who answers a message that is being taken, or writes two in a row, comes after it.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import Error, connections

from tierline.core.kernel.actors import Actor
from tierline.work.intake import operations
from tierline.work.intake.operations import Received
from tierline.work.intake.operations.known import known
from tierline.work.intake.rules import related_by

_MACHINE = Actor.machine("intake")


class Takers:
    """Takes messages as soon as a thread is free; whoever hands one over waits so long."""

    def __init__(self, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, "mail-taker")
        self._count = self._free = threads
        self._names: frozenset[str] = frozenset()  # of all that is being taken
        self._changed = threading.Condition()

    def receive(
        self, content: bytes, *, desk_id: int | None = None, mailbox_id: int | None = None, delivery: str = ""
    ) -> "Future[Received]":
        """`operations.receive`, on one of the threads."""

        def work() -> Received:
            return operations.receive(
                actor=_MACHINE, content=content, desk_id=desk_id, mailbox_id=mailbox_id, delivery=delivery
            )

        return self._submit(work, related_by(content))

    def keep_unread(self, content: bytes, *, reason: str, delivery: str) -> "Future[Received]":
        """`operations.keep_unread`, on one of the threads."""

        def work() -> Received:
            return operations.keep_unread(actor=_MACHINE, content=content, reason=reason, delivery=delivery)

        return self._submit(work, frozenset())

    def get_ready(self) -> None:
        """Connect to the database, so that the first message does not wait for it. Raises the database's errors."""
        for one in self._each(known):
            one.result()

    def stop(self) -> None:
        """What is being taken is finished; the connections are closed."""
        self._each(connections.close_all)
        self._threads.shutdown(wait=True)

    def _each(self, work: Callable[[], object]) -> list[Future[None]]:
        """Once on each of the threads."""
        together = threading.Barrier(self._count)

        def run() -> None:
            together.wait()
            work()

        return [self._threads.submit(run) for _ in range(self._count)]

    def _submit(self, work: Callable[[], Received], names: frozenset[str]) -> "Future[Received]":
        with self._changed:
            self._changed.wait_for(lambda: self._free and not names & self._names)
            self._free -= 1
            self._names |= names

        def run() -> Received:
            try:
                return work()
            except Error:
                connections.close_all()  # the next message finds a new one
                raise
            finally:
                with self._changed:
                    self._free += 1
                    self._names -= names
                    self._changed.notify_all()

        return self._threads.submit(run)
