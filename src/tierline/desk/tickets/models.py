"""Tickets, their messages and attachments, drafts and presence."""

from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.models import Blob
from tierline.core.timeline.rules import Audience
from tierline.desk.catalogue.models import Service
from tierline.desk.people.models import Desk, Organisation, Person, SupportGroup

from .rules import OPEN_STATUSES, STATE_FIELDS, Kind, Status, TicketState, reference

_OPEN = Q(status__in=[s.value for s in OPEN_STATUSES])


def grounds(viewer: Actor) -> dict[str, Q]:
    """Why a ticket exists for a person: any one of these is enough, and nothing else is."""
    own = {} if viewer.for_right else {"requester": Q(requester_id=viewer.person_id or 0)}
    if viewer.is_agent:
        return {"desk": Q(desk_id__in=viewer.desk_ids or {0})} | own  # none at all must stay a condition of SQL
    followed = Follower.objects.filter(person_id=viewer.person_id or 0).values("ticket_id")
    return {**own, "follower": Q(pk__in=followed)}


class TicketQuerySet(models.QuerySet["Ticket"]):
    def visible_to(self, viewer: Actor) -> Self:
        """What exists for this viewer.

        Staff: the desks they may see and what they asked for themselves. Requesters: their own tickets and those
        they follow. Machines: everything.
        """
        if viewer.is_machine:
            return self.all()
        found = list(grounds(viewer).values())
        if viewer.is_agent:
            return self.filter(reduce(or_, found))
        first, *rest = (Ticket.objects.filter(one).values("pk") for one in found)
        return self.filter(pk__in=first.union(*rest))  # an OR of the two would read every ticket

    def inside(self, viewer: Actor) -> Self:
        """Those of the desks that the viewer sees from inside: not what they asked of a desk that is not theirs."""
        if viewer.is_machine:
            return self.all()
        return self.filter(grounds(viewer)["desk"]) if viewer.is_agent else self.none()

    def open(self) -> Self:
        """Not yet resolved: new, open or waiting."""
        return self.filter(_OPEN)


class Ticket(models.Model):
    """An incident or a service request, as its timeline left it.

    Every field of `TicketState` follows from the timeline; `version` is the last entry's `seq`. `due_at`, `due_kind`
    and `clock` are a projection of the SLA clocks for lists.
    """

    timeline_kind: ClassVar[str] = "ticket"

    kind = models.CharField(max_length=10, choices=[(k.value, k.name.title()) for k in Kind])
    title = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=[(s.value, s.name.title()) for s in Status], default=Status.NEW)
    waiting_for = models.CharField(max_length=12, blank=True, default="")
    impact = models.PositiveSmallIntegerField(default=3)
    urgency = models.PositiveSmallIntegerField(default=2)
    priority = models.PositiveSmallIntegerField(default=4)
    tier = models.PositiveSmallIntegerField(default=0)
    tiers_tried = ArrayField(models.PositiveSmallIntegerField(), default=list)
    offered_tier = models.PositiveSmallIntegerField(null=True)
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="tickets", db_index=False)
    group = models.ForeignKey(SupportGroup, null=True, on_delete=models.PROTECT, related_name="tickets", db_index=False)
    assignee = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="assigned", db_index=False)
    requester = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="requested", db_index=False)
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="tickets")
    service = models.ForeignKey(Service, null=True, on_delete=models.PROTECT, related_name="tickets", db_index=False)
    channel = models.CharField(max_length=20)
    facts = models.JSONField(default=dict)
    last_word = models.CharField(max_length=10, default="requester")
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    first_reply_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    resolved_tier = models.PositiveSmallIntegerField(null=True)
    resolution_code = models.CharField(max_length=20, blank=True, default="")
    resolution = models.TextField(blank=True, default="")
    reopened = models.PositiveSmallIntegerField(default=0)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged", db_index=False)
    version = models.PositiveIntegerField(default=0)

    due_at = models.DateTimeField(null=True)
    due_kind = models.CharField(max_length=20, blank=True, default="")
    clock = models.CharField(max_length=10, blank=True, default="")
    clock_share = models.PositiveSmallIntegerField(
        default=0, help_text="Percent of the target used when last looked at."
    )

    objects = TicketQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="ticket_priority_1_to_5", condition=Q(priority__range=(1, 5))),
            models.CheckConstraint(name="ticket_tier_0_to_4", condition=Q(tier__range=(0, 4))),
            models.CheckConstraint(
                name="ticket_waits_for_somebody", condition=Q(status=Status.WAITING) ^ Q(waiting_for="")
            ),
            models.CheckConstraint(
                name="ticket_assignee_needs_group",
                condition=Q(assignee__isnull=True) | Q(group__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["group", "priority", "opened_at", "id"], name="queue_of_group", condition=_OPEN),
            models.Index(fields=["assignee", "priority", "opened_at", "id"], name="queue_of_person", condition=_OPEN),
            models.Index(fields=["priority", "opened_at", "id"], name="queue_of_all", condition=_OPEN),
            models.Index(
                fields=["priority", "opened_at", "id"], name="queue_unassigned", condition=_OPEN & Q(assignee=None)
            ),
            models.Index(fields=["priority", "opened_at", "id"], name="queue_waiting", condition=Q(status="waiting")),
            models.Index(
                fields=["offered_tier"], name="queue_offered", condition=_OPEN & Q(offered_tier__isnull=False)
            ),
            models.Index(fields=["due_at"], name="queue_due_next", condition=_OPEN),
            models.Index(fields=["requester", "-changed_at"], name="portal_my_requests"),
            models.Index(fields=["-resolved_at"], name="queue_solved_lately", condition=Q(resolved_at__isnull=False)),
            models.Index(fields=["-changed_at", "-id"], name="search_newest"),
            models.Index(fields=["merged_into"], name="ticket_merged", condition=Q(merged_into__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """The name people use, for example `INC-20418`."""
        return reference(self.kind, self.pk)

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES

    @property
    def release_version(self) -> str:
        """The version of the product at fault, as far as it is known."""
        return str(self.facts.get("version", ""))

    @property
    def state(self) -> TicketState:
        """The part of the row that follows from the timeline."""
        values: dict[str, Any] = {name: getattr(self, name) for name in STATE_FIELDS}
        values["tiers_tried"] = tuple(self.tiers_tried)
        values["facts"] = dict(self.facts)
        return TicketState(**values)

    def become(self, state: TicketState) -> list[str]:
        """Take over a state; returns the names of the fields that differ."""
        before = self.state
        names = [name for name in STATE_FIELDS if getattr(state, name) != getattr(before, name)]
        for name in names:
            value = getattr(state, name)
            setattr(self, name, list(value) if name == "tiers_tried" else value)
        return names


class Follower(models.Model):
    """Somebody besides the requester who reads and answers along (a copied address, a manager)."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="followers")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="follows")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "person"], name="follower_once")]

    def __str__(self) -> str:
        return f"{self.person_id} follows {self.ticket_id}"


class MessageQuerySet(models.QuerySet["Message"]):
    def readable_by(self, viewer: Actor) -> Self:
        """Of the tickets a viewer sees: everything on their own desks, else what is addressed to requesters."""
        if viewer.is_machine:
            return self.all()
        addressed = Q(audience=Audience.REQUESTER)
        return self.filter(addressed | Q(ticket__desk_id__in=viewer.desk_ids) if viewer.is_agent else addressed)


class Message(models.Model):
    """Something that was said on a ticket, to exactly one audience. `text` is plain; `html` is cleaned."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="messages", db_index=False)
    audience = models.CharField(max_length=12, choices=[(a.value, a.value) for a in Audience])
    direction = models.CharField(max_length=4, choices=[("in", "in"), ("out", "out"), ("note", "note")])
    author = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    author_label = models.CharField(max_length=200)
    by_machine = models.BooleanField(default=False)
    channel = models.CharField(max_length=20)
    text = models.TextField()
    html = models.TextField(blank=True, default="")
    message_id = models.CharField(max_length=400, blank=True, default="", help_text="RFC 5322 Message-ID, if mailed.")
    created_at = models.DateTimeField()

    objects = MessageQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["ticket", "id"], name="message_of_ticket"),
            models.Index(fields=["message_id"], name="message_by_message_id", condition=~Q(message_id="")),
        ]
        constraints = [
            models.CheckConstraint(
                name="message_note_is_internal",
                condition=~Q(direction="note") | Q(audience=Audience.INTERNAL),
            )
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.direction} {self.pk}"


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def readable_by(self, viewer: Actor) -> Self:
        """Files of messages that a viewer reads, but for those that are apart.

        A log tells more of whoever sent it than their words do: outside the desk it is there for its sender alone,
        until they share it with those who read along.
        """
        if viewer.is_machine:
            return self.all()
        found = self.filter(
            ticket__in=Ticket.objects.visible_to(viewer).values("pk"),
            message__in=Message.objects.readable_by(viewer).values("pk"),
        )
        theirs = Q(apart=False) | Q(message__author_id=viewer.person_id or 0)
        return found.filter(theirs | Q(ticket__desk_id__in=viewer.desk_ids) if viewer.is_agent else theirs)


class Attachment(models.Model):
    """A file that came with a message. `size` is in bytes; the original is never served with an active type.

    `content_type` is what its bytes say it is (kernel.kinds), as far as they do. One that is `apart` may hold logs,
    and is for its sender and the desk only (`AttachmentQuerySet.readable_by`).
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="attachments")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+", db_index=False)
    size = models.BigIntegerField()
    content_id = models.CharField(
        max_length=200, blank=True, default="", help_text="Where the mail's HTML shows it (RFC 2392)."
    )
    scanned_at = models.DateTimeField(null=True)
    threat = models.CharField(
        max_length=200, blank=True, default="", help_text="The name that a virus scanner gave it."
    )
    apart = models.BooleanField(default=False, help_text="For its sender and the desk only.")
    removed_at = models.DateTimeField(null=True, help_text="When its bytes were removed; its name and size stay.")

    objects = AttachmentQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class TicketWords(models.Model):
    """The words of a ticket for search, apart from the ticket's hot row.

    `words` holds everything for staff, `public_words` only what the requester may read.
    """

    ticket = models.OneToOneField(Ticket, primary_key=True, on_delete=models.CASCADE, related_name="words")
    words: "models.Field[Any, Any]" = SearchVectorField()
    public_words: "models.Field[Any, Any]" = SearchVectorField()

    class Meta:
        indexes = [GinIndex(fields=["words"], name="ticket_search")]

    def __str__(self) -> str:
        return f"words of {self.ticket_id}"


class Draft(models.Model):
    """What somebody has typed and not sent. Colleagues see it and can take it over."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="drafts")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="drafts")
    audience = models.CharField(max_length=12, default=Audience.REQUESTER)
    text = models.TextField()
    saved_at: "models.DateTimeField[datetime, datetime]" = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "person"], name="draft_one_per_person")]

    def __str__(self) -> str:
        return f"draft of {self.person_id} on {self.ticket_id}"


class Presence(models.Model):
    """Who looks at a ticket, and who writes, refreshed by a ping."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="presences")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="presences")
    writing = models.BooleanField(default=False)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "person"], name="presence_once")]

    def __str__(self) -> str:
        return f"{self.person_id} at {self.ticket_id}"


class SavedView(models.Model):
    """A named filter of the queue; `query` is the page's URL query."""

    owner = models.ForeignKey(Person, null=True, on_delete=models.CASCADE, related_name="saved_views")
    group = models.ForeignKey(SupportGroup, null=True, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=400)

    def __str__(self) -> str:
        return self.name
