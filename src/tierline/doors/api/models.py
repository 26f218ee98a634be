"""What a program was told, so that asking again after a lost connection does nothing twice."""

from django.db import models

from tierline.desk.people.models import Person


class KeptAnswer(models.Model):
    """The answer to a request with an Idempotency-Key, kept for a day. `body` is JSON as it was sent."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="kept_answer_one_per_key")]
        indexes = [models.Index(fields=["created_at"], name="kept_answers_to_forget")]

    def __str__(self) -> str:
        return f"{self.status} for {self.person_id}"
