"""What a desk says in its own words."""

from django.db import models

from tierline.desk.people.models import Desk


class Acknowledgement(models.Model):
    """What a desk answers when a mail has opened a ticket. Empty: it answers nothing; no row: the house's words."""

    desk = models.OneToOneField(Desk, primary_key=True, on_delete=models.CASCADE, related_name="+")
    text = models.TextField(blank=True)
    changed_by = models.CharField(max_length=200)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"acknowledgement of {self.desk_id}"
