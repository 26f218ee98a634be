"""The spool: a folder in which short-lived programs leave files for one process that takes them.

Who leaves a file gives it a name that no other has, writes it, and ends it with a line that says so (`END`). A file
without that line is not whole: its writer still writes, or was killed and has promised nothing to anybody.

Who takes files counts each try in the file's name (`NAME.2`) before looking into it, so that a file that kills the
process is known for it afterwards. One process at a time takes files: it holds a lock that the system lets go of when
the process ends, however it ends. A file that cannot be taken at all stays, as `NAME.refused`, until somebody looks.
"""

import contextlib
import fcntl
import os
import re
import stat
import time
from dataclasses import dataclass, replace
from pathlib import Path

FOLDER = "spool"  # in the data folder
END = b"\nend of %s\n"
FORGOTTEN_AFTER = 24 * 3600.0  # seconds; an unfinished file that has not grown for so long
STUCK_AFTER = 30.0  # seconds
LOOKED_AT = 1000  # files, for the state
_NAME = re.compile(r"([0-9a-f-]{16,64})(?:\.(\d{1,3}|refused))?")


@dataclass(frozen=True, slots=True)
class Left:
    """A file as it lies there: `since` when (seconds since 1970), `tries` how often somebody began to take it."""

    name: str
    tries: int
    refused: bool
    since: float
    size: int

    @property
    def file(self) -> str:
        if self.refused:
            return f"{self.name}.refused"
        return f"{self.name}.{self.tries}" if self.tries else self.name


@dataclass(frozen=True, slots=True)
class State:
    """How it stands: how many files wait (at most `LOOKED_AT` are counted) and since when (seconds since 1970).

    `attended` says whether somebody takes them; `refused` are the files that cannot be taken.
    """

    waiting: int
    since: float | None
    attended: bool
    refused: tuple[str, ...]

    def is_stuck(self, now: float) -> bool:
        """Whether files wait longer than they do when somebody takes them."""
        return self.since is not None and now - self.since > STUCK_AFTER


class Spool:
    """The spool of one data folder. Made if it is not there, unless it is only looked at (`make=False`)."""

    def __init__(self, data: Path, *, make: bool = True) -> None:
        self.folder = data / FOLDER
        self._lock: int | None = None
        if make:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def attend(self) -> bool:
        """Be the one who takes files, until `leave` or the end of the process; False while another is."""
        if self._lock is None:
            self._lock = self._locked()
        return self._lock is not None

    def leave(self) -> None:
        """Let another one take files."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _locked(self) -> int | None:
        lock = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return None
        return lock

    def files(self) -> list[Left]:
        """What lies there, whole or not, the first left first."""
        found: list[tuple[int, Left]] = []
        with os.scandir(self.folder) as entries:
            for entry in entries:
                known = _NAME.fullmatch(entry.name)
                with contextlib.suppress(FileNotFoundError):  # taken meanwhile
                    about = entry.stat(follow_symlinks=False)
                    if known and stat.S_ISREG(about.st_mode):
                        name, mark = known[1], known[2] or "0"
                        refused = mark == "refused"
                        tries = 0 if refused else int(mark)
                        found.append((about.st_mtime_ns, Left(name, tries, refused, about.st_mtime, about.st_size)))
        return [left for _, left in sorted(found, key=lambda one: (one[1].tries, one[0], one[1].name))]

    def is_whole(self, left: Left) -> bool:
        """Whether its writer has finished it. False when it is gone; raises OSError when it cannot be read."""
        with contextlib.suppress(FileNotFoundError), self._path(left).open("rb") as file:
            end = END % left.name.encode()
            file.seek(max(0, left.size - len(end)))
            return file.read(len(end) + 1) == end
        return False

    def content(self, left: Left) -> bytes:
        """What was left in a whole file. Raises OSError."""
        return self._path(left).read_bytes()[: -len(END % left.name.encode())]

    def try_again(self, left: Left) -> Left:
        """Count a try, before the file is looked into."""
        return self._renamed(left, replace(left, tries=left.tries + 1))

    def give_back(self, left: Left) -> Left:
        """This try does not count: it was not the file's fault."""
        return self._renamed(left, replace(left, tries=left.tries - 1))

    def refuse(self, left: Left) -> None:
        """Keep the file, and do not take it any more."""
        self._renamed(left, replace(left, refused=True))

    def done(self, left: Left) -> None:
        """What was left is safe elsewhere."""
        self._path(left).unlink(missing_ok=True)

    def tidy(self) -> None:
        """Delete what was never finished: nobody was told that it is here."""
        before = time.time() - FORGOTTEN_AFTER
        for left in self.files():
            if left.since < before and not left.refused:
                with contextlib.suppress(OSError):
                    if not self.is_whole(left):
                        self.done(left)

    def state(self) -> State:
        """How it stands, for people; an empty one where there is no spool."""
        if not self.folder.is_dir():
            return State(0, None, attended=False, refused=())
        files = self.files()
        waiting = [left for left in files[:LOOKED_AT] if not left.refused and self._waits(left)]
        lock = self._locked()
        if lock is not None:
            os.close(lock)
        since = waiting[0].since if waiting else None
        return State(len(waiting), since, lock is None, tuple(left.file for left in files if left.refused))

    def _waits(self, left: Left) -> bool:
        try:
            return self.is_whole(left)
        except OSError:
            return True  # whoever takes files cannot read it either

    def _path(self, left: Left) -> Path:
        return self.folder / left.file

    def _renamed(self, left: Left, now: Left) -> Left:
        self._path(left).rename(self._path(now))
        return now
