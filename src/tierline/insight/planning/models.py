"""The improvement register (ITIL 4, continual improvement)."""

from django.db import models
from django.db.models import Q

from .rules import ImprovementState


class Improvement(models.Model):
    """Something to make better, with the figure it shall move. `measure` is a measure's or a finding's key."""

    title = models.CharField(max_length=200)
    why = models.TextField(blank=True, default="")
    measure = models.CharField(max_length=40)
    baseline = models.FloatField()
    target = models.FloatField()
    reached = models.FloatField(null=True)
    owner = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="improvements")
    due_on = models.DateField()
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in ImprovementState])
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="improvement_done_is_measured",
                condition=~Q(state=ImprovementState.DONE) | Q(reached__isnull=False),
            ),
            models.CheckConstraint(name="improvement_moves_a_figure", condition=~Q(baseline=models.F("target"))),
        ]
        indexes = [models.Index(fields=["state", "due_on"], name="improvement_register")]

    def __str__(self) -> str:
        return self.title
