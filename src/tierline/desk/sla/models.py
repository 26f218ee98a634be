"""Calendars and policies. Clocks themselves are read from the ticket's timeline; nothing is counted twice."""

from typing import Self

from django.db import models
from django.db.models import Q

from tierline.desk.people.models import Desk


class BusinessCalendar(models.Model):
    """Opening hours: `week` has seven lists of [from minute, to minute], Monday first; `holidays` are ISO dates."""

    name = models.CharField(max_length=80, unique=True)
    zone = models.CharField(max_length=60, default="UTC")
    week = models.JSONField()
    holidays = models.JSONField(default=list)

    def __str__(self) -> str:
        return self.name


class PolicyQuerySet(models.QuerySet["Policy"]):
    def current(self) -> Self:
        return self.filter(active=True)


class Policy(models.Model):
    """One version of a desk's targets: `targets` maps a metric to five minutes, for priority 1 to 5.

    A change makes a new version; the old one stays for the tickets that were promised by it.
    """

    desk = models.ForeignKey(Desk, null=True, on_delete=models.CASCADE, related_name="policies")
    name = models.CharField(max_length=80)
    version = models.PositiveIntegerField(default=1)
    active = models.BooleanField(default=True)
    calendar = models.ForeignKey(BusinessCalendar, on_delete=models.PROTECT, related_name="policies")
    targets = models.JSONField()
    since = models.DateTimeField()

    objects = PolicyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["desk"],
                condition=Q(active=True),
                name="policy_one_current_per_desk",
                nulls_distinct=False,
            ),
            models.UniqueConstraint(fields=["desk", "version"], name="policy_version_once", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"
