"""Writing to the timeline: one entry and one job per reaction, in the caller's transaction."""

from datetime import datetime
from functools import cache
from typing import Protocol

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from tierline.core.kernel import clock, jobs, rows
from tierline.core.kernel.actors import Actor

from .models import TimelineEntry
from .rules import Audience, Payload


class Subject(Protocol):
    """A model instance that has a timeline; its row is locked by the caller."""

    version: int

    @property
    def pk(self) -> int: ...
    @property
    def timeline_kind(self) -> str: ...


def record(
    subject: Subject,
    *,
    payload: Payload,
    actor: Actor,
    audience: Audience = Audience.INTERNAL,
    cause: int | None = None,
    at: datetime | None = None,
) -> TimelineEntry:
    """Append `payload` to the subject's timeline and queue its reactions.

    Sets `subject.version` to the new entry's `seq`; the caller saves it. `cause` is the id of the entry that led to
    this one, `at` the moment when it is not now. Must run inside a transaction: roll-back discards entry and jobs
    together.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("record() belongs into the verb's transaction")
    subject.version += 1
    entry = TimelineEntry(
        subject_kind=subject.timeline_kind,
        subject_id=subject.pk,
        seq=subject.version,
        at=at or clock.now(),
        actor_id=actor.person_id,
        actor_label=actor.label,
        on_behalf_of=actor.on_behalf_of,
        kind=payload.kind,
        data=payload.to_data(),
        audience=audience,
        cause_id=cause,
        request_id=actor.request_id,
    )
    return rows.insert(entry, also=jobs.for_row("entry_id", reactions_to(payload.kind)))


def reactions_to(kind: str) -> tuple[str, ...]:
    """The names of the jobs that react to an event kind, in the order of `reactions/table.py`."""
    return _table().get(kind, ())


def erase(*, subject_kind: str, subject_id: int) -> int:
    """Replace the personal data in every entry of a subject; returns how many entries changed.

    Kind, time, order and actor stay, so that measures and `rebuild` keep working.
    """
    changed = 0
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL tierline.erasing = 'on'")
    for entry in TimelineEntry.objects.of(subject_kind, subject_id):
        erased = entry.payload.erase().to_data()
        if erased != entry.data:
            TimelineEntry.objects.filter(pk=entry.pk).update(data=erased)
            changed += 1
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL tierline.erasing = 'off'")
    return changed


@cache
def _table() -> dict[str, tuple[str, ...]]:
    # The table stands on a floor above; it is named in the settings so that no lower room knows who reacts.
    table: dict[str, tuple[str, ...]] = import_string(settings.TIERLINE_REACTIONS)
    return table
