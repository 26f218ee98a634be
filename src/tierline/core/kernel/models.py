"""Stored bytes: immutable and addressed by their content; and what was tried to reach others."""

from django.db import models


class Blob(models.Model):
    """Bytes that were received or made, once each. Small ones live in the database, large ones in a file.

    `size` is in bytes. `inline` is null when the bytes are in the data folder (see `storage`).
    """

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.BigIntegerField()
    inline = models.BinaryField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="blob_size_not_negative", condition=models.Q(size__gte=0)),
        ]
        indexes = [
            models.Index(fields=["created_at"], name="blobs_in_files", condition=models.Q(inline__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.sha256[:12]


class CarriedFile(models.Model):
    """A large file on its way to the object storage (`storage.carrying`), or there.

    `place` is the bucket that has it since `carried_at`, empty before; `leaving`: the object is to be deleted.
    `problem` is why the last try was in vain. No foreign key: the object outlives the blob until it is deleted.
    """

    sha256 = models.CharField(max_length=64, unique=True)
    asked_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    carried_at = models.DateTimeField(null=True)
    place = models.CharField(max_length=400, blank=True, default="")
    leaving = models.BooleanField(default=False)
    problem = models.CharField(max_length=300, blank=True, default="")

    def __str__(self) -> str:
        return self.sha256[:12]


class Trial(models.Model):
    """A connection that somebody had tried (`trials`): what, by whom, and how each step went."""

    kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    state = models.CharField(max_length=8, default="running", choices=[(s, s) for s in ("running", "good", "bad")])
    steps: "models.JSONField[list[dict[str, str]], list[dict[str, str]]]" = models.JSONField(default=list)
    asked_by = models.CharField(max_length=120)
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "subject_id", "-id"], name="trial_of_this")]

    def __str__(self) -> str:
        return f"trial of {self.kind} {self.subject_id}"


class Tally(models.Model):
    """How often something happened in a window (`rates.SharedWindow`). `key` is a digest, `ends_at` in Unix seconds."""

    key = models.CharField(max_length=64, primary_key=True)
    ends_at = models.BigIntegerField()
    used = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.key[:12]


class JobProblem(models.Model):
    """Why a job of the queue went wrong last. No foreign key: the queue deletes what is done by itself."""

    job_id = models.BigIntegerField(primary_key=True)
    words = models.CharField(max_length=500)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.job_id}: {self.words}"
