"""Originals: who may read them without masks, how long they are kept, and who said so."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.people.models import Desk
from tierline.desk.people.rules import Right, may, require
from tierline.desk.tickets import queries as tickets
from tierline.work.diagnosis.events import RetentionChanged
from tierline.work.diagnosis.models import Evidence, Rebuild, RetentionDefault, Unmasking
from tierline.work.diagnosis.rules.retention import USUAL

from .compared import readable


def may_unmask(viewer: Actor, ticket_id: int) -> bool:
    """Whether the viewer may ask to read originals of this ticket. Raises NotFound."""
    return may(viewer, Right.EVIDENCE_UNMASK, desk_id=tickets.get(viewer, ticket_id).desk_id)


def unmasking_of(viewer: Actor, evidence_id: int) -> Unmasking | None:
    """The time in which the viewer may read this original without masks, while it lasts; the right is asked apart."""
    if viewer.person_id is None:
        return None
    lasting = Unmasking.objects.filter(evidence_id=evidence_id, person_id=viewer.person_id, ends_at__gt=clock.now())
    return lasting.order_by("-ends_at").first()


@dataclass(frozen=True, slots=True)
class Kept:
    """One change of how long an original is kept."""

    at: datetime
    by: str
    before: str
    after: str
    reason: str


def retention_history(viewer: Actor, evidence_id: int) -> list[Kept]:
    """Who changed how long an original is kept, and why, oldest first. Raises NotFound."""
    evidence = readable(viewer, evidence_id)
    entries = TimelineEntry.objects.of("ticket", evidence.ticket_id)
    changed = entries.filter(kind=RetentionChanged.kind, data__evidence_id=evidence_id)
    return [
        Kept(one.at, one.actor_label, *(str(one.data.get(name, "")) for name in ("before", "after", "reason")))
        for one in changed
    ]


def unmasking_ended(viewer: Actor, evidence_id: int) -> datetime | None:
    """When the viewer's last time without masks was over, on the same day; None when there was none."""
    since = clock.now() - timedelta(days=1)
    mine = Unmasking.objects.filter(evidence_id=evidence_id, person_id=viewer.person_id or 0, ends_at__gt=since)
    return mine.order_by("-ends_at").values_list("ends_at", flat=True).first()


@dataclass(frozen=True, slots=True)
class DeskVault:
    """What a desk keeps: its default, how many originals of each class, how many went, and views that were withheld."""

    desk_id: int
    name: str
    retention: str
    kept: dict[str, int]
    removed: int
    withheld: int
    rebuild: Rebuild | None


def vaults(viewer: Actor) -> list[DeskVault]:
    """The desks whose set-up is the viewer's, each with counts only. Raises NotFound without the right."""
    require(viewer, Right.DESK_SETUP)
    desks = [one for one in Desk.objects.order_by("name") if may(viewer, Right.DESK_SETUP, desk_id=one.pk)]
    defaults = dict(RetentionDefault.objects.values_list("desk_id", "retention"))
    counted = Evidence.objects.filter(ticket__desk__in=desks).values_list("ticket__desk_id", "retention")
    counts = counted.annotate(
        kept=Count("pk", filter=Q(original_removed_at=None)),
        removed=Count("pk", filter=Q(original_removed_at__isnull=False)),
        withheld=Count("pk", filter=Q(state="refused")),
    ).order_by("retention")
    rows = list(counts)
    newest = {one.desk_id: one for one in Rebuild.objects.filter(desk__in=desks).order_by("pk")}
    return [
        DeskVault(
            one.pk,
            one.name,
            defaults.get(one.pk, USUAL),
            {retention: kept for desk, retention, kept, _, _ in rows if desk == one.pk and kept},
            sum(removed for desk, _, _, removed, _ in rows if desk == one.pk),
            sum(withheld for desk, _, _, _, withheld in rows if desk == one.pk),
            newest.get(one.pk),
        )
        for one in desks
    ]
