"""Problems, the tickets behind them, known errors that execute, and the ledger of fixes."""

from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tierline.core.kernel.actors import Actor
from tierline.desk.catalogue.models import Component, Product
from tierline.desk.people.models import Desk, Person
from tierline.desk.tickets.models import Ticket
from tierline.work.lab.models import LabRun, Recipe

from .rules import FixState, KnownErrorAudience, KnownErrorState, ProblemState, ScanState

_PUBLISHED = Q(status=KnownErrorState.PUBLISHED)


def grounds_of_problem(viewer: Actor) -> dict[str, Q]:
    """Why a problem exists for a person."""
    return {"desk": Q(desk_id__in=viewer.desk_ids or {0})}


def grounds_of_known_error(viewer: Actor) -> dict[str, Q]:
    """Why a known error exists for a person: staff as for problems, requesters what is published for them."""
    if viewer.is_agent:
        return {"desk": Q(problem__desk_id__in=viewer.desk_ids or {0})}
    public = Q(audience=KnownErrorAudience.REQUESTER, problem__desk__confidential=False)
    return {"published": _PUBLISHED & public}


class ProblemQuerySet(models.QuerySet["Problem"]):
    def visible_to(self, viewer: Actor) -> Self:
        """Staff see the problems of the desks they may see."""
        return self if viewer.is_machine else self.filter(grounds_of_problem(viewer)["desk"])

    def open(self) -> Self:
        return self.exclude(state=ProblemState.CLOSED)


class Problem(models.Model):
    """The cause, known or not, of one or more incidents (ITIL 4). `cause_evidence` names what proves the cause."""

    timeline_kind: ClassVar[str] = "problem"

    title = models.CharField(max_length=200)
    state = models.CharField(
        max_length=16, choices=[(s.value, s.value) for s in ProblemState], default=ProblemState.IDENTIFIED
    )
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="problems")
    cause = models.TextField(blank=True, default="")
    cause_evidence = models.JSONField(default=list)
    component = models.ForeignKey(Component, null=True, on_delete=models.PROTECT, related_name="problems")
    component_name = models.CharField(max_length=80, blank=True, default="")
    owner = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="problems")
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=0)

    objects = ProblemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="problem_past_identification_has_cause",
                condition=~Q(state__in=[ProblemState.CONTROLLED, ProblemState.ERROR_CONTROLLED]) | ~Q(cause=""),
            ),
            models.CheckConstraint(
                name="problem_closed_has_moment", condition=Q(state=ProblemState.CLOSED) ^ Q(closed_at__isnull=True)
            ),
        ]
        indexes = [models.Index(fields=["state", "-changed_at"], name="problems_by_state")]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """The name people use, for example `PRB-12`."""
        return f"PRB-{self.pk}"


class ProblemTicket(models.Model):
    """A ticket that the problem caused. A ticket belongs to one problem."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="links")
    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE, related_name="problem_link")
    linked_by = models.CharField(max_length=200)
    linked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.ticket_id} of PRB-{self.problem_id}"


class KnownErrorQuerySet(models.QuerySet["KnownError"]):
    def visible_to(self, viewer: Actor) -> Self:
        """Staff as for problems; requesters what is published for them."""
        if viewer.is_machine:
            return self
        (ground,) = grounds_of_known_error(viewer).values()
        return self.filter(ground)

    def published(self) -> Self:
        return self.filter(_PUBLISHED)


class KnownError(models.Model):
    """A problem with a known cause and workaround (ITIL 4), and a matcher that recognises it.

    `symptoms` are in the users' words. `matcher` is what `diagnosis.rules.match.from_json` reads, empty for a record
    that is for people only; `fixtures` what `rules.parse_fixtures` reads. `lowest_tier` is the lowest tier that may
    apply the workaround, `risk` says what can go wrong with it.
    """

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="known_errors")
    title = models.CharField(max_length=200)
    symptoms = models.TextField()
    workaround = models.TextField()
    matcher = models.JSONField(default=dict)
    fixtures = models.JSONField(default=dict)
    lowest_tier = models.PositiveSmallIntegerField(default=1)
    risk = models.CharField(max_length=500, blank=True, default="")
    affected_versions = ArrayField(models.CharField(max_length=40), default=list)
    status = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in KnownErrorState], default=KnownErrorState.DRAFT
    )
    audience = models.CharField(
        max_length=10, choices=[(a.value, a.value) for a in KnownErrorAudience], default=KnownErrorAudience.INTERNAL
    )
    owner = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="known_errors", db_index=False)
    review_on = models.DateField(null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)

    objects = KnownErrorQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="known_error_lowest_tier_0_to_4", condition=Q(lowest_tier__range=(0, 4))),
            models.CheckConstraint(
                name="known_error_published_has_moment",
                condition=~Q(status=KnownErrorState.PUBLISHED) | Q(published_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["status", "-changed_at"], name="known_errors_by_status")]

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        """The name people use, for example `KE-14`."""
        return f"KE-{self.pk}"


class RetroScan(models.Model):
    """A known error's matcher tried on past tickets, from its first batch to its last.

    `matcher` is the rule as it was asked for. `cursor` is the last ticket that was looked at: a job that was killed
    goes on behind it. The tickets are those that `asked_by` may see; a machine sees all. `in_force` says whether open
    tickets that it catches are told so.
    """

    known_error = models.ForeignKey(KnownError, on_delete=models.CASCADE, related_name="scans", db_index=False)
    matcher = models.JSONField()
    in_force = models.BooleanField()
    state = models.CharField(max_length=8, choices=[(s.value, s.value) for s in ScanState], default=ScanState.RUNNING)
    since = models.DateTimeField()
    asked_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    cursor = models.BigIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["known_error"], condition=Q(state=ScanState.RUNNING), name="scan_runs_once_per_known_error"
            ),
            models.CheckConstraint(
                name="scan_ended_has_moment", condition=Q(state=ScanState.RUNNING) ^ Q(finished_at__isnull=False)
            ),
        ]
        indexes = [models.Index(fields=["known_error", "-id"], name="newest_scan_of_known_error")]

    def __str__(self) -> str:
        return f"KE-{self.known_error_id} since {self.since:%Y-%m-%d}"


class RetroHit(models.Model):
    """A ticket that a scan caught; `is_false` when it is known to have another cause."""

    scan = models.ForeignKey(RetroScan, on_delete=models.CASCADE, related_name="hits", db_index=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+", db_index=False)
    score = models.FloatField()
    reasons = models.JSONField(default=list)
    is_false = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scan", "ticket"], name="hit_once_per_scan")]
        indexes = [models.Index(fields=["ticket"], name="retro_hits_of_ticket")]

    def __str__(self) -> str:
        return f"{self.ticket_id} of scan {self.scan_id}"


class Fix(models.Model):
    """One entry of the fix ledger: the change that removes the cause, where it is, and whether it is proven.

    `tracker_key` names the plug-in that understands `tracker_ref`. `verdict` says in words why the state is what it
    is; `verified_run` is the run on the fixed release.
    """

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="fixes")
    product = models.ForeignKey(Product, null=True, on_delete=models.PROTECT, related_name="fixes")
    fixed_in = models.CharField(max_length=60)
    recipe = models.ForeignKey(Recipe, null=True, on_delete=models.PROTECT, related_name="fixes")
    tracker_key = models.CharField(max_length=60, blank=True, default="")
    tracker_ref = models.CharField(max_length=300, blank=True, default="")
    tracker_url = models.URLField(max_length=500, blank=True, default="")
    state = models.CharField(max_length=8, choices=[(s.value, s.value) for s in FixState], default=FixState.RECORDED)
    verdict = models.CharField(max_length=300, blank=True, default="")
    verified_run = models.ForeignKey(LabRun, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    recorded_by = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="fix_verified_has_run",
                condition=~Q(state=FixState.VERIFIED) | Q(verified_run__isnull=False, verified_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """The name people use, for example `F-31`."""
        return f"F-{self.pk}"


class Told(models.Model):
    """A requester was told something about their ticket's problem; `what` is `fix:31` or `article:4`. Once each."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+", db_index=False)
    what = models.CharField(max_length=40)
    told_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "what"], name="told_once")]
        indexes = [models.Index(fields=["what"], name="told_of_fix")]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.what}"
