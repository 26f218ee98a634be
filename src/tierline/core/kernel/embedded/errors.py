"""Why an embedded PostgreSQL is not there, each in a sentence with what to do about it."""

from pathlib import Path

from tierline.core.kernel.errors import TierlineError


class EmbeddedError(TierlineError):
    """The embedded server could not be started. Nothing in the data folder was lost."""

    code = "embedded_database"


class FolderInUse(EmbeddedError):
    """Another Tierline holds the data folder."""

    code = "data_folder_in_use"

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"The data folder {folder} is in use by another Tierline that is running.",
            todo="Stop that one first, or choose another folder with --data.",
        )


class NotRunning(EmbeddedError):
    """There is nothing to attach to."""

    code = "not_running"

    def __init__(self, folder: Path) -> None:
        super().__init__(f"No Tierline is running on the data folder {folder}.", todo="Start one with `./tierline up`.")


class OtherMajor(EmbeddedError):
    """PostgreSQL reads only the files of its own major version."""

    code = "other_major"

    def __init__(self, folder: Path, *, found: int, brought: int) -> None:
        super().__init__(
            f"The data folder {folder} was written by PostgreSQL {found}; this Tierline brings {brought}.",
            kept="Nothing was changed.",
            todo=f"Dump it with PostgreSQL {found}'s pg_dump and restore the dump into a new data folder.",
        )


class DiskFull(EmbeddedError):
    """Too little room to start, or the server stopped for want of it."""

    code = "disk_full"

    def __init__(self, folder: Path, *, free: int, needed: int) -> None:
        super().__init__(
            f"The disk of {folder} is full: {free // 1_000_000} MB free, {needed // 1_000_000} MB needed.",
            kept="Nothing was lost.",
            todo="Make room or choose another folder with --data, then start again.",
        )


class NoBinaries(EmbeddedError):
    """No PostgreSQL program of this machine can run."""

    code = "no_postgres"

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(
            "No PostgreSQL could be run here" + (": " + "; ".join(reasons) + "." if reasons else "."),
            todo="Install PostgreSQL 15 or newer (Debian: apt install postgresql), or set DATABASE_URL.",
        )


class RootRefused(EmbeddedError):
    """PostgreSQL does not run as root, and this machine offers no way around."""

    code = "root_refused"

    def __init__(self) -> None:
        super().__init__(
            "PostgreSQL refuses to run as root, and this machine lets root neither enter a user namespace"
            " nor become another account for it.",
            todo="Run Tierline as a normal user, or set DATABASE_URL.",
        )


class StartFailed(EmbeddedError):
    """The server ended, or was not ready in time; the message carries the end of its log."""

    code = "start_failed"

    def __init__(self, what: str, log_tail: str) -> None:
        super().__init__(f"{what} The end of its log:\n{log_tail.rstrip()}\n", todo="Nothing was lost.")
