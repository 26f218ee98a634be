"""Visits to a place at a time, and the tools for remote help."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from tierline.core.kernel.actors import Actor
from tierline.desk.people.models import Person
from tierline.desk.tickets.models import Ticket

from .rules import Slot, VisitState


class RemoteTool(models.Model):
    """A program for remote help, and the address that opens a session: `https://help.example/{ticket}`."""

    name = models.CharField(max_length=60, unique=True)
    template = models.CharField(max_length=500)

    def __str__(self) -> str:
        return self.name


class VisitQuerySet(models.QuerySet["Visit"]):
    def visible_to(self, viewer: Actor) -> Self:
        """Visits of the tickets that the viewer may see."""
        return self.filter(ticket__in=Ticket.objects.visible_to(viewer))

    def planned(self) -> Self:
        return self.filter(state=VisitState.PLANNED)


class Visit(models.Model):
    """Somebody goes to a place for a ticket. `outcome` is what was done, or why it was cancelled."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="visits", db_index=False)
    technician = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="visits", db_index=False)
    place = models.CharField(max_length=200)
    task = models.TextField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(
        max_length=9, default=VisitState.PLANNED, choices=[(one.value, one.value) for one in VisitState]
    )
    sequence = models.PositiveIntegerField(default=0, help_text="How often it was moved (RFC 5545, SEQUENCE).")
    outcome = models.TextField(blank=True, default="")
    ended_at = models.DateTimeField(null=True)

    objects = VisitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="visit_ends_after_it_begins", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(
                name="visit_over_has_words_and_a_time",
                condition=Q(state=VisitState.PLANNED, ended_at__isnull=True)
                | (~Q(state=VisitState.PLANNED) & Q(ended_at__isnull=False) & ~Q(outcome="")),
            ),
        ]
        indexes = [
            models.Index(fields=["ticket", "starts_at"], name="visits_of_ticket"),
            models.Index(
                fields=["technician", "starts_at"], name="visits_ahead", condition=Q(state=VisitState.PLANNED)
            ),
        ]

    def __str__(self) -> str:
        return f"visit {self.pk} for ticket {self.ticket_id}, {self.state}"

    @property
    def slot(self) -> Slot:
        """From when to when."""
        return Slot(self.starts_at, self.ends_at)
