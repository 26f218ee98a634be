"""Alerts taken in: known by fingerprint, joined to a group, and the group's ticket opened, told and resolved."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Sum

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.work.alerts.models import AlertGroup, AlertSource, KnownAlert
from tierline.work.alerts.rules import STORM_WINDOW, Alert, Batch, Known, is_storm, read, sort_out

from .telling import came_back, grew, opened, recovered, storm_seen

MOST_FIRING = 50_000  # alerts of one source that are kept apart; more are counted
DETAILED = 100  # alerts of a group that are kept with their labels
KEPT_DAYS = 30
STORM = "storm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a delivery: counts of alerts, and the tickets that were opened or opened again."""

    new: int = 0
    ended: int = 0
    repeated: int = 0
    unknown: int = 0
    ticket_ids: tuple[int, ...] = ()
    passed_over: str = ""


def receive(*, actor: Actor, source_id: int, content: bytes) -> Taken:
    """Read what a source's system sent and take it. Raises Unreadable, Invalid and NotFound."""
    source = AlertSource.objects.filter(pk=source_id).first()
    if source is None:
        raise NotFound
    return take(actor=actor, source_id=source_id, batch=read(source.format, content))


def take(*, actor: Actor, source_id: int, batch: Batch) -> Taken:
    """Take a delivery in one transaction; the same one again changes nothing. Raises NotFound."""
    with transaction.atomic():
        source = AlertSource.objects.select_for_update().filter(pk=source_id).first()
        if source is None:
            raise NotFound
        now = clock.now()
        found = sort_out(_known(source, batch.alerts), batch.alerts, now)
        begun = _Begun(source, actor, now)
        tickets = begun.take(found.new, batch.cut)
        _end(source, actor, found.ended, now)
        source.last_at, source.received = now, source.received + len(batch.alerts)
        source.save(update_fields=["last_at", "received"])
    return Taken(
        new=len(found.new),
        ended=len(found.ended),
        repeated=found.repeated,
        unknown=found.unknown,
        ticket_ids=tuple(tickets),
        passed_over=batch.passed_over,
    )


def _known(source: AlertSource, alerts: Sequence[Alert]) -> dict[str, Known]:
    names = [alert.fingerprint for alert in alerts]
    rows = KnownAlert.objects.filter(source=source, fingerprint__in=names)
    return {
        name: Known(firing=firing, starts_at=starts)
        for name, firing, starts in rows.values_list("fingerprint", "firing", "starts_at")
    }


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()


@dataclass(slots=True)
class _Begun:
    """Alerts that begin, each put into the group where it belongs."""

    source: AlertSource
    actor: Actor
    now: datetime

    def take(self, alerts: Sequence[Alert], cut: int) -> list[int]:
        """Returns the tickets that this opened."""
        if not alerts:
            return []
        placed: dict[int, list[Alert]] = defaultdict(list)
        groups: dict[int, AlertGroup] = {}
        tickets: list[int] = []
        for group, members, ticket_id in self._placed(alerts):
            groups[group.pk] = group
            placed[group.pk] += members
            tickets += [ticket_id] if ticket_id else []
        open_groups = AlertGroup.objects.open().filter(source=self.source)
        room = MOST_FIRING - (open_groups.aggregate(firing=Sum("firing"))["firing"] or 0)
        for pk, members in placed.items():
            keep = members[: max(0, room)]
            room -= len(keep)
            self._join(groups[pk], keep, uncounted=len(members) - len(keep) + cut)
            cut = 0
        return tickets

    def _placed(self, alerts: Sequence[Alert]) -> list[tuple[AlertGroup, list[Alert], int]]:
        by_key: dict[str, list[Alert]] = defaultdict(list)
        for alert in alerts:
            by_key[_digest(alert.group)].append(alert)
        known = {one.key: one for one in AlertGroup.objects.open().filter(source=self.source, key__in=list(by_key))}
        placed: list[tuple[AlertGroup, list[Alert], int]] = [
            (known[key], members, 0) for key, members in by_key.items() if key in known
        ]
        fresh: dict[str, list[Alert]] = {}
        for key, members in by_key.items():
            if key in known:
                continue
            back = came_back(self.actor, self.source, key, len(members), self.now)
            if back is not None:
                placed.append((back, members, back.ticket_id))
            else:
                fresh[key] = members
        return placed + self._new_groups(fresh)

    def _new_groups(self, fresh: dict[str, list[Alert]]) -> list[tuple[AlertGroup, list[Alert], int]]:
        if not fresh:
            return []
        since = self.now - timedelta(seconds=STORM_WINDOW)
        storm = AlertGroup.objects.open().filter(source=self.source, storm=True, last_at__gt=since).first()
        everything = [alert for members in fresh.values() for alert in members]
        if storm is not None:
            return [(storm, everything, 0)]
        lately = list(
            AlertGroup.objects.open().filter(source=self.source, opened_at__gt=since).order_by("opened_at", "pk")
        )
        if is_storm(len(fresh), len(lately)):
            if lately:
                first = storm_seen(self.actor, lately, groups=len(lately) + len(fresh), seconds=STORM_WINDOW)
                return [(first, everything, 0)]
            back = came_back(self.actor, self.source, _digest(STORM), len(everything), self.now)
            group = back or opened(self.actor, self.source, _digest(STORM), everything, self.now, groups=len(fresh))
            return [(group, everything, group.ticket_id)]
        made = [(opened(self.actor, self.source, key, members, self.now), members) for key, members in fresh.items()]
        return [(group, members, group.ticket_id) for group, members in made]

    def _join(self, group: AlertGroup, alerts: list[Alert], *, uncounted: int) -> None:
        rows = [self._row(group, alert, detailed=group.total + n < DETAILED) for n, alert in enumerate(alerts)]
        KnownAlert.objects.bulk_create(
            rows,
            batch_size=2000,
            update_conflicts=True,
            unique_fields=["source", "fingerprint"],
            update_fields=["group", "firing", "severity", "title", "labels", "url", "runbook", "starts_at", "ended_at"],
        )
        group.total += len(alerts) + uncounted
        group.firing += len(alerts)
        group.uncounted += uncounted
        group.last_at = self.now
        grew(self.actor, group)
        group.save(update_fields=["total", "firing", "uncounted", "last_at", "told"])

    def _row(self, group: AlertGroup, alert: Alert, *, detailed: bool) -> KnownAlert:
        shown = alert if detailed else replace(alert, labels={}, url="", runbook="")
        return KnownAlert(
            source=self.source,
            group=group,
            fingerprint=shown.fingerprint,
            firing=True,
            severity=shown.severity,
            title=shown.title,
            labels=dict(shown.labels),
            url=shown.url,
            runbook=shown.runbook,
            starts_at=shown.starts_at or self.now,
        )


def _end(source: AlertSource, actor: Actor, alerts: Sequence[Alert], now: datetime) -> None:
    if not alerts:
        return
    rows = KnownAlert.objects.filter(source=source, firing=True, fingerprint__in=[one.fingerprint for one in alerts])
    ended: dict[int, int] = defaultdict(int)
    for group_id in rows.values_list("group_id", flat=True):
        ended[group_id] += 1
    rows.update(firing=False, ended_at=now)
    for group in AlertGroup.objects.filter(pk__in=list(ended)).order_by("pk"):
        group.firing = max(0, group.firing - ended[group.pk])
        group.last_at = now
        if not group.firing and group.ended_at is None:
            group.ended_at = now
            recovered(actor, group)
        group.save(update_fields=["firing", "last_at", "ended_at", "told_recovery"])


def forget_old(*, actor: Actor) -> int:
    """Forget alerts that ended more than 30 days ago, and groups without any; returns how many alerts."""
    del actor
    before = clock.now() - timedelta(days=KEPT_DAYS)
    forgotten, _ = KnownAlert.objects.filter(firing=False, ended_at__lt=before).delete()
    AlertGroup.objects.filter(ended_at__lt=before, alerts=None).delete()
    return forgotten
