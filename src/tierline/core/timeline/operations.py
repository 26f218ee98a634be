"""Writing to the timeline: one entry and one job per reaction, in the caller's transaction."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any, Protocol, cast

from django.conf import settings
from django.db import connection, models
from django.utils.module_loading import import_string

from tierline.core.kernel import clock, jobs, rows
from tierline.core.kernel.actors import Actor

from .models import TimelineEntry
from .rules import Audience, Payload


class Subject(Protocol):
    """A model instance that has a timeline; its row is locked by the caller, or new."""

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
    entry = _entry(subject, payload, actor, audience, cause, at)
    return rows.insert(entry, also=_reactions(entry))


def begin(
    subject: Subject,
    *,
    payload: Payload,
    actor: Actor,
    audience: Audience = Audience.INTERNAL,
    at: datetime | None = None,
    parts: Sequence[rows.Part] = (),
) -> TimelineEntry:
    """Write a new subject, `parts` of it, its first entry and the entry's reactions: all in one statement.

    As `record`; the subject is no row yet, and needs no saving afterwards.
    """
    entry = _entry(subject, payload, actor, audience, None, at)
    row = cast("models.Model", subject)
    rows.insert(row, parts=[*parts, rows.Part(entry, of="subject_id", also=_reactions(entry))])
    return entry


def _entry(
    subject: Subject, payload: Payload, actor: Actor, audience: Audience, cause: int | None, at: datetime | None
) -> TimelineEntry:
    if not connection.in_atomic_block:
        raise RuntimeError("an entry belongs into the verb's transaction")
    subject.version += 1
    return TimelineEntry(
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


def _reactions(entry: TimelineEntry) -> rows.Also | None:
    return jobs.for_row("entry_id", reactions_to(entry.kind))


def reactions_to(kind: str) -> tuple[str, ...]:
    """The names of the jobs that react to an event kind, in the order of `reactions/table.py`."""
    return _table().get(kind, ())


def erase(*, subject_kind: str, subject_id: int, kinds: Sequence[str] = (), by: int | None = None) -> int:
    """Replace the personal data in a subject's entries (of some kinds, by one person); returns how many changed.

    Kind, time, order and actor stay, so that measures and `rebuild` keep working.
    """
    changed = 0
    with _erasing():
        for entry in TimelineEntry.objects.of(subject_kind, subject_id):
            if (kinds and entry.kind not in kinds) or (by is not None and entry.actor_id != by):
                continue
            erased = entry.payload.erase().to_data()
            if erased != entry.data:
                TimelineEntry.objects.filter(pk=entry.pk).update(data=erased)
                changed += 1
    return changed


def rewrite(
    *, subject_kind: str, subject_id: int, kinds: Collection[str], change: Callable[[dict[str, Any]], dict[str, Any]]
) -> int:
    """Take out of kept entries what should never have been readable; returns how many entries changed.

    `change` gets the data of each entry of these kinds and gives it back, by the same fields. For secrets alone: what
    happened, when and by whom stays. Must run inside a transaction.
    """
    changed = 0
    with _erasing():
        for entry in TimelineEntry.objects.of(subject_kind, subject_id).filter(kind__in=kinds):
            data = change(entry.data)
            if data != entry.data:
                TimelineEntry.objects.filter(pk=entry.pk).update(data=data)
                changed += 1
    return changed


@contextmanager
def _erasing() -> Iterator[None]:
    """While this lasts the trigger lets the data of entries be replaced."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL tierline.erasing = 'on'")
        yield
        cursor.execute("SET LOCAL tierline.erasing = 'off'")


@cache
def _table() -> dict[str, tuple[str, ...]]:
    # The table stands on a floor above; it is named in the settings so that no lower room knows who reacts.
    table: dict[str, tuple[str, ...]] = import_string(settings.TIERLINE_REACTIONS)
    return table
