import django.contrib.postgres.fields
import django.db.models.deletion
import tierline.ladder.problems.rules
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalogue", "0001_initial"),
        ("lab", "0001_initial"),
        ("people", "0001_initial"),
        ("people", "__first__"),
        ("tickets", "0002_number_from_10001"),
    ]

    operations = [
        migrations.CreateModel(
            name="Problem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("identified", "identified"),
                            ("controlled", "controlled"),
                            ("error_controlled", "error_controlled"),
                            ("closed", "closed"),
                        ],
                        default=tierline.ladder.problems.rules.ProblemState["IDENTIFIED"],
                        max_length=16,
                    ),
                ),
                ("cause", models.TextField(blank=True, default="")),
                ("cause_evidence", models.JSONField(default=list)),
                ("component_name", models.CharField(blank=True, default="", max_length=80)),
                ("opened_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("version", models.PositiveIntegerField(default=0)),
                (
                    "component",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="problems",
                        to="catalogue.component",
                    ),
                ),
                (
                    "desk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="problems", to="people.desk"
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="problems",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["state", "-changed_at"], name="problems_by_state")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                (
                                    "state__in",
                                    [
                                        tierline.ladder.problems.rules.ProblemState["CONTROLLED"],
                                        tierline.ladder.problems.rules.ProblemState["ERROR_CONTROLLED"],
                                    ],
                                ),
                                _negated=True,
                            ),
                            models.Q(("cause", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="problem_past_identification_has_cause",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state", tierline.ladder.problems.rules.ProblemState["CLOSED"]),
                            ("closed_at__isnull", True),
                            _connector="XOR",
                        ),
                        name="problem_closed_has_moment",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="KnownError",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=200)),
                ("symptoms", models.TextField()),
                ("workaround", models.TextField()),
                ("matcher", models.JSONField(default=dict)),
                ("fixtures", models.JSONField(default=dict)),
                ("lowest_tier", models.PositiveSmallIntegerField(default=1)),
                ("risk", models.CharField(blank=True, default="", max_length=500)),
                (
                    "affected_versions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), default=list, size=None
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("draft", "draft"), ("published", "published"), ("retired", "retired")],
                        default=tierline.ladder.problems.rules.KnownErrorState["DRAFT"],
                        max_length=10,
                    ),
                ),
                (
                    "audience",
                    models.CharField(
                        choices=[("internal", "internal"), ("requester", "requester")],
                        default=tierline.ladder.problems.rules.KnownErrorAudience["INTERNAL"],
                        max_length=10,
                    ),
                ),
                ("review_on", models.DateField(null=True)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("published_at", models.DateTimeField(null=True)),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="known_errors",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "problem",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="known_errors", to="problems.problem"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["status", "-changed_at"], name="known_errors_by_status")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("lowest_tier__range", (0, 4))), name="known_error_lowest_tier_0_to_4"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("status", tierline.ladder.problems.rules.KnownErrorState["PUBLISHED"]), _negated=True
                            ),
                            ("published_at__isnull", False),
                            _connector="OR",
                        ),
                        name="known_error_published_has_moment",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Fix",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fixed_in", models.CharField(max_length=60)),
                ("tracker_key", models.CharField(blank=True, default="", max_length=60)),
                ("tracker_ref", models.CharField(blank=True, default="", max_length=300)),
                ("tracker_url", models.URLField(blank=True, default="", max_length=500)),
                (
                    "state",
                    models.CharField(
                        choices=[("recorded", "recorded"), ("verified", "verified"), ("failed", "failed")],
                        default=tierline.ladder.problems.rules.FixState["RECORDED"],
                        max_length=8,
                    ),
                ),
                ("verdict", models.CharField(blank=True, default="", max_length=300)),
                ("recorded_by", models.CharField(max_length=200)),
                ("recorded_at", models.DateTimeField()),
                ("verified_at", models.DateTimeField(null=True)),
                (
                    "product",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fixes",
                        to="catalogue.product",
                    ),
                ),
                (
                    "recipe",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="fixes", to="lab.recipe"
                    ),
                ),
                (
                    "verified_run",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="lab.labrun",
                    ),
                ),
                (
                    "problem",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="fixes", to="problems.problem"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", tierline.ladder.problems.rules.FixState["VERIFIED"]), _negated=True),
                            models.Q(("verified_at__isnull", False), ("verified_run__isnull", False)),
                            _connector="OR",
                        ),
                        name="fix_verified_has_run",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ProblemTicket",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("linked_by", models.CharField(max_length=200)),
                ("linked_at", models.DateTimeField()),
                (
                    "problem",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="links", to="problems.problem"
                    ),
                ),
                (
                    "ticket",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="problem_link", to="tickets.ticket"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Told",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("what", models.CharField(max_length=40)),
                ("told_at", models.DateTimeField()),
                (
                    "ticket",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tickets.ticket",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["what"], name="told_of_fix")],
                "constraints": [models.UniqueConstraint(fields=("ticket", "what"), name="told_once")],
            },
        ),
    ]
