"""How fast a mail server can pipe mail into the desk, and that a killed receiver loses and doubles nothing.

    ./tierline bench pipe --messages 1000

First each message by a program of its own, one after the other, as a mail server does it; the clock runs until the last
one is stored and understood in the database. Then the same with the receiver killed (SIGKILL) again and again until all
is taken; afterwards every message must be there exactly once.
"""

import argparse
import hashlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from bench.mails import Writer
from tierline.core.kernel.spool import Spool

_CHECKOUT = Path(__file__).resolve().parents[1]
LAUNCHER = _CHECKOUT / "tierline"
_PATIENCE = 60  # seconds for a receiver to come up
_LOOK_EVERY = 0.02  # seconds


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--messages", type=int, default=1000, metavar="N", help="how many, each time (1000)")
    parser.add_argument("--kill-every", type=float, default=1.0, metavar="SECONDS", help="at most; random (1.0)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="for the random words and moments (1)")


def run(args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    from tierline.desk.people.models import Desk

    Desk.objects.create(key="it", name="IT", kind="it")
    data = Path(os.environ["TIERLINE_DATA"])
    mails = Writer(args.seed).stream(2 * args.messages + 1)
    with Receiver(data) as receiver:
        receiver.start()
        pipe(data, mails.pop())  # the first one of a process waits for its connection
        until_empty(data)
        yield {"measure": "pipe", "messages": args.messages, **_one_by_one(data, mails[: args.messages])}
        with Killer(receiver, args.kill_every, args.seed) as killer:
            for mail in mails[args.messages :]:
                pipe(data, mail)
            until_empty(data)
    yield {"measure": "pipe_killed", "messages": args.messages, "kills": killer.kills, **count()}


class Receiver:
    """`tierline receiver` as a process that can be killed and started again."""

    def __init__(self, data: Path, environment: dict[str, str] | None = None) -> None:
        self.data = data
        parent = str(os.getpid())  # it ends with us, however we end
        ours = {"TIERLINE_DATA": str(data), "TIERLINE_PARENT": parent, "PYTHONPATH": str(_CHECKOUT / "src")}
        self._environment = {**os.environ, **(environment or {}), **ours}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it takes what is in the spool. Raises RuntimeError when it ends before."""
        words = [sys.executable, "-m", "tierline.doors.cli", "receiver", "--data", str(self.data)]
        self._process = subprocess.Popen(words, env=self._environment)  # noqa: S603 (our own command)
        until = time.monotonic() + _PATIENCE
        while not Spool(self.data, make=False).state().attended:
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the receiver did not come up")
            time.sleep(_LOOK_EVERY)

    def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is tidied up."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


class Killer:
    """Kills a receiver at random moments, and starts it again, while other things happen."""

    def __init__(self, receiver: Receiver, every: float, seed: int) -> None:
        self.kills = 0
        self._receiver, self._every, self._pick = receiver, every, random.Random(seed)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        longest, waiting = self._every, self._waiting()
        while not self._done.wait(self._pick.uniform(0.01, longest)):
            self._receiver.kill()
            self.kills += 1
            # where a busy machine takes nothing in so short a life, the next one is longer
            before, waiting = waiting, self._waiting()
            longest = self._every if waiting < before else 2 * longest
            self._receiver.start()

    def _waiting(self) -> int:
        return len(Spool(self._receiver.data).files())

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()


def pipe(data: Path, mail: bytes) -> None:
    """Pipe one message as a mail server does. Raises RuntimeError when it is not kept."""
    words = [str(LAUNCHER), "mail", "pipe", "--data", str(data)]
    ended = subprocess.run(words, input=mail, capture_output=True, check=False)  # noqa: S603 (our own command)
    if ended.returncode:
        raise RuntimeError(f"a message was not kept: exit code {ended.returncode}, {ended.stderr.decode()}")


def until_empty(data: Path, patience: float = 600.0) -> None:
    """Wait until everything that was piped is taken. Raises RuntimeError when that takes too long."""
    until = time.monotonic() + patience
    while Spool(data).files():
        if time.monotonic() > until:
            raise RuntimeError("the spool was not emptied")
        time.sleep(_LOOK_EVERY)


def _one_by_one(data: Path, mails: list[bytes]) -> dict[str, Any]:
    """The programs alone, one after the other; and until each message was in the database."""
    from bench.intake import _summary

    began: list[float] = []
    spent: list[float] = []
    for mail in mails:
        began.append(time.time())
        pipe(data, mail)
        spent.append(time.time() - began[-1])
    until_empty(data)
    all_stored = time.time() - began[0]
    understood = _understood(mails)
    stored = _summary([done - start for done, start in zip(understood, began, strict=True)])
    del stored["messages_per_s"]  # they overlap
    return {**_summary(spent), "stored": {"messages_per_s": round(len(mails) / all_stored, 1), **stored}}


def _understood(mails: list[bytes]) -> list[float]:
    """When each of these messages got its outcome, in seconds since 1970."""
    from tierline.work.intake.models import InboundMessage

    when = dict(InboundMessage.objects.values_list("blob_id", "understood_at"))
    return [when[hashlib.sha256(mail).hexdigest()].timestamp() for mail in mails]


_COUNT = """
SELECT count(*) FILTER (WHERE outcome = '') AS unfinished, count(*) - count(DISTINCT blob_id) AS twice,
       count(*) FILTER (WHERE outcome = 'ticket') - (SELECT count(*) FROM tickets_ticket) AS tickets_apart,
       count(*) FILTER (WHERE outcome IN ('ticket', 'follow_up'))
           - (SELECT count(*) FROM tickets_message WHERE direction = 'in') AS messages_apart,
       count(*) FILTER (WHERE outcome = 'quarantined') AS unread, count(*) AS stored
FROM intake_inboundmessage
"""


def count() -> dict[str, int]:
    """What is there: all must be 0 but `stored`, which is every message of both turns."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_COUNT)
        return dict(zip((column.name for column in cursor.description), cursor.fetchone(), strict=True))
