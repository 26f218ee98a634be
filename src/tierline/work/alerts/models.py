"""Where alerts come from, what one ticket stands for, and the alerts that are known."""

from typing import Self

from django.db import models
from django.db.models import Q

from tierline.desk.catalogue.models import Service
from tierline.desk.people.models import Desk, Person
from tierline.desk.tickets.models import Ticket

from .rules import FORMATS, Severity


class AlertSource(models.Model):
    """One monitoring system. Of its token only the SHA-256 is kept; a signing secret is sealed.

    `reporter` is the requester of its tickets: whoever is told about them.
    """

    purpose = "alert source"

    name = models.CharField(max_length=80, unique=True)
    format = models.CharField(max_length=20, choices=[(one.key, one.name) for one in FORMATS.values()])
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="+")
    service = models.ForeignKey(Service, null=True, on_delete=models.SET_NULL, related_name="+")
    reporter = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=40, unique=True)
    sha256 = models.CharField(max_length=64)
    secret = models.TextField(blank=True, default="")
    mail_from = models.CharField(
        max_length=320, blank=True, default="", help_text="Whose mail is read as alerts; empty: nobody's."
    )
    created_at = models.DateTimeField()
    last_at = models.DateTimeField(null=True)
    received = models.PositiveBigIntegerField(default=0)
    refused_at = models.DateTimeField(null=True)
    refusal = models.CharField(max_length=300, blank=True, default="")

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        """Where it sends its alerts."""
        return f"/hooks/alerts/{self.key}"


class AlertGroupQuerySet(models.QuerySet["AlertGroup"]):
    def open(self) -> Self:
        """With alerts that still fire, as far as is known."""
        return self.filter(ended_at=None)


class AlertGroup(models.Model):
    """What one ticket stands for: the alerts of one group, or of a whole storm.

    `total` counts every alert that began; `firing` those that go on; `uncounted` those past the limit of what is kept.
    """

    source = models.ForeignKey(AlertSource, on_delete=models.CASCADE, related_name="groups")
    key = models.CharField(max_length=64, help_text="SHA-256 of the group's name.")
    name = models.CharField(max_length=200)
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="alert_groups")
    storm = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    last_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    total = models.PositiveIntegerField(default=0)
    firing = models.PositiveIntegerField(default=0)
    uncounted = models.PositiveIntegerField(default=0)
    told = models.PositiveIntegerField(default=0, help_text="The last count that the timeline told.")
    told_recovery = models.BooleanField(default=False)

    objects = AlertGroupQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "key"], name="alert_group_one_open", condition=Q(ended_at__isnull=True)
            )
        ]
        indexes = [
            models.Index(fields=["source", "opened_at"], name="alert_groups_lately"),
            models.Index(fields=["source", "key", "-ended_at"], name="alert_group_comes_back"),
        ]

    def __str__(self) -> str:
        return self.name


class KnownAlert(models.Model):
    """An alert by its fingerprint. Labels are kept of the first hundred of a group; of the others the title."""

    source = models.ForeignKey(AlertSource, on_delete=models.CASCADE, related_name="alerts", db_index=False)
    group = models.ForeignKey(AlertGroup, on_delete=models.CASCADE, related_name="alerts")
    fingerprint = models.CharField(max_length=64)
    firing = models.BooleanField()
    severity = models.CharField(max_length=8, choices=[(one.value, one.value) for one in Severity])
    title = models.CharField(max_length=200)
    labels = models.JSONField(default=dict)
    url = models.CharField(max_length=500, blank=True, default="")
    runbook = models.CharField(max_length=500, blank=True, default="")
    starts_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "fingerprint"], name="alert_once_per_source")]
        indexes = [
            models.Index(fields=["source"], name="alerts_firing_of_source", condition=Q(firing=True)),
            models.Index(fields=["ended_at"], name="alerts_to_forget", condition=Q(firing=False)),
        ]

    def __str__(self) -> str:
        return self.title
