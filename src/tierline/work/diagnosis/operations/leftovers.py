"""What readers left behind that were killed: folders with redacted text, and copies of originals of one question."""

import shutil
import time
from pathlib import Path

from django.db import transaction

from tierline.work.diagnosis.models import Evidence
from tierline.work.diagnosis.queries.unfinished import readings

from .process import LONGEST_READING, ONCE


def clear_leftovers() -> int:
    """Remove what nobody works on any more; returns how many folders.

    Whoever reads a file holds its row (`reading.analyse`), also when the process runs on another machine: the folder
    of a row that is free is nobody's.
    """
    folder = readings()
    if not folder.is_dir():
        return 0
    return sum(_clear(one) for one in folder.iterdir())


def _clear(folder: Path) -> bool:
    if folder.name.startswith(ONCE):
        return _is_old(folder) and _gone(folder)
    if not folder.name.isdecimal():
        return False
    with transaction.atomic():
        row = Evidence.objects.filter(pk=int(folder.name))
        free = row.select_for_update(skip_locked=True, no_key=True).exists()
        return (free or not row.exists()) and _gone(folder)


def _is_old(folder: Path) -> bool:
    try:
        return folder.stat().st_mtime < time.time() - LONGEST_READING
    except FileNotFoundError:
        return False


def _gone(folder: Path) -> bool:
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()
