"""Routing rules of a desk, what a service asks of its people, and every decision with its receipt."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class RoutingRule(models.Model):
    """Any of these words points to a service, a group, or both. An edit makes a new version."""

    desk = models.ForeignKey("people.Desk", on_delete=models.PROTECT, related_name="routing_rules")
    name = models.CharField(max_length=120)
    version = models.PositiveIntegerField(default=1)
    words = ArrayField(models.CharField(max_length=80), default=list)
    weight = models.FloatField(default=1.0)
    service = models.ForeignKey("catalogue.Service", null=True, on_delete=models.PROTECT, related_name="routing_rules")
    group = models.ForeignKey("people.SupportGroup", null=True, on_delete=models.PROTECT, related_name="routing_rules")
    active = models.BooleanField(default=True)
    written_by = models.CharField(max_length=200)
    written_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["desk", "name", "version"], name="routing_rule_version_once"),
            models.UniqueConstraint(
                fields=["desk", "name"], condition=Q(active=True), name="routing_rule_one_active_version"
            ),
            models.CheckConstraint(
                name="routing_rule_points_somewhere",
                condition=Q(service__isnull=False) | Q(group__isnull=False),
            ),
            models.CheckConstraint(name="routing_rule_weight_positive", condition=Q(weight__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"


class SkillNeed(models.Model):
    """What a service asks from a tier on: a skill at a level, and perhaps a valid certificate of it."""

    service = models.ForeignKey("catalogue.Service", on_delete=models.CASCADE, related_name="skill_needs")
    skill = models.ForeignKey("people.Skill", on_delete=models.PROTECT, related_name="+", db_index=False)
    level = models.PositiveSmallIntegerField(default=1)
    certified = models.BooleanField(default=False)
    from_tier = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "skill", "from_tier"], name="skill_need_once"),
            models.CheckConstraint(name="skill_need_level_1_to_3", condition=Q(level__range=(1, 3))),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} needs {self.skill_id} at level {self.level}"


class Decision(models.Model):
    """One triage or assignment: what was chosen, by whom, and the receipt that says why."""

    ticket = models.ForeignKey(
        "tickets.Ticket", on_delete=models.CASCADE, related_name="routing_decisions", db_index=False
    )
    kind = models.CharField(max_length=10, choices=[("triage", "triage"), ("assignment", "assignment")])
    chosen = models.CharField(max_length=200)
    receipt = models.JSONField()
    person = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    by = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["ticket", "id"], name="routing_why_of_ticket"),
            models.Index(fields=["person", "at"], name="routing_received_lately", condition=Q(person__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of ticket {self.ticket_id}: {self.chosen}"


class LearnedModel(models.Model):
    """What a desk's own solved tickets taught about one subject, in one version; the newest is asked.

    The shares (of 1) were measured on tickets that were kept aside. `threshold` past 1 means that it decides nothing.
    """

    SUBJECTS = [("service", "service"), ("group", "group"), ("tier", "tier")]

    desk = models.ForeignKey("people.Desk", on_delete=models.PROTECT, related_name="+")
    subject = models.CharField(max_length=10, choices=SUBJECTS)
    version = models.PositiveIntegerField()
    content = models.ForeignKey("kernel.Blob", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    texts = models.PositiveIntegerField()
    newest_at = models.DateTimeField(help_text="When the newest ticket it learned from was resolved.")
    accuracy = models.FloatField()
    threshold = models.FloatField()
    coverage = models.FloatField()
    reliability = models.FloatField()
    learned_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["desk", "subject", "version"], name="learned_model_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} of desk {self.desk_id}, version {self.version}"


class Forecast(models.Model):
    """What a learned model said of a ticket, whether it was followed, and whether people left it so."""

    ticket = models.ForeignKey("tickets.Ticket", on_delete=models.CASCADE, related_name="+", db_index=False)
    model = models.ForeignKey(LearnedModel, on_delete=models.CASCADE, related_name="forecasts")
    label = models.CharField(max_length=20, help_text="The id or number that was said; empty for none of the known.")
    score = models.FloatField()
    followed = models.BooleanField()
    at = models.DateTimeField()
    right = models.BooleanField(null=True, help_text="Known when the ticket is resolved.")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "model"], name="forecast_once_a_ticket")]
        indexes = [
            models.Index(fields=["settled_at"], name="routing_accuracy", condition=Q(settled_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.label} for ticket {self.ticket_id}"
