"""Runbooks and their runs, automations, macros, and the typed actions that all of them may ask for."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from tierline.core.kernel.actors import Actor

from .rules.actions import ActionState
from .rules.macros import MacroSteps, Words, parse_macro_steps
from .rules.steps import RunState, Step, parse_steps


class RunbookQuerySet(models.QuerySet["Runbook"]):
    def offered_for(self, service_id: int | None) -> Self:
        """The current runbooks of a service and those for every service."""
        return self.filter(Q(service__isnull=True) | Q(service_id=service_id), active=True).order_by("id")


class Runbook(models.Model):
    """The steps a tier works through for one sort of issue. An edit makes a new version; runs keep theirs.

    `words` are what such issues are called by requesters; they only help to suggest it.
    """

    key = models.SlugField(max_length=40)
    version = models.PositiveIntegerField(default=1)
    title = models.CharField(max_length=120)
    service = models.ForeignKey("catalogue.Service", null=True, on_delete=models.PROTECT, related_name="runbooks")
    tier = models.PositiveSmallIntegerField(default=1)
    words = models.CharField(max_length=400, blank=True, default="")
    steps = models.JSONField(default=list)
    active = models.BooleanField(default=True)
    written_by = models.CharField(max_length=200)
    written_at = models.DateTimeField()

    objects = RunbookQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="runbook_version_once"),
            models.UniqueConstraint(fields=["key"], condition=Q(active=True), name="runbook_one_active_version"),
        ]

    def __str__(self) -> str:
        return f"{self.title}, version {self.version}"

    @property
    def parsed_steps(self) -> tuple[Step, ...]:
        """The steps as rules read them."""
        return parse_steps(self.steps)


class RunbookRun(models.Model):
    """One runbook being worked through on one ticket; `results` maps a step's key to what it showed."""

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="runbook_runs", db_index=False)
    runbook = models.ForeignKey(Runbook, on_delete=models.PROTECT, related_name="runs")
    state = models.CharField(max_length=8, default=RunState.RUNNING, choices=[(s.value, s.value) for s in RunState])
    results = models.JSONField(default=dict)
    ruled_out = models.JSONField(default=list)
    tier = models.PositiveSmallIntegerField()
    started_by = models.CharField(max_length=200)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "runbook"],
                condition=Q(state=RunState.RUNNING),
                name="runbook_run_once_at_a_time",
            ),
            models.CheckConstraint(
                name="runbook_run_finished_has_a_time",
                condition=Q(state=RunState.RUNNING, finished_at__isnull=True)
                | (~Q(state=RunState.RUNNING) & Q(finished_at__isnull=False)),
            ),
        ]
        indexes = [models.Index(fields=["ticket", "id"], name="runbook_runs_of_ticket")]

    def __str__(self) -> str:
        return f"run {self.pk} of runbook {self.runbook_id} on ticket {self.ticket_id}"


class Automation(models.Model):
    """When this happens, if all of that holds, then do these. An edit makes a new version."""

    name = models.CharField(max_length=120)
    version = models.PositiveIntegerField(default=1)
    event_kind = models.CharField(max_length=60)
    conditions = models.JSONField(default=list)
    actions = models.JSONField(default=list)
    active = models.BooleanField(default=True)
    written_by = models.CharField(max_length=200)
    written_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="automation_version_once"),
            models.UniqueConstraint(fields=["name"], condition=Q(active=True), name="automation_one_active_version"),
        ]
        indexes = [
            models.Index(fields=["event_kind"], name="automations_of_event", condition=Q(active=True)),
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"


class MacroQuerySet(models.QuerySet["Macro"]):
    def visible_to(self, viewer: Actor) -> Self:
        """Those of the desks that the viewer works on, if one of their groups is meant; personal ones: their own."""
        mine = Q(owner_id=viewer.person_id) if viewer.person_id is not None else Q(pk__in=[])
        meant = Q(owner__isnull=True) & (Q(groups=[]) | Q(groups__overlap=sorted(viewer.group_ids)))
        return self.filter(mine | meant, desk_id__in=sorted(viewer.desk_ids))

    def named(self, desk_id: int, name: str, owner_id: int | None) -> Self:
        """All versions of one macro."""
        return self.filter(desk_id=desk_id, name=name, owner_id=owner_id)


class Macro(models.Model):
    """Words and steps that an agent puts on a ticket at once. An edit makes a new version.

    It belongs to a desk, or to one agent who alone sees it. Without `groups` (ids) it is for everybody on the desk.
    `reply` is for the requester and `note` for colleagues: two texts that never become one.
    """

    desk = models.ForeignKey("people.Desk", on_delete=models.PROTECT, related_name="macros")
    owner = models.ForeignKey("people.Person", null=True, on_delete=models.PROTECT, related_name="macros")
    name = models.CharField(max_length=120)
    version = models.PositiveIntegerField(default=1)
    groups = ArrayField(models.BigIntegerField(), default=list)
    conditions = models.JSONField(default=list)
    reply = models.TextField(blank=True, default="")
    note = models.TextField(blank=True, default="")
    steps = models.JSONField(default=dict)
    active = models.BooleanField(default=True)
    written_by = models.CharField(max_length=200)
    written_at = models.DateTimeField()

    objects = MacroQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["desk", "name", "version"], condition=Q(owner=None), name="macro_version_once"
            ),
            models.UniqueConstraint(
                fields=["desk", "name"], condition=Q(owner=None, active=True), name="macro_one_active_version"
            ),
            models.UniqueConstraint(
                fields=["owner", "desk", "name", "version"],
                condition=Q(owner__isnull=False),
                name="own_macro_version_once",
            ),
            models.UniqueConstraint(
                fields=["owner", "desk", "name"],
                condition=Q(owner__isnull=False, active=True),
                name="own_macro_one_active_version",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"

    @property
    def parsed_steps(self) -> MacroSteps:
        """The steps as rules read them."""
        return parse_macro_steps(self.steps)

    @property
    def words(self) -> Words:
        """Both texts as they were written, with their places."""
        return Words(self.reply, self.note)


class MacroBatch(models.Model):
    """A macro for several tickets at once, each in a transaction of its own."""

    macro = models.ForeignKey(Macro, on_delete=models.PROTECT, related_name="batches")
    asked_by = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"batch {self.pk} of macro {self.macro_id}"


class MacroBatchTicket(models.Model):
    """One ticket of a batch: waiting, done, or refused with its reason."""

    batch = models.ForeignKey(MacroBatch, on_delete=models.CASCADE, related_name="tickets", db_index=False)
    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=8, default="waiting", choices=[(s, s) for s in ("waiting", "done", "refused")])
    why = models.CharField(max_length=400, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "ticket"], name="macro_batch_ticket_once")]

    def __str__(self) -> str:
        return f"ticket {self.ticket_id} of batch {self.batch_id}: {self.state}"


class ActionRun(models.Model):
    """A typed action on a ticket, from the wish to its result. `position` counts within one automation."""

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.PROTECT, related_name="action_runs", db_index=False)
    action = models.SlugField(max_length=60)
    describes = models.CharField(max_length=400)
    params = models.JSONField(default=dict)
    state = models.CharField(max_length=20, choices=[(s.value, s.value) for s in ActionState])
    asked_by = models.ForeignKey("people.Person", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    asked_label = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    automation = models.ForeignKey(Automation, null=True, on_delete=models.PROTECT, related_name="action_runs")
    cause = models.ForeignKey(
        "timeline.TimelineEntry", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    position = models.PositiveSmallIntegerField(default=0)
    chain = models.CharField(max_length=40, blank=True, default="")
    tries = models.PositiveSmallIntegerField(default=0)
    detail = models.CharField(max_length=400, blank=True, default="")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["automation", "cause", "position"],
                condition=Q(automation__isnull=False),
                name="action_once_per_automation_and_event",
            ),
            models.CheckConstraint(
                name="action_finished_has_a_time",
                condition=Q(
                    state__in=[ActionState.DONE, ActionState.FAILED, ActionState.REFUSED],
                    finished_at__isnull=False,
                )
                | Q(state__in=[ActionState.WAITING, ActionState.APPROVED], finished_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["ticket", "id"], name="actions_of_ticket"),
            models.Index(F("asked_at"), name="actions_to_approve", condition=Q(state=ActionState.WAITING)),
        ]

    def __str__(self) -> str:
        return f"{self.action} on ticket {self.ticket_id}: {self.state}"


class ActionDecision(models.Model):
    """Somebody allowed or refused an action: once; a trigger refuses to change it (migration 0002)."""

    action_run = models.OneToOneField(ActionRun, on_delete=models.PROTECT, related_name="decision")
    approved = models.BooleanField()
    reason = models.CharField(max_length=400, blank=True, default="")
    decided_by = models.ForeignKey(
        "people.Person", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decided_label = models.CharField(max_length=200)
    decided_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{'approved' if self.approved else 'refused'} by {self.decided_label}"
