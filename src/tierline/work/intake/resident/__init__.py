"""What stays running to take mail: a thread for each mailbox, and the listener for LMTP and SMTP.

They live in the process of the mail receiver (`tierline receiver`), beside the socket of `mail pipe`: one process that
the launcher keeps alive, one way in (`operations.receive`), and no job of the worker waits for a slow mail server.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .listening import Listener, Place
from .watching import Keeper

__all__ = ["Keeper", "Listener", "Place", "running"]


@contextmanager
def running(stopping: threading.Event, places: list[Place]) -> Iterator[Listener]:
    """Read the mailboxes and listen at `places` until the end of the block."""
    keeper = Keeper(stopping)
    keeper.start()
    listener = Listener(places)
    listener.start()
    try:
        yield listener
    finally:
        stopping.set()
        listener.stop()
        keeper.join()
