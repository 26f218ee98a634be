"""Calendars, policies and their changes. Clocks themselves are read from the ticket's timeline; nothing is counted."""

from typing import Any, Self

from django.db import models
from django.db.models import Q

from tierline.desk.catalogue.models import Service, Vendor
from tierline.desk.people.models import Desk

from .rules import BEGINNING, DEFAULT_WARN_AT


class CalendarQuerySet(models.QuerySet["BusinessCalendar"]):
    def newest(self) -> Self:
        """The last version of each calendar."""
        return self.order_by("key", "-version").distinct("key")


class PolicyQuerySet(models.QuerySet["Policy"]):
    def newest(self) -> Self:
        """The last version of each policy, withdrawn ones too."""
        return self.order_by("key", "-version").distinct("key")


class BusinessCalendar(models.Model):
    """One version of opening hours.

    `week` has seven lists of [from minute, to minute], Monday first. `closures` are {"day": ISO date, "name": words};
    with `from` and `until` (minutes) a part of the day is closed, else all of it.
    """

    key = models.SlugField(max_length=40)
    version = models.PositiveIntegerField(default=1)
    name = models.CharField(max_length=80)
    zone = models.CharField(max_length=60, default="UTC")
    week: "models.JSONField[Any, Any]" = models.JSONField()
    closures: "models.JSONField[Any, Any]" = models.JSONField(default=list)
    since = models.DateTimeField(default=BEGINNING)
    written_by = models.CharField(max_length=120, blank=True, default="")

    objects = CalendarQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "version"], name="calendar_version_once")]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class Policy(models.Model):
    """One version of a policy; it never changes. A later version of the same `key` takes its place from its `since`.

    `targets` maps a row (`sla.rules.ROWS`) to five numbers of business minutes, for priority 1 to 5, null where nothing
    is promised. Scope fields that are empty hold for everything.
    """

    key = models.SlugField(max_length=40)
    version = models.PositiveIntegerField(default=1)
    name = models.CharField(max_length=80)
    calendar = models.ForeignKey(BusinessCalendar, on_delete=models.PROTECT, related_name="policies")
    targets: "models.JSONField[Any, Any]" = models.JSONField()
    pauses: "models.JSONField[Any, Any]" = models.JSONField(default=list)
    warn_at = models.PositiveSmallIntegerField(default=DEFAULT_WARN_AT, help_text="Percent of a target.")
    desk = models.ForeignKey(Desk, null=True, on_delete=models.CASCADE, related_name="policies")
    service = models.ForeignKey(Service, null=True, on_delete=models.CASCADE, related_name="policies")
    kind = models.CharField(max_length=10, blank=True, default="")
    plan = models.CharField(max_length=40, blank=True, default="")
    vendor = models.ForeignKey(Vendor, null=True, on_delete=models.CASCADE, related_name="policies")
    withdrawn = models.BooleanField(default=False)
    since = models.DateTimeField()
    written_by = models.CharField(max_length=120, blank=True, default="")

    objects = PolicyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="policy_version_once"),
            models.CheckConstraint(name="policy_warns_between_1_and_99", condition=Q(warn_at__range=(1, 99))),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class ClockChange(models.Model):
    """A change of a policy or a calendar, from its preview to the last clock that was read anew.

    `proposal` holds the new versions as data (`operations.changes`). `cursor` is the last ticket that was looked at:
    a job that was killed goes on behind it. `base` names the book that the preview was made with.
    """

    STATES = ("preview", "ready", "applying", "applied", "dropped")

    title = models.CharField(max_length=160)
    proposal: "models.JSONField[Any, Any]" = models.JSONField()
    state = models.CharField(max_length=8, default="preview", choices=[(state, state) for state in STATES])
    base = models.CharField(max_length=40)
    as_of = models.DateTimeField(help_text="The moment at which the preview reads the clocks.")
    asked_by = models.CharField(max_length=120)
    applied_by = models.CharField(max_length=120, blank=True, default="")
    applied_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    cursor = models.BigIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    moved = models.PositiveIntegerField(default=0)
    later = models.PositiveIntegerField(default=0)
    breached = models.PositiveIntegerField(default=0, help_text="Clocks that run now and would be past their time.")

    def __str__(self) -> str:
        return self.title


class ClockMove(models.Model):
    """A due time that a change moves; `before` and `after` are null where nothing is due.

    It has no foreign key to the ticket: tickets stand above.
    """

    change = models.ForeignKey(ClockChange, on_delete=models.CASCADE, related_name="moves", db_index=False)
    ticket_id = models.BigIntegerField()
    metric = models.CharField(max_length=20)
    before = models.DateTimeField(null=True)
    after = models.DateTimeField(null=True)
    breaches = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["change", "ticket_id", "metric"], name="move_once"),
        ]
        indexes = [models.Index(fields=["change", "-breaches", "id"], name="moves_of_change")]

    def __str__(self) -> str:
        return f"{self.metric} of {self.ticket_id}"
