"""What the desk has learned from its quarantine: rules that decide the next message of the same kind."""

from django.db import models
from django.db.models import Q

from .messages import InboundMessage


class Mark(models.TextChoices):
    """By what a message is known again."""

    SENDER = "sender", "Sender"
    DOMAIN = "domain", "Sender's domain"
    SUBJECT = "subject", "Words in the subject"


class Verdict(models.TextChoices):
    IGNORE = "ignore", "Ignore it"
    QUARANTINE = "quarantine", "Keep it in quarantine"


class TrustedSender(models.Model):
    """Mail of a sender or a domain is believed where it came in, although the mail server could not confirm it.

    `mailbox` is null for mail that came by no mailbox. `because` is what the server had found when it was learned.
    """

    mailbox = models.ForeignKey("Mailbox", null=True, on_delete=models.CASCADE, related_name="+")
    mark = models.CharField(max_length=10, choices=[(one.value, one.label) for one in (Mark.SENDER, Mark.DOMAIN)])
    value = models.CharField(max_length=320)
    because = models.CharField(max_length=300, blank=True, default="")
    learned_by = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["mailbox", "mark", "value"], name="trusted_sender_once", nulls_distinct=False
            ),
            models.CheckConstraint(name="trusted_sender_has_value", condition=~Q(value="")),
        ]

    def __str__(self) -> str:
        return f"{self.mark} {self.value}"


class LearnedRule(models.Model):
    """Messages with this mark get this verdict, because somebody looked at one of them."""

    mark = models.CharField(max_length=10, choices=Mark.choices)
    value = models.CharField(max_length=200)
    verdict = models.CharField(max_length=12, choices=Verdict.choices)
    learned_from = models.ForeignKey(
        InboundMessage, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    learned_by = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mark", "value"], name="learned_rule_once"),
            models.CheckConstraint(name="learned_rule_has_value", condition=~Q(value="")),
        ]

    def __str__(self) -> str:
        return f"{self.mark} {self.value}: {self.verdict}"
