"""Calendars and policies of a desk that begins: written at once. A desk that works changes them by a preview."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.desk.catalogue.models import Service, Vendor
from tierline.desk.people.models import Desk
from tierline.desk.people.rules import Right, require
from tierline.desk.sla.models import BusinessCalendar, Policy
from tierline.desk.sla.rules import BEGINNING, DEFAULT_TARGETS, DEFAULT_WARN_AT, PAUSES, Targets

from .proposing import calendar_data, policy_data, put_in_force, slug

OFFICE_WEEK = [[[480, 1080]]] * 5 + [[], []]  # Monday to Friday, 08:00 to 18:00


def write_calendar(
    *,
    actor: Actor,
    name: str,
    zone: str,
    week: Sequence[Sequence[Sequence[int]]],
    holidays: Iterable[date] = (),
    closures: Iterable[Mapping[str, Any]] = (),
) -> BusinessCalendar:
    """Keep opening hours under a name. Hours of that name get a new version, and so do the policies that use them.

    Raises Invalid for hours that overlap or an unknown time zone.
    """
    require(actor, Right.SETUP)
    closed = [*closures, *({"day": day.isoformat(), "name": ""} for day in holidays)]
    data = calendar_data(slug(name), name=name, zone=zone, week=week, closures=closed)
    _write(actor, {"calendar": data, "policies": []}, since=None)
    return BusinessCalendar.objects.newest().get(key=data["key"])


def write_policy(
    *,
    actor: Actor,
    name: str,
    calendar: BusinessCalendar,
    key: str = "",
    desk: Desk | None = None,
    service: Service | None = None,
    kind: str = "",
    plan: str = "",
    vendor: Vendor | None = None,
    targets: Targets = DEFAULT_TARGETS,
    pauses: Sequence[str] = PAUSES,
    warn_at: int = DEFAULT_WARN_AT,
    since: datetime | None = None,
) -> Policy:
    """A policy, or a new version of the one with this key (the name's, unless it is given).

    `targets` maps rows of `sla.rules.ROWS` to business minutes for priority 1 to 5. Raises Invalid when they cannot be
    used, or another policy holds for exactly the same tickets.
    """
    require(actor, Right.SETUP)
    data = policy_data(
        key or slug(name),
        name=name,
        calendar_key=calendar.key,
        desk_id=desk.pk if desk else None,
        service_id=service.pk if service else None,
        kind=kind,
        plan=plan,
        vendor_id=vendor.pk if vendor else None,
        targets=targets,
        pauses=pauses,
        warn_at=warn_at,
    )
    _write(actor, {"calendar": None, "policies": [data]}, since=since)
    return Policy.objects.select_related("calendar").newest().get(key=data["key"])


def ensure_defaults(*, actor: Actor, zone: str = "UTC") -> Policy:
    """A fresh desk starts with office hours and sensible targets, which hold for older tickets, too."""
    known = Policy.objects.select_related("calendar").newest().filter(key="standard").first()
    if known is not None:
        return known
    calendar = write_calendar(actor=actor, name="Office hours", zone=zone, week=OFFICE_WEEK)
    return write_policy(actor=actor, name="Standard", key="standard", calendar=calendar, since=BEGINNING)


def _write(actor: Actor, proposal: Mapping[str, Any], *, since: datetime | None) -> None:
    with transaction.atomic():
        put_in_force(actor, proposal, since or clock.now())
