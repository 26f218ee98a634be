"""What alerts do to their ticket: open it, tell that they grow, come back or are a storm, resolve it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.text import one_line
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.desk.tickets.rules import Status
from tierline.work.alerts.events import AlertsCameBack, AlertsGrew, AlertsOpened, AlertsRecovered, StormSeen
from tierline.work.alerts.models import AlertGroup, AlertSource, KnownAlert
from tierline.work.alerts.rules import Alert, after_recovery, milestone, priority_for, text_for, title_for, worst
from tierline.work.alerts.rules.grouping import BACK_WITHIN, MOST_REOPENED

CHANNEL = "alert"


def opened(
    actor: Actor, source: AlertSource, key: str, alerts: Sequence[Alert], now: datetime, *, groups: int = 1
) -> AlertGroup:
    """A ticket for alerts that belong to nothing open. More than one group at once is a storm."""
    storm, name = groups > 1, source.name if groups > 1 else one_line(alerts[0].group, 200)
    impact, urgency = priority_for(worst(alert.severity for alert in alerts), storm=storm)
    ticket = tickets.open_ticket(
        actor=actor,
        requester=source.reporter,
        title=title_for(source.name, alerts, storm=storm),
        text=text_for(source.name, alerts),
        channel=CHANNEL,
        desk=source.desk,
        service=source.service,
        facts=_facts(alerts[0]),
        impact=impact,
        urgency=urgency,
    )
    why = f"{groups} groups began at once: one storm." if storm else "They are one group in the monitoring system."
    payload = AlertsOpened(source=source.name, group=name, count=len(alerts), storm=storm, why=why)
    tickets.note_event(actor=actor, ticket_id=ticket.pk, payload=payload)
    group = AlertGroup(source=source, key=key, name=name, ticket=ticket, storm=storm, opened_at=now, last_at=now)
    group.told = milestone(len(alerts), 0)
    group.save(force_insert=True)
    return group


def _facts(alert: Alert) -> dict[str, str]:
    known = {"host": alert.labels.get("host") or alert.labels.get("instance", ""), "runbook": alert.runbook}
    return {name: value for name, value in known.items() if value}


def grew(actor: Actor, group: AlertGroup) -> None:
    """Tell that there are ten times as many; the caller saves `told`."""
    reached = milestone(group.total, group.told)
    if reached:
        group.told = reached
        payload = AlertsGrew(count=group.total, firing=group.firing)
        tickets.note_event(actor=actor, ticket_id=group.ticket_id, payload=payload)


def storm_seen(actor: Actor, known: Sequence[AlertGroup], *, groups: int, seconds: int) -> AlertGroup:
    """Make the first of these groups a storm; the others, and their tickets as far as nobody works on them, join it."""
    first, *others = known
    tickets.note_event(actor=actor, ticket_id=first.ticket_id, payload=StormSeen(groups=groups, seconds=seconds))
    for other in others:
        if other.ticket_id != first.ticket_id and not worked_on(other.ticket_id):
            _merge(actor, other.ticket_id, first.ticket_id)
        KnownAlert.objects.filter(group=other).update(group=first)
        first.total, first.firing = first.total + other.total, first.firing + other.firing
        first.uncounted += other.uncounted
        other.firing, other.ended_at = 0, first.last_at
        other.save(update_fields=["firing", "ended_at"])
    first.storm = True
    first.save(update_fields=["storm", "total", "firing", "uncounted"])
    return first


def _merge(actor: Actor, ticket_id: int, into_id: int) -> None:
    if Ticket.objects.filter(pk=ticket_id, merged_into=None, status__in=[Status.NEW, Status.OPEN]).exists():
        tickets.merge(actor=actor, ticket_id=ticket_id, into_id=into_id)


def came_back(actor: Actor, source: AlertSource, key: str, count: int, now: datetime) -> AlertGroup | None:
    """The group with this key that ended within the hour, taken up again with its ticket; None without one."""
    since = now - timedelta(seconds=BACK_WITHIN)
    group = (
        AlertGroup.objects.filter(source=source, key=key, ended_at__gt=since, ticket__merged_into=None)
        .select_related("ticket")
        .order_by("-ended_at")
        .first()
    )
    if group is None or group.ticket.status == Status.CLOSED:
        return None
    if group.ticket.status == Status.RESOLVED:
        if group.ticket.reopened >= MOST_REOPENED:
            return None
        reason = "An alert that had recovered fires again."
        tickets.reopen(actor=actor, ticket_id=group.ticket_id, reason=reason)
        tickets.note_event(actor=actor, ticket_id=group.ticket_id, payload=AlertsCameBack(count=count))
    group.ended_at = None
    group.save(update_fields=["ended_at"])
    return group


def recovered(actor: Actor, group: AlertGroup) -> None:
    """Everything recovered: resolve the ticket when nobody works on it, else tell it once."""
    others = AlertGroup.objects.open().filter(ticket_id=group.ticket_id).exclude(pk=group.pk).exists()
    if others:
        return
    ticket = Ticket.objects.get(pk=group.ticket_id)
    after = after_recovery(
        is_open=ticket.is_open,
        by_hand=worked_on(ticket.pk),
        uncounted=group.uncounted,
        reopened=ticket.reopened,
    )
    if not ticket.is_open or (group.told_recovery and not after.resolve):
        return
    payload = AlertsRecovered(count=group.total, resolved=after.resolve, why=after.why)
    tickets.note_event(actor=actor, ticket_id=ticket.pk, payload=payload)
    group.told_recovery = not after.resolve
    if after.resolve:
        told = f"All {group.total} alerts recovered by themselves." if group.total > 1 else "It recovered by itself."
        tickets.resolve(actor=actor, ticket_id=ticket.pk, resolution=told)


def worked_on(ticket_id: int) -> bool:
    """Whether a person has done anything on the ticket."""
    return TimelineEntry.objects.of("ticket", ticket_id).filter(actor_id__isnull=False).exists()
