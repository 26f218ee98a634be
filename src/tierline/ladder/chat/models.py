"""Chat widgets on other sites, and the chats that began there."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from tierline.desk.people.models import Desk
from tierline.ladder.assistant.models import Conversation


class ChatWidget(models.Model):
    """A chat for the pages of some sites. `origins` are the only ones that may show it; `key` is public."""

    name = models.CharField(max_length=80, unique=True)
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=40, unique=True)
    origins = ArrayField(models.CharField(max_length=200))
    answers = models.BooleanField(default=True, help_text="Tier 0 answers first; otherwise a person does.")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Chat(models.Model):
    """One visit: a conversation with tier 0 that may go on as a ticket.

    `seen_at` is when the visitor's page asked for news last, `read` the id of the newest message it was given.
    """

    widget = models.ForeignKey(ChatWidget, null=True, on_delete=models.SET_NULL, related_name="chats", db_index=False)
    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE, related_name="chat")
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    read = models.BigIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["seen_at"], name="chats_to_end", condition=models.Q(left_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"chat {self.pk}"
