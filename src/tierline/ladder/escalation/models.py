"""Escalation contracts by tier pair, and the hand-overs made under them."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from tierline.core.kernel.actors import Actor
from tierline.desk.tickets.models import Ticket

from .rules.appeals import AppealState, Origin
from .rules.checks import ContractItem
from .rules.contracts import parse_items
from .rules.handovers import HandoverState, Mode, ReasonCode


class Contract(models.Model):
    """What must travel with an issue from one tier to a higher one, for one service or (null) for all.

    An edit makes a new version; hand-overs keep the one they were made under.
    """

    from_tier = models.PositiveSmallIntegerField()
    to_tier = models.PositiveSmallIntegerField()
    service = models.ForeignKey(
        "catalogue.Service", null=True, on_delete=models.PROTECT, related_name="escalation_contracts"
    )
    version = models.PositiveIntegerField(default=1)
    items = models.JSONField()
    active = models.BooleanField(default=True)
    written_by = models.CharField(max_length=200)
    written_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["from_tier", "to_tier", "service", "version"],
                nulls_distinct=False,
                name="contract_version_once",
            ),
            models.UniqueConstraint(
                fields=["from_tier", "to_tier", "service"],
                condition=Q(active=True),
                nulls_distinct=False,
                name="contract_one_active_per_step",
            ),
            models.CheckConstraint(name="contract_goes_up", condition=Q(to_tier__gt=F("from_tier"), to_tier__lte=4)),
        ]

    def __str__(self) -> str:
        return f"contract {self.from_tier} to {self.to_tier}, version {self.version}"

    @property
    def parsed_items(self) -> tuple[ContractItem, ...]:
        """The items as rules read them."""
        return parse_items(self.items)


class HandoverQuerySet(models.QuerySet["Handover"]):
    def visible_to(self, viewer: Actor) -> Self:
        """Hand-overs are staff matters: those of tickets the viewer may see, none for requesters."""
        return self.filter(ticket__in=Ticket.objects.inside(viewer))

    def pending(self) -> Self:
        return self.filter(state=HandoverState.PENDING)


class Handover(models.Model):
    """One question carried up, with the sheet as it was at that moment.

    The sender stays the owner until `decided_at`; `overrides` maps an item's key to the reason why it may be
    missing. `reference` is `H-<id>`.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="handovers", db_index=False)
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="handovers")
    from_tier = models.PositiveSmallIntegerField()
    to_tier = models.PositiveSmallIntegerField()
    from_group = models.ForeignKey(
        "people.SupportGroup", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    to_group = models.ForeignKey(
        "people.SupportGroup", on_delete=models.PROTECT, related_name="handovers_received", db_index=False
    )
    mode = models.CharField(max_length=8, choices=[(m.value, m.value) for m in Mode])
    question = models.TextField()
    sheet = models.JSONField()
    overrides = models.JSONField(default=dict)
    state = models.CharField(
        max_length=9, default=HandoverState.PENDING, choices=[(s.value, s.value) for s in HandoverState]
    )
    asked_by = models.ForeignKey("people.Person", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    asked_label = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        "people.Person", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decided_label = models.CharField(max_length=200, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    reason_code = models.CharField(
        max_length=20, blank=True, default="", choices=[(r.value, r.value) for r in ReasonCode]
    )
    reason = models.TextField(blank=True, default="")

    objects = HandoverQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"],
                condition=Q(state=HandoverState.PENDING),
                name="handover_one_pending_per_ticket",
            ),
            models.CheckConstraint(name="handover_goes_up", condition=Q(to_tier__gt=F("from_tier"), to_tier__lte=4)),
            models.CheckConstraint(
                name="handover_decided_has_a_time",
                condition=Q(state=HandoverState.PENDING, decided_at__isnull=True)
                | (~Q(state=HandoverState.PENDING) & Q(decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="handover_bounced_has_a_reason",
                condition=~Q(state=HandoverState.BOUNCED) | ~Q(reason_code=""),
            ),
        ]
        indexes = [
            models.Index(fields=["ticket", "id"], name="handovers_of_ticket"),
            models.Index(
                fields=["to_group", "asked_at"],
                name="handovers_to_answer",
                condition=Q(state=HandoverState.PENDING),
            ),
            models.Index(fields=["asked_at"], name="handovers_counted_by_pair"),
        ]

    def __str__(self) -> str:
        return f"{self.reference}: tier {self.from_tier} to {self.to_tier}, {self.state}"

    @property
    def reference(self) -> str:
        """How people name it, for example `H-12`."""
        return f"H-{self.pk}"


class AppealQuerySet(models.QuerySet["Appeal"]):
    def visible_to(self, viewer: Actor) -> Self:
        """Appeals about tickets that the viewer sees from the inside."""
        return self.filter(ticket__in=Ticket.objects.inside(viewer))

    def open(self) -> Self:
        return self.filter(state=AppealState.OPEN)


class Appeal(models.Model):
    """Somebody asks whoever answers for the desk to look at a ticket: a hierarchical escalation.

    From the requester it is a challenge, and the decision is told to them. The ticket stays where it is.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="appeals", db_index=False)
    origin = models.CharField(max_length=9, choices=[(o.value, o.value) for o in Origin])
    reason = models.TextField()
    raised_by = models.ForeignKey(
        "people.Person", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    raised_label = models.CharField(max_length=200)
    raised_at = models.DateTimeField()
    state = models.CharField(max_length=8, default=AppealState.OPEN, choices=[(s.value, s.value) for s in AppealState])
    answer = models.TextField(blank=True, default="")
    decided_by = models.ForeignKey(
        "people.Person", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decided_label = models.CharField(max_length=200, blank=True, default="")
    decided_at = models.DateTimeField(null=True)

    objects = AppealQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"], condition=Q(state=AppealState.OPEN), name="appeal_one_open_per_ticket"
            ),
            models.CheckConstraint(
                name="appeal_decided_with_words",
                condition=Q(state=AppealState.OPEN, decided_at__isnull=True)
                | (~Q(state=AppealState.OPEN) & Q(decided_at__isnull=False) & ~Q(answer="")),
            ),
        ]
        indexes = [
            models.Index(fields=["ticket", "id"], name="appeals_of_ticket"),
            models.Index(fields=["raised_at"], name="appeals_to_decide", condition=Q(state=AppealState.OPEN)),
        ]

    def __str__(self) -> str:
        return f"appeal on ticket {self.ticket_id}, {self.state}"
