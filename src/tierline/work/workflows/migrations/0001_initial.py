import django.db.models.deletion
import tierline.work.workflows.rules.actions
import tierline.work.workflows.rules.steps
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalogue", "0001_initial"),
        ("people", "__first__"),
        ("tickets", "0002_number_from_10001"),
        ("timeline", "0002_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="ActionRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("action", models.SlugField(max_length=60)),
                ("describes", models.CharField(max_length=400)),
                ("params", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting_approval", "waiting_approval"),
                            ("approved", "approved"),
                            ("refused", "refused"),
                            ("done", "done"),
                            ("failed", "failed"),
                        ],
                        max_length=20,
                    ),
                ),
                ("asked_label", models.CharField(max_length=200)),
                ("asked_at", models.DateTimeField()),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("chain", models.CharField(blank=True, default="", max_length=40)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("detail", models.CharField(blank=True, default="", max_length=400)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "cause",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="timeline.timelineentry",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="action_runs",
                        to="tickets.ticket",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["ticket", "id"], name="actions_of_ticket"),
                    models.Index(
                        models.F("asked_at"),
                        condition=models.Q(("state", tierline.work.workflows.rules.actions.ActionState["WAITING"])),
                        name="actions_to_approve",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("finished_at__isnull", False),
                                (
                                    "state__in",
                                    [
                                        tierline.work.workflows.rules.actions.ActionState["DONE"],
                                        tierline.work.workflows.rules.actions.ActionState["FAILED"],
                                        tierline.work.workflows.rules.actions.ActionState["REFUSED"],
                                    ],
                                ),
                            ),
                            models.Q(
                                ("finished_at__isnull", True),
                                (
                                    "state__in",
                                    [
                                        tierline.work.workflows.rules.actions.ActionState["WAITING"],
                                        tierline.work.workflows.rules.actions.ActionState["APPROVED"],
                                    ],
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="action_finished_has_a_time",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ActionDecision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("approved", models.BooleanField()),
                ("reason", models.CharField(blank=True, default="", max_length=400)),
                ("decided_label", models.CharField(max_length=200)),
                ("decided_at", models.DateTimeField()),
                (
                    "decided_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "action_run",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="decision", to="workflows.actionrun"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Automation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                ("version", models.PositiveIntegerField(default=1)),
                ("event_kind", models.CharField(max_length=60)),
                ("conditions", models.JSONField(default=list)),
                ("actions", models.JSONField(default=list)),
                ("active", models.BooleanField(default=True)),
                ("written_by", models.CharField(max_length=200)),
                ("written_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("active", True)), fields=["event_kind"], name="automations_of_event"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("name", "version"), name="automation_version_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("active", True)), fields=("name",), name="automation_one_active_version"
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="actionrun",
            name="automation",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="action_runs",
                to="workflows.automation",
            ),
        ),
        migrations.CreateModel(
            name="Runbook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(max_length=40)),
                ("version", models.PositiveIntegerField(default=1)),
                ("title", models.CharField(max_length=120)),
                ("tier", models.PositiveSmallIntegerField(default=1)),
                ("words", models.CharField(blank=True, default="", max_length=400)),
                ("steps", models.JSONField(default=list)),
                ("active", models.BooleanField(default=True)),
                ("written_by", models.CharField(max_length=200)),
                ("written_at", models.DateTimeField()),
                (
                    "service",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runbooks",
                        to="catalogue.service",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("key", "version"), name="runbook_version_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("active", True)), fields=("key",), name="runbook_one_active_version"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RunbookRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("running", "running"), ("done", "done"), ("stopped", "stopped")],
                        default=tierline.work.workflows.rules.steps.RunState["RUNNING"],
                        max_length=8,
                    ),
                ),
                ("results", models.JSONField(default=dict)),
                ("ruled_out", models.JSONField(default=list)),
                ("tier", models.PositiveSmallIntegerField()),
                ("started_by", models.CharField(max_length=200)),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "runbook",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="runs", to="workflows.runbook"
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runbook_runs",
                        to="tickets.ticket",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["ticket", "id"], name="runbook_runs_of_ticket")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", tierline.work.workflows.rules.steps.RunState["RUNNING"])),
                        fields=("ticket", "runbook"),
                        name="runbook_run_once_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("finished_at__isnull", True),
                                ("state", tierline.work.workflows.rules.steps.RunState["RUNNING"]),
                            ),
                            models.Q(
                                models.Q(
                                    ("state", tierline.work.workflows.rules.steps.RunState["RUNNING"]), _negated=True
                                ),
                                ("finished_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="runbook_run_finished_has_a_time",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="actionrun",
            constraint=models.UniqueConstraint(
                condition=models.Q(("automation__isnull", False)),
                fields=("automation", "cause", "position"),
                name="action_once_per_automation_and_event",
            ),
        ),
    ]
