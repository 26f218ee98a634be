"""Large files on their way to the object storage, and back when they are read.

A file is written to the data folder first and asked for here in the same transaction. One job at a time, whoever runs
it, carries what waits: writes the object, reads it back, and notes it as carried only when every byte is right. Then
the file in the data folder is a copy that may go when room is needed (`prune`).
"""

import time
from pathlib import Path

from django.db import models
from django.db.models import Q

from tierline.core.kernel import clock, jobs, turns
from tierline.core.kernel.errors import TemporaryError
from tierline.core.kernel.models import Blob, CarriedFile
from tierline.core.kernel.text import one_line

from . import bucket as s3
from . import files
from .troubles import StorageTrouble, Trouble

JOB = "kernel.carry_files"
_ROUND_TAKES = 60.0  # seconds, then other jobs get their turn
_BATCH = 50
_HOUR = 3600  # seconds


class FileAway(TemporaryError):
    """The file is in the object storage, and cannot be had from there now."""

    code = "file_away"
    default = "This file is in the object storage, which does not give it out now."


def ask_to_carry(sha256: str) -> None:
    """Have a file carried, in the transaction that keeps it; without an object storage nothing happens."""
    if s3.given() is None:
        return
    row, _ = CarriedFile.objects.get_or_create(sha256=sha256, defaults={"asked_at": clock.now()})
    if row.leaving:
        CarriedFile.objects.filter(pk=row.pk).update(leaving=False, place="", carried_at=None)
    _wake()


def ask_to_delete(sha256: str) -> None:
    """Have the object deleted, in the transaction that forgets the content."""
    if CarriedFile.objects.filter(sha256=sha256).update(leaving=True, asked_at=clock.now(), tried_at=None):
        _wake()


def _wake() -> None:
    jobs.enqueue(JOB, lock=JOB)


def carry() -> int:
    """Carry what waits, delete what should go, for at most a minute; returns how many files were done.

    One carrier at a time; a second one does nothing. It stops at the first trouble that concerns all files: the next
    minute tries again.
    """
    where = s3.given()
    if where is None:
        return 0
    with turns.alone(JOB) as alone:
        return _carry_for_a_while(where) if alone else 0


def _carry_for_a_while(where: s3.Settings) -> int:
    opened, until, began, done = s3.Bucket(where, s3.CARRY_WITHIN), time.monotonic() + _ROUND_TAKES, clock.now(), 0
    while found := list(waiting(where).exclude(tried_at__gte=began).order_by("pk")[:_BATCH]):
        for row in found:
            CarriedFile.objects.filter(pk=row.pk).update(tried_at=began)
            try:
                (_delete_one if row.leaving else _carry_one)(opened, row)
            except StorageTrouble as problem:
                CarriedFile.objects.filter(pk=row.pk).update(problem=one_line(problem.for_people(), 300))
                if problem.concerns_all:
                    return done
            else:
                done += 1
            if time.monotonic() > until:
                _wake()
                return done
    return done


def waiting(where: s3.Settings) -> models.QuerySet[CarriedFile]:
    """What is not in this bucket yet, or should be deleted there."""
    return CarriedFile.objects.filter(Q(leaving=True) | ~Q(place=where.place))


def _carry_one(opened: s3.Bucket, row: CarriedFile) -> None:
    name, path = opened.settings.name_of(row.sha256), files.path_of(row.sha256)
    if path.is_file():
        opened.put(name, path)
    elif not row.carried_at:
        raise StorageTrouble(
            Trouble.MISSING,
            "The file is not in this data folder.",
            "All web and worker processes need the same folder (TIERLINE_DATA).",
        )
    if opened.sha256(name) != row.sha256:
        raise StorageTrouble(Trouble.DAMAGED, "What the object storage gives back is not what was carried there.")
    CarriedFile.objects.filter(pk=row.pk, leaving=False).update(
        carried_at=clock.now(), place=opened.settings.place, problem=""
    )


def _delete_one(opened: s3.Bucket, row: CarriedFile) -> None:
    opened.delete(opened.settings.name_of(row.sha256))
    CarriedFile.objects.filter(pk=row.pk, leaving=True).delete()  # not when the same content came again meanwhile


def fetch(sha256: str, *, within: float = s3.READ_WITHIN) -> Path:
    """The file's copy in the data folder, fetched again and compared with its SHA-256. Raises FileAway."""
    try:
        where = s3.needed()
        written = files.write(s3.Bucket(where, within).read(where.name_of(sha256)))
    except StorageTrouble as problem:
        CarriedFile.objects.filter(sha256=sha256).update(problem=one_line(problem.for_people(), 300))
        raise FileAway(todo=_todo(problem)) from problem
    if written.sha256 != sha256:
        written.path.unlink(missing_ok=True)
        raise FileAway("The object storage gives out something else under this file's name; it was not opened.")
    CarriedFile.objects.filter(sha256=sha256, leaving=False).update(problem="")
    return files.adopt(written)


def _todo(problem: StorageTrouble) -> str:
    if problem.concerns_all:
        return "Try again in a minute; an administrator finds the reason in Set-up, Files."
    return "It has to be brought back from a backup; an administrator finds the reason in Set-up, Files."


def carry_everything() -> int:
    """Have every large file carried that nobody asked for: it is older than the bucket. Returns how many."""
    if s3.given() is None:
        return 0
    known = CarriedFile.objects.values("sha256")
    left = Blob.objects.filter(inline=None).exclude(sha256__in=known).values_list("sha256", flat=True)
    now = clock.now()
    made = [CarriedFile(sha256=sha256, asked_at=now) for sha256 in left.iterator()]
    CarriedFile.objects.bulk_create(made, ignore_conflicts=True, batch_size=1000)
    if made:
        _wake()
    return len(made)


def carry_soon() -> None:
    """Have everything that is not there yet carried as soon as a worker is free."""
    carry_everything()
    _wake()


def prune() -> int:
    """Keep the data folder's files within `TIERLINE_S3_CACHE` bytes: copies that were not used for longest go first.

    A file that is not carried yet never goes. Returns how many went.
    """
    files.sweep(time.time() - 24 * _HOUR)
    where = s3.given()
    if where is None:
        return 0
    kept = sorted(files.every())
    too_much = sum(one.size for one in kept) - where.cache
    gone = 0
    for start in range(0, len(kept), 1000):
        if too_much <= 0:
            break
        batch = kept[start : start + 1000]
        names = [one.path.name for one in batch]
        may_go = set(carried(where).filter(sha256__in=names).values_list("sha256", flat=True))
        for one in batch:
            if too_much > 0 and one.path.name in may_go:
                one.path.unlink(missing_ok=True)
                too_much, gone = too_much - one.size, gone + 1
    return gone


def carried(where: s3.Settings) -> models.QuerySet[CarriedFile]:
    """What this bucket has, every byte compared."""
    return CarriedFile.objects.filter(leaving=False, place=where.place)


def bring_back() -> int:
    """Fetch everything that is only in the object storage, before it is switched off; returns how many files.

    Raises FileAway at the first that cannot be had.
    """
    fetched = 0
    for sha256 in Blob.objects.filter(inline=None).order_by("created_at").values_list("sha256", flat=True):
        if not files.path_of(sha256).is_file():
            fetch(sha256, within=s3.CARRY_WITHIN)
            fetched += 1
    return fetched
