"""Reads from the timeline that run with every page and every job."""

from collections.abc import Sequence

from tierline.core.kernel import rows

from .models import TimelineEntry
from .rules import Audience

_OF = "subject_kind = %s AND subject_id = %s AND seq > %s AND audience = ANY(%s) ORDER BY seq LIMIT %s"
EVERYBODY = tuple(Audience)


def entry(entry_id: int) -> TimelineEntry:
    """The entry that a reaction is about. Raises TimelineEntry.DoesNotExist."""
    found = rows.first(TimelineEntry, "id = %s", [entry_id])
    if found is None:
        raise TimelineEntry.DoesNotExist(f"no timeline entry {entry_id}")
    return found


def subjects_of(subject_kind: str, entry_ids: Sequence[int]) -> dict[int, int]:
    """Which thing of this kind each of these entries is about."""
    found = TimelineEntry.objects.filter(pk__in=set(entry_ids), subject_kind=subject_kind)
    return dict(found.values_list("pk", "subject_id"))


_LATER = """
SELECT EXISTS (SELECT FROM timeline_timelineentry
                WHERE subject_kind = %s AND subject_id = %s AND seq > %s AND kind = ANY(%s))"""


def has_later(than: TimelineEntry, kinds: Sequence[str]) -> bool:
    """Whether an entry of one of these kinds follows on the same timeline: then that one's reaction does the work."""
    asked = [than.subject_kind, than.subject_id, than.seq, list(kinds)]
    return bool(rows.run(_LATER, asked).fetchone()[0])


def entries(
    subject_kind: str,
    subject_id: int,
    *,
    audiences: Sequence[Audience] = EVERYBODY,
    after: int = 0,
    limit: int | None = None,
) -> list[TimelineEntry]:
    """What happened to a subject, oldest first: behind the entry `after`, at most `limit` entries."""
    asked = [subject_kind, subject_id, after, [one.value for one in audiences], limit]
    return rows.every(TimelineEntry, _OF, asked)
