"""Tierline's own PostgreSQL: for trying it, for small teams, for tests.

    with embedded.start(Path("data/postgres")) as server:
        psycopg.connect(server.url)

The server is a child of the process that started it and never outlives it by more than its own clean stop. It
listens on a Unix socket in a private folder only. Killing everything at any moment loses nothing that was
committed; the next `start` recovers by itself. For production, give Tierline a PostgreSQL of its own through
DATABASE_URL.
"""

from .errors import (
    DiskFull,
    EmbeddedError,
    FolderInUse,
    NoBinaries,
    NotRunning,
    OtherMajor,
    RootRefused,
    StartFailed,
)
from .server import Server, attach, start, use, written_by

__all__ = [
    "DiskFull",
    "EmbeddedError",
    "FolderInUse",
    "NoBinaries",
    "NotRunning",
    "OtherMajor",
    "RootRefused",
    "Server",
    "StartFailed",
    "attach",
    "start",
    "use",
    "written_by",
]
