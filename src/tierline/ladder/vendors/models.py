"""What was agreed with vendors, the cases opened with them, their threads, evidence packs and links."""

from datetime import datetime
from decimal import Decimal
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.models import Blob
from tierline.desk.catalogue.models import Product, Vendor
from tierline.desk.tickets.models import Message, Ticket

from .rules import PATTERN_LIMIT, REFERENCE_LIMIT, Entitlement, Outcome, State


class Terms(models.Model):
    """How a vendor is reached and what their contract grants.

    `senders` are further addresses and `@domains` from which the vendor writes. `answer_minutes` is what they owe for a
    first answer, in business minutes of the underpinning contract, whose targets stand in the policies (`desk.sla`).
    `cases` null: as many as one likes. No products: all of them.
    """

    vendor = models.OneToOneField(Vendor, on_delete=models.CASCADE, related_name="terms")
    address = models.EmailField(max_length=254, blank=True, default="")
    senders = ArrayField(models.CharField(max_length=254), default=list)
    reference_pattern = models.CharField(max_length=PATTERN_LIMIT, blank=True, default="")
    number = models.CharField(max_length=60, blank=True, default="", help_text="The contract's number.")
    valid_until = models.DateField(null=True)
    cases = models.PositiveIntegerField(null=True)
    products: "models.ManyToManyField[Product, Product]" = models.ManyToManyField(Product, related_name="+")
    answer_minutes = models.PositiveIntegerField(null=True)
    cost_per_case = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal(0))
    cost_per_hour = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal(0))
    currency = models.CharField(max_length=3, default="EUR")
    changed_by = models.CharField(max_length=200)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="vendor_costs_not_negative", condition=Q(cost_per_case__gte=0, cost_per_hour__gte=0)
            )
        ]

    def __str__(self) -> str:
        return f"terms of {self.vendor_id}"

    @property
    def known_senders(self) -> frozenset[str]:
        """Every address and `@domain` from which this vendor writes."""
        return frozenset(filter(None, (self.address, *self.senders)))

    def entitlement(self) -> Entitlement:
        """What the contract grants now, and how much of it was used."""
        return Entitlement(
            number=self.number,
            valid_until=self.valid_until,
            cases=self.cases,
            used=Case.objects.filter(vendor_id=self.vendor_id, contract_number=self.number).count(),
            products=frozenset(self.products.values_list("pk", flat=True)),
        )


class CaseQuerySet(models.QuerySet["Case"]):
    def inside(self, viewer: Actor) -> Self:
        """Cases of the tickets that the viewer sees from inside; requesters know of none."""
        return self.filter(ticket__in=Ticket.objects.inside(viewer))

    def open(self) -> Self:
        return self.exclude(state=State.CLOSED)


class Case(models.Model):
    """A question to a vendor about a ticket, with its own thread and clock.

    `question` is what was to be asked when it was opened; what was said stands in the thread. `overrides` maps a
    missing item of the escalation contract to the reason why it may be, `gaps` and `override_reason` say the same of
    the vendor's own contract. `priority` is the ticket's at the opening: the vendor's target follows it.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="vendor_cases", db_index=False)
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="cases", db_index=False)
    product = models.ForeignKey(Product, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    title = models.CharField(max_length=160)
    question = models.TextField()
    state = models.CharField(max_length=12, choices=[(s.value, s.value) for s in State], default=State.PREPARED)
    their_reference = models.CharField(max_length=REFERENCE_LIMIT, blank=True, default="")
    contract_number = models.CharField(max_length=60, blank=True, default="")
    gaps = ArrayField(models.CharField(max_length=20), default=list)
    override_reason = models.CharField(max_length=500, blank=True, default="")
    overrides = models.JSONField(default=dict)
    priority = models.PositiveSmallIntegerField()
    opened_by = models.CharField(max_length=200)
    opened_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True, help_text="The vendor's first answer.")
    solved_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, blank=True, default="", choices=[(o.value, o.value) for o in Outcome])
    reopened = models.PositiveSmallIntegerField(default=0)
    case_cost = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal(0))
    hours = models.DecimalField(max_digits=7, decimal_places=2, default=Decimal(0))
    hours_cost = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal(0))
    currency = models.CharField(max_length=3, default="EUR")

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="vendor_case_closed_has_outcome",
                condition=Q(state=State.CLOSED, closed_at__isnull=False) & ~Q(outcome="")
                | ~Q(state=State.CLOSED) & Q(closed_at__isnull=True, outcome=""),
            ),
            models.CheckConstraint(
                name="vendor_case_without_cover_says_why", condition=Q(gaps=[]) | ~Q(override_reason="")
            ),
        ]
        indexes = [
            models.Index(fields=["ticket", "id"], name="vendor_cases_of_ticket"),
            models.Index(fields=["vendor", "-opened_at"], name="cases_of_vendor"),
            models.Index(
                fields=["vendor", "their_reference"],
                name="vendor_case_by_reference",
                condition=~Q(their_reference=""),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """The name people use, for example `VC-7`."""
        return f"VC-{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.state != State.CLOSED

    @property
    def cost(self) -> Decimal:
        """What it costs so far."""
        return self.case_cost + self.hours_cost


class Turn(models.Model):
    """A span of time in which the vendor had the case: their clock. It runs until they answer."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="turns")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(ended_at__isnull=True), name="vendor_one_turn_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"turn of {self.case_id}"


class Pack(models.Model):
    """Redacted files in one zip with a manifest: what was redacted, by whom it was made, the hash of each file.

    It never changes: a database trigger refuses that.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="packs")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=120)
    size = models.BigIntegerField()
    manifest = models.JSONField()
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class CaseMessage(models.Model):
    """A message of the thread; what was said is the ticket's message, for the vendor's audience."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="said", db_index=False)
    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="vendor_part")
    pack = models.ForeignKey(Pack, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["case", "id"], name="thread_of_vendor_case")]

    def __str__(self) -> str:
        return f"{self.message_id} of VC-{self.case_id}"


class AccessQuerySet(models.QuerySet["Access"]):
    def usable(self, now: datetime) -> Self:
        """Neither expired nor withdrawn."""
        return self.filter(expires_at__gt=now, withdrawn_at__isnull=True)


class Access(models.Model):
    """A link that opens one case's thread for one address. Only the SHA-256 of its secret is kept."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="links")
    sha256 = models.CharField(max_length=64, unique=True)
    recipient = models.CharField(max_length=254)
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    uses = models.PositiveIntegerField(default=0)

    objects = AccessQuerySet.as_manager()

    def __str__(self) -> str:
        return f"link of {self.recipient} to VC-{self.case_id}"
