"""A child that ends with its parent, however the parent ended."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PARENT = "TIERLINE_PARENT"  # the pid of the process to end with; it may be gone before its child asks for its own


def announce() -> None:
    """Called by a parent before it starts children that use `end_with_parent`."""
    os.environ[_PARENT] = str(os.getpid())


def end_with_parent() -> None:
    """Ask the system to kill this process when the parent that announced itself is gone; nothing without one.

    There is nothing to end in order: the database goes at the same moment, open transactions are rolled back and
    unfinished jobs are taken up again. Only Linux can do this; elsewhere an orphan holds the port until it is ended.
    """
    parent = int(os.environ.get(_PARENT, "0"))
    if not parent or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:  # it ended before we asked
        os.kill(os.getpid(), signal.SIGKILL)
