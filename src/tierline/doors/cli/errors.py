"""What can keep a command from running, each in a sentence with what to do."""

from pathlib import Path

from tierline.core.kernel.errors import TierlineError


class CannotRun(TierlineError):
    """A command ends before it changed anything."""

    code = "cannot_run"


class PortTaken(CannotRun):
    """Another program listens there."""

    def __init__(self, bind: str, port: int) -> None:
        super().__init__(
            f"Port {port} on {bind} is taken by another program.",
            todo=f"Choose another one: --port {port + 1}.",
        )


class PortRefused(CannotRun):
    """The system does not let us listen there."""

    def __init__(self, bind: str, port: int, reason: str) -> None:
        super().__init__(
            f"Tierline cannot listen on {bind}, port {port}: {reason}.",
            todo="Choose another --port (1024 or higher needs no rights) or an address of this machine for --bind.",
        )


class FolderNotWritable(CannotRun):
    """The data folder cannot be used by this account."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"The data folder {folder} cannot be used: {reason}.",
            todo="Choose another with --data, or make this one writable for you.",
        )


class ForeignFolder(CannotRun):
    """The data folder holds somebody else's files."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"The folder {folder} holds other things than Tierline's.",
            kept="Nothing was changed.",
            todo="Name an empty or new folder with --data.",
        )


class DatabaseUnreachable(CannotRun):
    """DATABASE_URL names a server that does not answer as it should."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The database in DATABASE_URL cannot be used: {reason}.",
            todo="Correct the variable, or unset it to use the embedded PostgreSQL.",
        )


class ChildFailed(CannotRun):
    """A process of ours ended while starting."""

    def __init__(self, name: str, code: int) -> None:
        super().__init__(f"The {name} ended with code {code} while starting; the lines above say why.")
