"""Collecting the static files, compressed and named by their content, once for each state of their sources."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from . import output

STAMP = "collected"


def collect() -> None:
    """Fill STATIC_ROOT unless it was filled from exactly these files."""
    root = Path(str(settings.STATIC_ROOT))
    stamp = root / STAMP
    state = _state()
    if stamp.is_file() and stamp.read_text() == state:
        return
    with output.step("collecting styles and scripts"):
        root.mkdir(parents=True, exist_ok=True)
        stamp.unlink(missing_ok=True)
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)
        stamp.write_text(state)


def _state() -> str:
    """A digest over the names, sizes and dates of all static files and the way they are stored."""
    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: found[0]):
            seen = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{seen.st_size}\0{seen.st_mtime_ns}\n".encode())
    return digest.hexdigest()
