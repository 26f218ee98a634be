"""The data folder: where it is, whether it may be used, and the secret key kept in it."""

import argparse
import os
import secrets
from pathlib import Path

from tierline.core.kernel.spool import Spool

from .errors import FolderNotWritable, ForeignFolder

MARKER = "tierline-data"  # an empty file: this folder is ours
_CHECKOUT = Path(__file__).resolve().parents[4]


def add_option(parser: argparse.ArgumentParser) -> None:
    """The `--data` flag, for every command that touches the desk's data."""
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FOLDER",
        help="where everything is kept (default: TIERLINE_DATA, else ./data beside the launcher)",
    )


def choose(given: Path | None) -> Path:
    """`given`, else TIERLINE_DATA, else `data` in the checkout, else (not writable) the account's own data folder.

    `pipe.sh` finds the same one.
    """
    named = given or os.environ.get("TIERLINE_DATA")
    if named:
        return Path(named).expanduser().resolve()
    beside = _CHECKOUT / "data"
    if os.access(beside if beside.exists() else _CHECKOUT, os.W_OK):
        return beside
    return Path(os.environ.get("XDG_DATA_HOME") or "~/.local/share").expanduser().resolve() / "tierline"


def claim(folder: Path) -> None:
    """Make the folder, mark it as ours and let the settings read it from the environment.

    Raises FolderNotWritable, ForeignFolder.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        foreign = not (folder / MARKER).exists() and any(folder.iterdir())
        if not foreign:
            (folder / MARKER).touch()
            Spool(folder)  # from now on mail can be piped in, whether the desk runs or not
    except (PermissionError, FileExistsError, NotADirectoryError) as problem:
        raise FolderNotWritable(folder, (problem.strerror or "not possible").lower()) from problem
    if foreign:
        raise ForeignFolder(folder)
    os.environ["TIERLINE_DATA"] = str(folder)


def ensure_secret_key(folder: Path) -> None:
    """Keep a random key for sessions and signed links in the folder, readable by its owner only, if none is there."""
    path = folder / "secret-key"
    if path.exists():
        return
    fresh = folder / f"secret-key.{os.getpid()}"
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(48) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(fresh)  # unlike a rename, this leaves a key alone that another start made meanwhile
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
