"""The append-only timeline: the source of truth for every ticket, article and problem."""

from typing import Self

from django.db import models
from django.db.models import Q

from .rules import Audience, Payload, typed


class TimelineQuerySet(models.QuerySet["TimelineEntry"]):
    def of(self, subject_kind: str, subject_id: int) -> Self:
        """The entries of one subject, oldest first."""
        return self.filter(subject_kind=subject_kind, subject_id=subject_id).order_by("seq")

    def for_audience(self, *audiences: Audience) -> Self:
        return self.filter(audience__in=audiences)


class TimelineEntry(models.Model):
    """One thing that happened to one subject.

    `seq` counts from 1 within the subject and equals the subject's version right after it. A database trigger refuses
    UPDATE and DELETE; only erasure may replace `data`, never kind, time or order (see migration 0001).
    """

    subject_kind = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=200)
    on_behalf_of = models.CharField(max_length=200, blank=True, default="")
    kind = models.CharField(max_length=60)
    data = models.JSONField()
    audience = models.CharField(max_length=12, choices=[(a.value, a.value) for a in Audience])
    cause = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="effects", db_index=False)
    request_id = models.CharField(max_length=40, blank=True, default="")

    objects = TimelineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject_kind", "subject_id", "seq"], name="timeline_one_entry_per_seq"),
            models.CheckConstraint(name="timeline_seq_from_one", condition=Q(seq__gte=1)),
            models.CheckConstraint(name="timeline_one_audience", condition=Q(audience__in=[a.value for a in Audience])),
        ]
        indexes = [
            models.Index(fields=["kind", "at"], name="timeline_measures_by_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_kind} {self.subject_id} #{self.seq} {self.kind}"

    @property
    def payload(self) -> Payload:
        """The entry's data as the typed payload of its kind."""
        return typed(self.kind, self.data)
