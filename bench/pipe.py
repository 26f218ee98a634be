"""How fast a mail server can pipe mail into the desk, and that a killed receiver loses and doubles nothing.

    ./tierline bench pipe --messages 1000

First each message by a program of its own, one after the other, as a mail server does it. Then the same with the
receiver killed (SIGKILL) again and again while they come: what was not confirmed is piped once more, as a mail server
does it, and afterwards every message must be there exactly once.
"""

import argparse
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

_CHECKOUT = Path(__file__).resolve().parents[1]
LAUNCHER = _CHECKOUT / "tierline"
TRY_AGAIN = 0.1  # seconds; a mail server waits longer
_PATIENCE = 60  # seconds for a receiver to come up
_TRIES = 300


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--messages", type=int, default=1000, metavar="N", help="how many, each time (1000)")
    parser.add_argument("--kill-every", type=float, default=1.0, metavar="SECONDS", help="at most; random (1.0)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="for the random words and moments (1)")


def run(args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    from tierline.desk.people.models import Desk

    Desk.objects.create(key="it", name="IT", kind="it")
    data = Path(os.environ["TIERLINE_DATA"])
    data.mkdir(exist_ok=True)
    mails = Writer(args.seed).stream(2 * args.messages)
    with Receiver(data) as receiver:
        receiver.start()
        yield {"measure": "pipe", "messages": args.messages, **_one_by_one(data, mails[: args.messages])}
        killer = Killer(receiver, args.kill_every, args.seed)
        with killer:
            tries = sum(until_stored(data, mail) for mail in mails[args.messages :])
    again = tries - args.messages
    yield {"measure": "pipe_killed", "messages": args.messages, "kills": killer.kills, "piped_again": again, **count()}


class Receiver:
    """`tierline receiver` as a process that can be killed and started again."""

    def __init__(self, data: Path, environment: dict[str, str] | None = None) -> None:
        self.data = data
        parent = str(os.getpid())  # it ends with us, however we end
        ours = {"TIERLINE_DATA": str(data), "TIERLINE_PARENT": parent, "PYTHONPATH": str(_CHECKOUT / "src")}
        self._environment = {**os.environ, **(environment or {}), **ours}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it listens. Raises RuntimeError when it ends before."""
        socket = self.data / "receiver.sock"
        before = socket.stat().st_ino if socket.exists() else None
        words = [sys.executable, "-m", "tierline.doors.cli", "receiver", "--data", str(self.data)]
        self._process = subprocess.Popen(words, env=self._environment)  # noqa: S603 (our own command)
        until = time.monotonic() + _PATIENCE
        while not socket.exists() or socket.stat().st_ino == before:
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the receiver did not come up")
            time.sleep(0.01)

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
        while not self._done.wait(self._pick.uniform(0.01, self._every)):
            self._receiver.kill()
            self.kills += 1
            self._receiver.start()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()


def pipe(data: Path, mail: bytes) -> int:
    """Pipe one message as a mail server does; returns the exit code."""
    words = [str(LAUNCHER), "mail", "pipe", "--data", str(data)]
    ended = subprocess.run(words, input=mail, capture_output=True, check=False)  # noqa: S603 (our own command)
    return ended.returncode


def until_stored(data: Path, mail: bytes) -> int:
    """Pipe one message until it is stored; returns how often that took."""
    for attempt in range(1, _TRIES):
        code = pipe(data, mail)
        if code == os.EX_OK:
            return attempt
        if code != os.EX_TEMPFAIL:
            raise RuntimeError(f"a message was refused with exit code {code}")
        time.sleep(TRY_AGAIN)
    raise RuntimeError("a message was never stored")


def _one_by_one(data: Path, mails: list[bytes]) -> dict[str, float]:
    from bench.intake import _summary

    spent: list[float] = []
    for mail in mails:
        began = time.perf_counter()
        code = pipe(data, mail)
        spent.append(time.perf_counter() - began)
        if code:
            raise RuntimeError(f"a message was not stored: exit code {code}")
    return _summary(spent)


_COUNT = """
SELECT count(*) FILTER (WHERE outcome = '') AS unfinished, count(*) - count(DISTINCT blob_id) AS twice,
       count(*) FILTER (WHERE outcome = 'ticket') - (SELECT count(*) FROM tickets_ticket) AS tickets_apart,
       count(*) FILTER (WHERE outcome IN ('ticket', 'follow_up'))
           - (SELECT count(*) FROM tickets_message WHERE direction = 'in') AS messages_apart,
       count(*) AS stored
FROM intake_inboundmessage
"""


def count() -> dict[str, int]:
    """What is there: all must be 0 but `stored`, which is every message of both turns, after the rest is understood."""
    from django.db import connection

    from tierline.core.kernel.actors import Actor
    from tierline.work.intake.models import InboundMessage
    from tierline.work.intake.operations import understand

    for inbound_id in InboundMessage.objects.unfinished().values_list("pk", flat=True):
        understand(actor=Actor.machine("intake"), inbound_id=inbound_id)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT)
        return dict(zip((column.name for column in cursor.description), cursor.fetchone(), strict=True))
