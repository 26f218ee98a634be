"""What tier 0 tried, what became of it, and conversations on the portal."""

from typing import Self

from django.db import models
from django.db.models import Q

from tierline.core.kernel.actors import Actor

from .rules import OutcomeClass


class Attempt(models.Model):
    """One try of tier 0 at a ticket, with everything the decision rested on, so that it can be replayed.

    `passages` and `matches` are lists of what was found with their scores; `number` counts from 1 within the ticket.
    """

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    question = models.TextField()
    decision = models.CharField(max_length=10, choices=[(d, d) for d in ("answer", "ask", "hand_over")])
    says = models.TextField()
    passages = models.JSONField(default=list)
    matches = models.JSONField(default=list)
    threshold = models.FloatField()
    rules_version = models.CharField(max_length=20)
    seq = models.PositiveIntegerField(help_text="The ticket's version when it decided.")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "number"], name="attempt_one_per_number"),
            models.CheckConstraint(name="attempt_threshold_share", condition=Q(threshold__gte=0, threshold__lte=1)),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} on ticket {self.ticket_id}: {self.decision}"


class OutcomeQuerySet(models.QuerySet["Outcome"]):
    def current(self) -> Self:
        """The last word on each ticket."""
        return self.filter(is_current=True)


class Outcome(models.Model):
    """The ledger: one row for each class a ticket went through; exactly one of them is current."""

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="tier_0_outcomes")
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="outcomes")
    outcome = models.CharField(max_length=12, choices=[(o.value, o.value) for o in OutcomeClass])
    is_current = models.BooleanField(default=True)
    at = models.DateTimeField()

    objects = OutcomeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"], name="outcome_one_current_per_ticket", condition=Q(is_current=True)
            ),
        ]
        indexes = [
            models.Index(fields=["outcome", "at"], name="outcomes_to_settle", condition=Q(is_current=True)),
        ]

    def __str__(self) -> str:
        return f"ticket {self.ticket_id}: {self.outcome}"


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, viewer: Actor) -> Self:
        """One's own; nobody reads along before it is passed on."""
        return self.filter(person_id=viewer.person_id)


class Conversation(models.Model):
    """A talk with the assistant on the portal. Passed on, it becomes a ticket with everything that was said."""

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="conversations")
    started_at = models.DateTimeField()
    ended = models.CharField(max_length=8, blank=True, default="", choices=[(e, e) for e in ("", "solved", "ticket")])
    ticket = models.OneToOneField("tickets.Ticket", null=True, on_delete=models.PROTECT, related_name="conversation")

    objects = ConversationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="conversation_ticket_ends_it", condition=Q(ticket__isnull=True) ^ Q(ended="ticket")
            ),
        ]

    def __str__(self) -> str:
        return f"conversation {self.pk}"


class Turn(models.Model):
    """One thing said in a conversation, by the person or by the assistant with what it rested on."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="turns")
    by_machine = models.BooleanField()
    text = models.TextField()
    decision = models.CharField(max_length=10, blank=True, default="")
    passages = models.JSONField(default=list)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"turn {self.pk} of conversation {self.conversation_id}"
