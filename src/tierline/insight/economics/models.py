"""The editable rate card."""

from django.db import models
from django.db.models import Q


class Rate(models.Model):
    """What one ticket costs at a tier. Tiers without a row use the shipped default (see rules.DEFAULTS)."""

    tier = models.PositiveSmallIntegerField(unique=True)
    amount = models.DecimalField(max_digits=10, decimal_places=2)
    currency = models.CharField(max_length=3)
    source = models.CharField(max_length=120)
    year = models.PositiveSmallIntegerField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="rate_not_negative", condition=Q(amount__gte=0)),
            models.CheckConstraint(name="rate_tier_0_to_4", condition=Q(tier__range=(0, 4))),
        ]

    def __str__(self) -> str:
        return f"tier {self.tier}: {self.amount} {self.currency}"
