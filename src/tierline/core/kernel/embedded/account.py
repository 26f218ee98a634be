"""Under which account PostgreSQL runs. It refuses root, and a server must not outlive its supervisor.

Everybody but root runs it as themselves. Root enters a user namespace in which root looks like an ordinary
account: files stay root's, no account is made, no folder is opened to others. Where namespaces are refused
(many containers), root hands the cluster to an unprivileged account that keeps one capability: to enter
folders closed to it. A folder that already belongs to an account is always served under that account.
"""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .errors import RootRefused

_LET_THROUGH = "-all,+dac_override"


@dataclass(frozen=True, slots=True)
class Account:
    """The owner of the server's files, and the words to put before a command to run it as that owner."""

    uid: int
    prefix: tuple[str, ...]

    def run_as(self, *command: str) -> list[str]:
        return [*self.prefix, *command]


def choose(cluster: Path, program: Path) -> Account:
    """How to run `program` on `cluster` (which may not exist yet; its parent must). Raises RootRefused."""
    me = os.geteuid()
    if me != 0:
        return Account(me, _dies_with_parent())
    owner = cluster.stat().st_uid if cluster.exists() else 0
    inside = ("unshare", "--user", *_dies_with_parent())
    if owner == 0 and _works(inside, folder=cluster.parent, program=program):
        return Account(0, inside)
    if owner == 0 and cluster.exists():
        raise RootRefused
    uid = owner or _unprivileged()
    become = _become(uid)
    if not _works(become, folder=cluster.parent, program=program):
        raise RootRefused
    return Account(uid, become)


def _become(uid: int) -> tuple[str, ...]:
    known = pwd.getpwuid(uid) if uid in {entry.pw_uid for entry in pwd.getpwall()} else None
    return (
        "setpriv",
        f"--reuid={uid}",
        f"--regid={known.pw_gid if known else uid}",
        "--clear-groups",
        f"--inh-caps={_LET_THROUGH}",
        f"--ambient-caps={_LET_THROUGH}",
        f"--bounding-set={_LET_THROUGH}",
        *_dies_with_parent()[1:],
    )


def _unprivileged() -> int:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    return 65534  # what Linux calls nobody


@cache
def _dies_with_parent() -> tuple[str, ...]:
    """SIGINT (stop now, cleanly) to PostgreSQL when its supervisor is gone; empty where unknown (macOS)."""
    words = ("setpriv", "--pdeathsig", "INT")
    return words if _works(words) else ()


def _works(prefix: tuple[str, ...], *, folder: Path = Path("/"), program: Path = Path("/bin/sh")) -> bool:
    """Whether a process behind `prefix` starts at all, may enter `folder` and may run `program`."""
    if shutil.which(prefix[0]) is None:
        return False
    question = ["sh", "-c", 'test -x "$1" && test -x "$2"', "sh", str(folder), str(program)]
    ran = subprocess.run([*prefix, *question], capture_output=True, timeout=30, check=False)  # noqa: S603 (own words)
    return ran.returncode == 0
