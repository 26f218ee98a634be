"""Making a cluster, and the settings it runs with."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from .account import Account
from .binaries import Binaries
from .errors import DiskFull, StartFailed
from .layout import PORT, Layout

ROOM_FOR_NEW = 300_000_000  # bytes: a new cluster takes 40 MB, its write-ahead log up to 256 MB
ROOM_FOR_START = 64_000_000  # bytes: four write-ahead log segments
SUPERUSER = "postgres"
_BUILTIN_LOCALE_SINCE = 17
_INITDB_SECONDS = 300

# Small desks on small machines: little memory at rest, no parallel workers (they need /dev/shm, which many
# containers keep at 64 MB), no statement texts in the log because they carry what people wrote.
_ALWAYS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "96MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "512MB",
    "random_page_cost": "1.1",
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    "jit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "logging_collector": "off",
    "log_min_error_statement": "panic",
}
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def settings(layout: Layout, *, durable: bool, extra: Mapping[str, str]) -> list[str]:
    """The `-c name=value` words of the server's command line; `extra` wins."""
    quoted = str(layout.sockets).replace('"', '""')
    chosen = {
        **_ALWAYS,
        "unix_socket_directories": f'"{quoted}"',
        **({} if durable else _NOT_DURABLE),
        **extra,
    }
    return [word for name, value in chosen.items() for word in ("-c", f"{name}={value}")]


def major_of(cluster: Path) -> int | None:
    """The major version that wrote the cluster; None when there is none yet."""
    try:
        return int((cluster / "PG_VERSION").read_text().split(".")[0])
    except FileNotFoundError:
        return None


def check_room(layout: Layout, *, needed: int) -> None:
    """Raises DiskFull when the disk under the folder has less than `needed` bytes left."""
    free = shutil.disk_usage(layout.folder).free
    if free < needed:
        raise DiskFull(layout.folder, free=free, needed=needed)


def create(layout: Layout, binaries: Binaries, account: Account, *, durable: bool) -> None:
    """Run initdb beside the final place, then rename: a killed start leaves no half-made cluster.

    Raises DiskFull, StartFailed.
    """
    check_room(layout, needed=ROOM_FOR_NEW)
    shutil.rmtree(layout.half_made, ignore_errors=True)
    layout.half_made.mkdir(mode=0o700)
    if account.uid != os.geteuid():
        os.chown(layout.half_made, account.uid, -1)
    command = account.run_as(
        binaries.initdb,
        f"--pgdata={layout.half_made}",
        f"--username={SUPERUSER}",
        "--auth=trust",
        "--encoding=UTF8",
        "--data-checksums",
        "--no-instructions",
        *_locale(binaries.major),
        *([] if durable else ["--no-sync"]),
    )
    ran = subprocess.run(  # noqa: S603 (own words and paths)
        command, env=environment(), cwd="/", capture_output=True, text=True, errors="replace",
        timeout=_INITDB_SECONDS, check=False,
    )  # fmt: skip
    if ran.returncode:
        raise failure(layout, "PostgreSQL could not make its data folder.", ran.stdout + ran.stderr)
    layout.half_made.rename(layout.cluster)


def _locale(major: int) -> list[str]:
    """Byte order for sorting, Unicode's own rules for upper and lower case, the same on every machine."""
    if major >= _BUILTIN_LOCALE_SINCE:
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    return ["--locale=C"]


def failure(layout: Layout, what: str, output: str) -> DiskFull | StartFailed:
    """The right error for what PostgreSQL wrote before it gave up."""
    if re.search("No space left on device|Disk quota exceeded", output):
        return disk_full(layout)
    return StartFailed(what, "\n".join(output.splitlines()[-12:]))


def disk_full(layout: Layout) -> DiskFull:
    """The error for a disk that turned out full while working."""
    return DiskFull(layout.folder, free=shutil.disk_usage(layout.folder).free, needed=ROOM_FOR_NEW)


def environment() -> dict[str, str]:
    """Our environment without what would redirect PostgreSQL's programs or change their language."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C"}
