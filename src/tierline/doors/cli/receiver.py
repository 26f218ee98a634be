"""`tierline receiver`: takes mail: from the mailboxes, from mail servers, and over a socket from `tierline mail pipe`.

A process of its own: mail comes in whatever the worker's jobs do, and a desk without a pipe can be without it. Threads
read, so that a slow sender keeps nobody waiting; one thread stores and understands, on one connection to the database
whose statements stay prepared.
"""

import argparse
import contextlib
import json
import logging
import os
import signal
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import data_folder, database, desk, lifeline, mailroom, pipe

log = logging.getLogger(__name__)

READERS = 8  # messages that are read at the same moment; each may be as large as a message may be
PATIENCE = 60.0  # seconds without a byte from a sender
KEPT = 160_000_000  # bytes; a message of so many is too large for the desk, which says so itself
_CHUNK = 1024 * 1024
_ACCEPT_SECONDS = 0.5  # how soon a wish to end is heard


@dataclass(frozen=True, slots=True)
class _Answer:
    """The one line that a sender gets: the exit code for its mail server, and what became of the message."""

    code: int
    told: dict[str, str | bool | None]

    @property
    def data(self) -> dict[str, Any]:
        """The exit code stands first: `mail pipe` reads it without a JSON parser."""
        return {"exit": self.code, **self.told}


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("receiver", help="run the mail receiver alone")
    data_folder.add_option(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    database.require()
    lifeline.end_with_parent()
    folder = data_folder.choose(args.data)
    data_folder.claim(folder)
    desk.set_up_django()
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    with listening(folder) as listener, mailroom.opened(stopping):
        serve(listener, stopping)
    return 0


@contextlib.contextmanager
def listening(folder: Path) -> Iterator[socket.socket]:
    """The socket that `mail pipe` looks for, for this account only; one that a killed run left is replaced."""
    before = Path.cwd()
    fresh = f"{pipe.SOCKET}.{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as listener:
        os.chdir(folder)  # the path of a socket may have 107 bytes, that of a folder any number
        try:
            Path(fresh).unlink(missing_ok=True)
            mask = os.umask(0o177)
            try:
                listener.bind(fresh)
            finally:
                os.umask(mask)
            listener.listen(128)
            Path(fresh).replace(pipe.SOCKET)
        finally:
            os.chdir(before)
        yield listener


def serve(listener: socket.socket, stopping: threading.Event) -> None:
    """Answer until `stopping`; what is being understood then is finished."""
    listener.settimeout(_ACCEPT_SECONDS)
    with ThreadPoolExecutor(1, "intake") as intake, ThreadPoolExecutor(READERS, "reader") as readers:
        while not stopping.is_set():
            with contextlib.suppress(TimeoutError):
                connection, _ = listener.accept()
                readers.submit(_converse, connection, intake)


def _converse(connection: socket.socket, intake: ThreadPoolExecutor) -> None:
    """One message, one answer. A sender that goes away before it was sent whole was promised nothing."""
    with connection, contextlib.suppress(OSError):
        connection.settimeout(PATIENCE)
        message = _read(connection)
        answer = intake.submit(_take, message).result()
        connection.sendall(json.dumps(answer.data).encode() + b"\n")


def _take(message: bytes) -> _Answer:
    from django.db import Error, connection

    from tierline.core.kernel.actors import Actor
    from tierline.core.kernel.errors import TierlineError
    from tierline.work.intake.operations import receive

    if not message:
        return _Answer(pipe.REFUSED, {"reason": "There is no message."})
    try:
        received = receive(actor=Actor.machine("intake"), content=message)
    except TierlineError as refused:
        return _Answer(pipe.REFUSED if refused.permanent else pipe.LATER, {"reason": refused.for_people()})
    except Error:
        # Stored or not: when the same bytes come again they are the same message.
        log.exception("the database did not take a message")
        connection.close()
        return _Answer(pipe.LATER, {"reason": "The database is away."})
    return _Answer(
        pipe.STORED,
        {
            "outcome": received.outcome,
            "ticket": received.ticket,
            "reason": received.reason,
            "auto_reply": received.auto_reply,
        },
    )


def _read(connection: socket.socket) -> bytes:
    """The message that is announced. Raises ConnectionError when it ends too early."""
    length = int.from_bytes(_exactly(connection, pipe.LENGTH_BYTES, kept=pipe.LENGTH_BYTES), "big")
    return _exactly(connection, length, kept=KEPT)


def _exactly(connection: socket.socket, length: int, *, kept: int) -> bytes:
    """The next `length` bytes, the first `kept` of them; the rest is taken all the same: who sends does not listen."""
    taken = bytearray()
    while length > 0:
        piece = connection.recv(min(length, _CHUNK))
        if not piece:
            raise ConnectionError("the sender ended within its message")
        length -= len(piece)
        taken += piece[: max(0, kept - len(taken))]
    return bytes(taken)
