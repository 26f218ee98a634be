"""Recipes, every version of them, and the runs that were made."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tierline.core.kernel.actors import Actor
from tierline.desk.people.models import Person
from tierline.desk.tickets.models import Ticket

from .rules import Verdict


class RunState(models.TextChoices):
    """QUEUED until a worker takes it, RUNNING until it is done."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"


class RecipeQuerySet(models.QuerySet["Recipe"]):
    def visible_to(self, viewer: Actor) -> Self:
        """Staff see the recipes of the tickets they may see, and those that belong to no ticket."""
        if viewer.is_machine:
            return self
        if not viewer.is_agent:
            return self.none()
        return self.filter(Q(ticket__isnull=True) | Q(ticket__in=Ticket.objects.inside(viewer)))


class Recipe(models.Model):
    """How to make a fault show, as something a machine can run. `spec` is what `rules.parse` accepts."""

    title = models.CharField(max_length=200)
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.PROTECT, related_name="recipes")
    spec = models.JSONField()
    version = models.PositiveIntegerField(default=1)
    author = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    author_label = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects = RecipeQuerySet.as_manager()

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """The name people use, for example `R-77`."""
        return f"R-{self.pk}"


class RecipeRevision(models.Model):
    """A recipe as it was in one version: what a run proved can be looked up later."""

    recipe = models.ForeignKey(Recipe, on_delete=models.CASCADE, related_name="revisions", db_index=False)
    version = models.PositiveIntegerField()
    spec = models.JSONField()
    author_label = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recipe", "version"], name="recipe_version_once")]

    def __str__(self) -> str:
        return f"R-{self.recipe_id} version {self.version}"


class LabRun(models.Model):
    """One recipe on one release, `asked` times: "3 of 3".

    `results` has one object a run: exit_code, seconds, showing, limits_hit, and the first characters of
    stdout and stderr. `recipe_version` names the revision that ran. `note` says why nothing could run.
    """

    recipe = models.ForeignKey(Recipe, on_delete=models.CASCADE, related_name="runs", db_index=False)
    recipe_version = models.PositiveIntegerField()
    release_version = models.CharField(max_length=60, blank=True, default="")
    asked = models.PositiveSmallIntegerField()
    reproduced = models.PositiveSmallIntegerField(default=0)
    verdict = models.CharField(
        max_length=14, blank=True, default="", choices=[(v.value, v.value.replace("_", " ")) for v in Verdict]
    )
    limits_hit = ArrayField(models.CharField(max_length=12), default=list)
    results = models.JSONField(default=list)
    note = models.CharField(max_length=500, blank=True, default="")
    runner = models.CharField(max_length=100, blank=True, default="")
    state = models.CharField(max_length=7, choices=RunState.choices, default=RunState.QUEUED)
    actor = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    actor_label = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="run_no_more_than_asked", condition=Q(reproduced__lte=models.F("asked"))),
            models.CheckConstraint(
                name="run_done_has_verdict",
                condition=Q(state="done", finished_at__isnull=False) & ~Q(verdict="")
                | ~Q(state="done") & Q(verdict="", finished_at__isnull=True),
            ),
        ]
        indexes = [models.Index(fields=["recipe", "release_version", "-id"], name="run_latest_on_release")]

    def __str__(self) -> str:
        return f"{self.recipe_id} on {self.release_version or 'any'}: {self.reproduced} of {self.asked}"
