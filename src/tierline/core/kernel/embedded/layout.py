"""What lies in the embedded server's folder, and how its address follows from the folder alone."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from .errors import EmbeddedError

LONGEST_SOCKET_FOLDER = 85  # bytes; with "/.s.PGSQL.5432.lock" it stays under the 104 of macOS and the 108 of Linux
OWNER = "tierline"
DATABASE = "tierline"
PORT = 5432  # a part of the socket's name only; said everywhere, because PGPORT would change it


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths of one embedded server. `folder` must be absolute."""

    folder: Path

    @property
    def cluster(self) -> Path:
        """PostgreSQL's data directory."""
        return self.folder / "cluster"

    @property
    def half_made(self) -> Path:
        """Where initdb works; renamed to `cluster` when it has finished."""
        return self.folder / "cluster.new"

    @property
    def lock(self) -> Path:
        """Held with flock by the one supervisor."""
        return self.folder / "lock"

    @property
    def users(self) -> Path:
        """Held shared with flock by each process that attached."""
        return self.folder / "users"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def sockets(self) -> Path:
        """The folder of the Unix socket: inside, or in /tmp when the path is too long for a socket."""
        inside = self.folder / "socket"
        if len(os.fsencode(inside)) <= LONGEST_SOCKET_FOLDER:
            return inside
        name = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return Path(f"/tmp/tierline-{os.getuid()}-{name}")  # noqa: S108 (0700 and checked for its owner in use)

    def url(self, database: str = DATABASE, user: str = OWNER) -> str:
        """A libpq address through the socket."""
        return f"postgresql://{user}@:{PORT}/{database}?host={quote(str(self.sockets), safe='/')}"

    def prepare_sockets(self, owner: int) -> None:
        """Make the socket folder, 0700; a folder in /tmp that another account put there is refused."""
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        seen = self.sockets.lstat()
        if seen.st_uid not in (owner, os.getuid()) or self.sockets.is_symlink():
            raise EmbeddedError(
                f"The socket folder {self.sockets} belongs to another account.",
                todo="Choose a data folder with a shorter path, or have that folder removed.",
            )
        if seen.st_uid != owner:
            os.chown(self.sockets, owner, -1)
        self.sockets.chmod(0o700)


def of(folder: Path) -> Layout:
    """The layout of `folder`, made absolute."""
    return Layout(folder.expanduser().resolve())
