"""Mail that came in and mail that went out: what it was, what became of it, and why."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from tierline.core.kernel.models import Blob
from tierline.core.timeline.rules import Audience
from tierline.desk.people.models import Desk
from tierline.desk.tickets.models import Message, Ticket


class Outcome(models.TextChoices):
    """Every message ends in exactly one of these."""

    TICKET = "ticket", "New ticket"
    FOLLOW_UP = "follow_up", "Added to a ticket"
    DELIVERY_REPORT = "delivery_report", "Delivery report"
    IGNORED = "ignored", "Ignored by a rule"
    QUARANTINED = "quarantined", "In quarantine"


class State(models.TextChoices):
    """How far an outgoing mail is. Held: nothing is tried until somebody changes something."""

    QUEUED = "queued", "Waiting to be sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"
    DELAYED = "delayed", "Delayed on its way"
    HELD = "held", "Held back"
    WITHDRAWN = "withdrawn", "Withdrawn"


NO_SERVER = "No outgoing mail server is set up."
"""Why a mail is held that nobody could be given."""


class Purpose(models.TextChoices):
    REPLY = "reply", "Answer"
    ACKNOWLEDGEMENT = "acknowledgement", "We have it"
    NOTICE = "notice", "For your information"
    QUESTION = "question", "How it went"


class InboundQuerySet(models.QuerySet["InboundMessage"]):
    def unfinished(self) -> Self:
        """Stored and not yet understood."""
        return self.filter(outcome="")

    def quarantined(self) -> Self:
        return self.filter(outcome=Outcome.QUARANTINED)


class InboundMessage(models.Model):
    """A message as it arrived: stored byte for byte before anybody looks into it, then given one outcome.

    `mail_id` is the Message-ID without angle brackets. `fingerprint` says that two copies are the same message. `blob`
    is null when the bytes were deleted from the quarantine; the row stays, so that the counts still add up.
    """

    blob = models.ForeignKey(Blob, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    channel = models.CharField(max_length=20)
    delivery = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text="What tells two messages of the same bytes apart, where the bytes themselves do not.",
    )
    desk = models.ForeignKey(
        Desk,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        help_text="Whose mailbox it came to.",
    )
    mailbox_id = models.BigIntegerField(
        null=True, help_text="The mailbox it came by, which may be forgotten; null: a mail server handed it over."
    )
    received_at = models.DateTimeField()
    understood_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, blank=True, default="", choices=Outcome.choices)
    reason = models.CharField(max_length=500, blank=True, default="")
    mail_id = models.CharField(max_length=900, blank=True, default="")
    fingerprint = models.CharField(max_length=64, blank=True, default="")
    duplicate_of = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="copies", db_index=False
    )
    sender = models.CharField(max_length=320, blank=True, default="")
    subject = models.CharField(max_length=200, blank=True, default="")
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    message = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    may_answer = models.BooleanField(default=False, help_text="An automatic answer may go out (RFC 3834).")
    awaits = models.CharField(
        max_length=900, blank=True, default="", db_default="", help_text="The mail it answers, which has not come yet."
    )
    looks = models.SmallIntegerField(
        default=0, db_default=0, help_text="How many processes began to read it once more and were ended."
    )

    objects = InboundQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["blob", "channel", "delivery"], name="inbound_same_bytes_once"),
            models.UniqueConstraint(
                fields=["fingerprint"],
                name="inbound_same_message_once",
                condition=~Q(fingerprint="") & Q(duplicate_of__isnull=True),
            ),
            models.CheckConstraint(
                name="inbound_outcome_has_time", condition=Q(outcome="") | Q(understood_at__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["mail_id"], name="inbound_by_mail_id", condition=~Q(mail_id="")),
            models.Index(fields=["received_at"], name="inbound_unfinished", condition=Q(outcome="")),
            models.Index(fields=["-received_at"], name="inbound_quarantine", condition=Q(outcome="quarantined")),
            models.Index(fields=["ticket"], name="inbound_of_ticket", condition=Q(ticket__isnull=False)),
            models.Index(fields=["awaits"], name="inbound_before_its_parent", condition=~Q(awaits="")),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.pk} {self.outcome or 'stored'}"


class OutboundQuerySet(models.QuerySet["OutboundMessage"]):
    def automatic_to(self, recipient: str, *, since: datetime) -> Self:
        """What no person wrote and this address got, from `since` on."""
        return self.filter(recipient=recipient, automatic=True, created_at__gte=since)


class OutboundMessage(models.Model):
    """One mail to one recipient for one audience, with its way so far.

    The words are those of `message`; only an acknowledgement or a notice, which is no message of the ticket, has its
    own `text`. `leave` holds the addresses by which the reader of a notice ends such mail, apart by spaces. A notice
    may belong to no ticket at all; a question is a notice that stands in the conversation.
    """

    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    message = models.ForeignKey(Message, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    audience = models.CharField(max_length=12, choices=[(a.value, a.value) for a in Audience])
    automatic = models.BooleanField(default=False)
    recipient = models.CharField(max_length=320)
    subject = models.CharField(max_length=260)
    text = models.TextField(blank=True, default="")
    leave = models.CharField(max_length=500, blank=True, default="")
    mail_id = models.CharField(max_length=200)
    in_reply_to = models.CharField(max_length=900, blank=True, default="")
    references = models.TextField(blank=True, default="", help_text="Message ids, oldest first, apart by spaces.")
    state = models.CharField(max_length=10, choices=State.choices)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True, default="")
    next_at = models.DateTimeField(null=True, help_text="When a mail that waits is tried again.")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    objects = OutboundQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mail_id"], name="outbound_mail_id_once"),
            models.UniqueConstraint(
                fields=["message", "recipient"],
                name="outbound_message_once",
                condition=Q(message__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["ticket"], name="outbound_acknowledged_once", condition=Q(purpose="acknowledgement")
            ),
            models.CheckConstraint(
                name="outbound_acknowledgement_is_for_requester",
                condition=~Q(purpose="acknowledgement") | Q(audience=Audience.REQUESTER, automatic=True),
            ),
            models.CheckConstraint(
                name="outbound_of_no_ticket_is_a_notice", condition=Q(ticket__isnull=False) | Q(purpose="notice")
            ),
        ]
        indexes = [
            models.Index(fields=["ticket", "id"], name="outbound_of_ticket"),
            models.Index(
                fields=["recipient", "-created_at"],
                name="outbound_automatic_lately",
                condition=Q(automatic=True),
            ),
            models.Index(fields=["created_at"], name="outbound_waiting", condition=Q(state__in=["queued", "held"])),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} to {self.recipient}: {self.state}"

    @property
    def desk_id(self) -> int | None:
        """The desk that writes; None when the mail belongs to no ticket."""
        return self.ticket.desk_id if self.ticket is not None else None
