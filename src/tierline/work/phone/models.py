"""Telephone systems, and the log of calls."""

from typing import Self

from django.db import models
from django.db.models import Q

from tierline.core.kernel.actors import Actor
from tierline.desk.people.models import Desk, Person
from tierline.desk.tickets.models import Ticket


class PhoneSystem(models.Model):
    """A telephone system that tells of calls. `region` (ISO 3166) is where its numbers are at home."""

    purpose = "telephone system"

    name = models.CharField(max_length=80, unique=True)
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="+")
    region = models.CharField(max_length=2)
    key = models.CharField(max_length=40, unique=True)
    secret = models.TextField()
    created_at = models.DateTimeField()
    last_at = models.DateTimeField(null=True)
    refusal = models.CharField(max_length=300, blank=True, default="")

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        """Where it tells of calls."""
        return f"/hooks/phone/{self.key}"


class CallQuerySet(models.QuerySet["Call"]):
    def visible_to(self, viewer: Actor) -> Self:
        """Calls of the desks that a member of staff may see, and of their tickets.

        Those written down by hand about no ticket belong to everybody who works here.
        """
        if viewer.is_machine:
            return self.all()
        if not viewer.is_agent:
            return self.none()
        desks = Q(system=None) | Q(system__desk_id__in=viewer.desk_ids)
        about = Q(ticket=None) | Q(ticket__in=Ticket.objects.visible_to(viewer))
        return self.filter(desks, about)


class Call(models.Model):
    """One call. `number` is E.164 where it is a number of the public network, else as it was told.

    `known_by` says why this caller was taken for this person: number, earlier call, or hand.
    """

    system = models.ForeignKey(PhoneSystem, null=True, on_delete=models.SET_NULL, related_name="calls", db_index=False)
    external_id = models.CharField(max_length=100, blank=True, default="")
    outgoing = models.BooleanField(default=False)
    number = models.CharField(max_length=40, blank=True, default="")
    caller = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="calls")
    known_by = models.CharField(max_length=12, blank=True, default="")
    agent = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=8, choices=[(s, s) for s in ("ringing", "answered", "ended", "missed")])
    started_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    notes = models.TextField(blank=True, default="")
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.PROTECT, related_name="calls")
    logged_at = models.DateTimeField(null=True, help_text="When somebody wrote it up, or called back.")

    objects = CallQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["system", "external_id"], name="call_once_per_system", condition=~Q(external_id="")
            ),
            models.CheckConstraint(
                name="call_ends_after_start",
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=models.F("started_at")),
            ),
        ]
        indexes = [
            models.Index(fields=["-started_at"], name="calls_lately"),
            models.Index(fields=["number", "-started_at"], name="call_by_number"),
            models.Index(fields=["agent"], name="call_ringing_for", condition=Q(state__in=["ringing", "answered"])),
        ]

    def __str__(self) -> str:
        return f"call {self.pk}"

    @property
    def seconds(self) -> int:
        """How long they talked; 0 while they do, or when nobody answered."""
        if self.ended_at is None or self.state == "missed":
            return 0
        return max(0, int((self.ended_at - (self.answered_at or self.started_at)).total_seconds()))
