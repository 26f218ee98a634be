"""Stored bytes: immutable and addressed by their content."""

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

    def __str__(self) -> str:
        return self.sha256[:12]
