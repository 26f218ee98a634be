"""Words for the person at the terminal. Progress and problems go to standard error, answers to standard output."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


def say(text: str) -> None:
    """One line of progress."""
    print(f"tierline: {text}", file=sys.stderr, flush=True)


def problem(sentence: str) -> None:
    """Why the command ends without success, and what to do."""
    print(f"tierline: {sentence}", file=sys.stderr, flush=True)


@contextmanager
def step(text: str) -> Iterator[None]:
    """Say what begins, and afterwards how long it took when that was noticeable."""
    say(text)
    began = time.monotonic()
    yield
    if (took := time.monotonic() - began) > 1:
        say(f"  done in {took:.1f} s")
