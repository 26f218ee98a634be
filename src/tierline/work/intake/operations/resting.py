"""A mail server that keeps everybody waiting is left alone for a minute, so that other work is not kept waiting too.

In this process only: a worker has few hands, and a thousand mails to a server that hangs would hold all of them.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from tierline.work.intake.errors import MailServerError

SLOW = 5.0  # seconds; whoever fails after that has held a hand of the worker for nothing
REST = 60.0  # seconds
_lock = Lock()
_resting: dict[tuple[str, int], tuple[float, str]] = {}


@contextmanager
def unless_resting(host: str, port: int) -> Iterator[None]:
    """Ask this server, unless it was slow to fail a moment ago. Raises MailServerError with what it did then."""
    place, begun = (host, port), time.monotonic()
    with _lock:
        until, words = _resting.get(place, (0.0, ""))
    if until > begun:
        raise MailServerError(f"The mail server rests for a minute, because it kept others waiting. {words}")
    try:
        yield
    except MailServerError as problem:
        if time.monotonic() - begun >= SLOW:
            with _lock:
                _resting[place] = (time.monotonic() + REST, problem.message)
        raise
    with _lock:
        _resting.pop(place, None)


def forget() -> None:
    """Ask every server again."""
    with _lock:
        _resting.clear()
