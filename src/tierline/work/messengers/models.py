"""Workspaces of Slack and Teams, their people, the threads that are tickets, and what was heard and said there."""

from django.db import models

from tierline.desk.people.models import Desk, Person
from tierline.desk.tickets.models import Message, Ticket

from .rules import NAMES

SLACK_API = "https://slack.com/api"


class Workspace(models.Model):
    """One workspace. `secret` signs what comes in; `access` lets answers out: Slack's bot token, or Teams' webhook."""

    purpose = "messenger"

    name = models.CharField(max_length=80, unique=True)
    network = models.CharField(max_length=8, choices=list(NAMES.items()))
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=40, unique=True)
    secret = models.TextField()
    access = models.TextField(blank=True, default="")
    api = models.CharField(max_length=200, default=SLACK_API)
    created_at = models.DateTimeField()
    last_at = models.DateTimeField(null=True)
    refusal = models.CharField(max_length=300, blank=True, default="")

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        """Where the network sends its messages."""
        return f"/hooks/{self.network}/{self.key}"


class Member(models.Model):
    """Somebody in a workspace, known by the network's id, and the person they are here."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="members", db_index=False)
    external_id = models.CharField(max_length=200)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "external_id"], name="member_once")]

    def __str__(self) -> str:
        return self.external_id


class Thread(models.Model):
    """A conversation of a workspace that is a ticket here."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="threads", db_index=False)
    place = models.CharField(max_length=200)
    thread = models.CharField(max_length=400)
    ticket = models.OneToOneField(Ticket, on_delete=models.PROTECT, related_name="messenger_thread")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "place", "thread"], name="thread_is_one_ticket")]

    def __str__(self) -> str:
        return f"{self.place} {self.thread}"


class Heard(models.Model):
    """A message that was taken, so that the same one again changes nothing."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    event_id = models.CharField(max_length=500)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "event_id"], name="heard_once")]
        indexes = [models.Index(fields=["at"], name="heard_to_forget")]

    def __str__(self) -> str:
        return self.event_id


class Post(models.Model):
    """An answer on its way into a thread."""

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="posts")
    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=8, choices=[(s, s) for s in ("queued", "sent", "failed")], default="queued")
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True, default="")
    sent_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"post of message {self.message_id}"
