"""What stays running to take mail: a thread for each mailbox, the listener for mail servers, who empties the spool.

They live in the process of the mail receiver (`tierline receiver`): one process that the launcher keeps alive, one way
in (`operations.receive`), and no job of the worker waits for a slow mail server.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .listening import Listener, Place
from .spooling import Collector
from .taking import Takers
from .watching import Keeper

__all__ = ["Collector", "Keeper", "Listener", "Place", "Takers", "running"]


@contextmanager
def running(stopping: threading.Event, places: list[Place], data: Path, threads: int) -> Iterator[Listener]:
    """Read the mailboxes, listen at `places` and empty the spool of `data` until the end of the block.

    Messages are taken by so many threads, whichever way they came.
    """
    takers = Takers(threads)
    collector = Collector(data, takers, stopping)
    keeper = Keeper(stopping, takers)
    listener = Listener(places, takers)
    for one in (collector, keeper, listener):
        one.start()
    try:
        yield listener
    finally:
        stopping.set()
        listener.stop()
        keeper.join()
        collector.join()
        takers.stop()
