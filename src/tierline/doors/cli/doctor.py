"""`tierline doctor`: one line a check, each with what to do when it is not well."""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import psycopg

from tierline.core.kernel import embedded
from tierline.core.kernel.embedded import binaries, layout
from tierline.core.kernel.errors import TierlineError
from tierline.core.kernel.spool import Spool

from . import data_folder, database

EXTENSIONS = ("pg_trgm", "unaccent")
ROOM_FOR_A_MONTH = 2_000_000_000  # bytes
LEAST_ROOM = 300_000_000


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report."""

    name: str
    state: State
    found: str
    todo: str = ""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("doctor", help="check this machine and say what to do")
    data_folder.add_option(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    folder = data_folder.choose(args.data)
    checks = list(examine(folder))
    for check in checks:
        print(f"{check.state:<5} {check.name:<11} {check.found}")
        if check.todo:
            print(f"{'':<17} -> {check.todo}")
    return int(any(check.state is State.FAIL for check in checks))


def examine(folder: Path) -> Iterator[Check]:
    """All checks; one that raises a refusal of ours is a failed one, with the refusal's words."""
    checks: tuple[tuple[str, Callable[[Path], Check]], ...] = (
        ("python", _python),
        ("data", _data),
        ("disk", _disk),
        ("database", _database),
        ("extensions", _extensions),
        ("sandbox", _sandbox),
        ("browser", _browser),
        ("mail", _mail),
        ("spool", _spool),
    )
    for name, look in checks:
        try:
            yield look(folder)
        except TierlineError as refused:
            yield Check(name, State.FAIL, refused.message, refused.todo)


def _python(_folder: Path) -> Check:
    return Check("python", State.OK, f"{platform.python_version()} at {sys.executable}")


def _data(folder: Path) -> Check:
    if not folder.exists():
        return Check("data", State.OK, f"{folder} (made on first start)")
    if not os.access(folder, os.W_OK | os.X_OK):
        return Check("data", State.FAIL, f"{folder} is not writable for you", "Choose another with --data.")
    if not (folder / data_folder.MARKER).exists() and any(folder.iterdir()):
        return Check("data", State.FAIL, f"{folder} holds other things", "Choose another with --data.")
    return Check("data", State.OK, str(folder))


def _disk(folder: Path) -> Check:
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(there).free
    found = f"{free / 1e9:.1f} GB free under {there}"
    if free < LEAST_ROOM:
        return Check("disk", State.FAIL, found, "Make room, or choose another folder with --data.")
    if free < ROOM_FOR_A_MONTH:
        return Check("disk", State.WARN, found, "Make room soon; attachments need it.")
    return Check("disk", State.OK, found)


def _database(folder: Path) -> Check:
    if database.given():
        return Check("database", State.OK, f"PostgreSQL {database.check_given()} of DATABASE_URL")
    place = layout.of(folder / "postgres")
    try:
        embedded.attach(place.folder).stop()
    except embedded.NotRunning:
        written_by = embedded.written_by(place.folder)
        found = binaries.find(written_by)
        if written_by not in (None, found.major):
            raise embedded.OtherMajor(place.folder, found=written_by or 0, brought=found.major) from None
        return Check("database", State.OK, f"embedded PostgreSQL {found.major}, not running now ({found.folder})")
    return Check("database", State.OK, "embedded PostgreSQL, running")


def _extensions(folder: Path) -> Check:
    missing = sorted(set(EXTENSIONS) - _available(folder))
    if missing:
        todo = "Install PostgreSQL's contrib package (Debian has it in the server package)."
        return Check("extensions", State.FAIL, f"missing: {', '.join(missing)}", todo)
    return Check("extensions", State.OK, ", ".join(EXTENSIONS))


def _available(folder: Path) -> set[str]:
    """Names of the extensions that the server can create; the embedded one need not run for that."""
    if database.given():
        database.check_given()
        with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
            return {row[0] for row in connection.execute("SELECT name FROM pg_available_extensions")}
    found = binaries.find(embedded.written_by(folder / "postgres"))
    asked = subprocess.run(  # noqa: S603 (PostgreSQL's own program)
        [str(found.folder / "pg_config"), "--sharedir"], capture_output=True, text=True, check=False
    )
    return {path.stem for path in (Path(asked.stdout.strip()) / "extension").glob("*.control")}


def _sandbox(_folder: Path) -> Check:
    """Recipes run in bubblewrap under prlimit, or not at all."""
    todo = "Recipes will not run in the lab. Debian, Ubuntu: apt install bubblewrap."
    absent = [program for program in ("bwrap", "prlimit") if shutil.which(program) is None]
    if absent:
        return Check("sandbox", State.WARN, f"missing: {', '.join(absent)}", todo)
    words = ["prlimit", "--nofile=64", "bwrap", "--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "true"]
    tried = subprocess.run(words, capture_output=True, text=True, timeout=20, check=False)  # noqa: S603 (own words)
    if tried.returncode:
        reason = (tried.stderr.strip() or "refused").splitlines()[-1]
        return Check("sandbox", State.WARN, reason, "Recipes will not run in the lab: namespaces are refused here.")
    return Check("sandbox", State.OK, "bubblewrap and prlimit work")


def _browser(_folder: Path) -> Check:
    from .test import chromium

    found = chromium()
    if found:
        return Check("browser", State.OK, f"{found} (for the project's own tests)")
    return Check("browser", State.OK, "no Chromium; only the project's browser tests need it")


def _mail(_folder: Path) -> Check:
    if os.environ.get("TIERLINE_SMTP_URL"):
        return Check("mail", State.OK, "TIERLINE_SMTP_URL is set")
    todo = "Answers stay in the portal until TIERLINE_SMTP_URL names a server (smtp://user:password@host:587)."
    return Check("mail", State.WARN, "no outgoing mail server", todo)


def _spool(folder: Path) -> Check:
    """Mail that was piped in and that nobody takes."""
    spool = Spool(folder, make=False)
    state = spool.state()
    if state.refused:
        found = f"{len(state.refused)} piped mail cannot be taken: {', '.join(state.refused[:3])}"
        return Check("spool", State.FAIL, found, f"The mail receiver's log says why. They stay in {spool.folder}.")
    if state.since is None:
        return Check("spool", State.OK, "no piped mail waits")
    waited = time.time() - state.since
    found = f"{state.waiting} piped mail, the oldest for {waited:.0f} s"
    if not state.attended:
        return Check("spool", State.WARN, f"{found}; nobody takes it", "Start the desk: tierline up.")
    if state.is_stuck(time.time()):
        return Check("spool", State.FAIL, found, "The mail receiver runs; its log says what keeps it.")
    return Check("spool", State.OK, found)
