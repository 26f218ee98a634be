import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalogue", "0001_initial"),
        ("kernel", "0001_initial"),
        ("tickets", "0002_number_from_10001"),
    ]

    operations = [
        migrations.CreateModel(
            name="Evidence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[("pending", "pending"), ("ready", "ready"), ("refused", "refused")],
                        default="pending",
                        max_length=8,
                    ),
                ),
                ("reason", models.TextField(blank=True, default="")),
                ("sentence", models.CharField(blank=True, default="", max_length=400)),
                ("format", models.CharField(blank=True, default="", max_length=40)),
                ("size", models.BigIntegerField(default=0)),
                ("lines", models.BigIntegerField(default=0)),
                ("started_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("masked", models.JSONField(default=dict)),
                ("traces", models.JSONField(default=list)),
                (
                    "fingerprints",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), default=list, size=None
                    ),
                ),
                ("buckets", models.JSONField(default=list)),
                ("bursts", models.JSONField(default=list)),
                ("offsets", models.JSONField(default=list)),
                ("gone", models.JSONField(default=list)),
                ("facts", models.JSONField(default=dict)),
                (
                    "compared_with",
                    models.PositiveIntegerField(default=0, help_text="Healthy files it was compared with."),
                ),
                ("collected_at", models.DateTimeField()),
                ("analysed_at", models.DateTimeField(null=True)),
                (
                    "attachment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="evidence", to="tickets.attachment"
                    ),
                ),
                (
                    "original",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="kernel.blob"
                    ),
                ),
                (
                    "redacted",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="kernel.blob",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="evidence",
                        to="tickets.ticket",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["ticket", "id"], name="evidence_of_ticket")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "ready"), _negated=True), ("redacted__isnull", False), _connector="OR"
                        ),
                        name="evidence_ready_has_redacted",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "refused"), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="evidence_refused_says_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EvidenceTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("template_id", models.CharField(max_length=16)),
                ("template", models.TextField()),
                ("count", models.BigIntegerField()),
                ("first_line", models.BigIntegerField()),
                ("is_new", models.BooleanField(default=False)),
                ("is_rare", models.BooleanField(default=False)),
                (
                    "evidence",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="templates",
                        to="diagnosis.evidence",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["template_id"], name="evidence_by_template")],
                "constraints": [
                    models.UniqueConstraint(fields=("evidence", "template_id"), name="evidence_template_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Matcher",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ref", models.CharField(max_length=20, unique=True)),
                ("title", models.CharField(max_length=200)),
                ("rule", models.JSONField()),
                ("answer", models.TextField(blank=True, default="")),
                ("lowest_tier", models.PositiveSmallIntegerField(default=1)),
                ("known_error_id", models.BigIntegerField(null=True)),
                ("active", models.BooleanField(default=True)),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("lowest_tier__range", (0, 4))), name="matcher_lowest_tier_0_to_4"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Match",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("score", models.FloatField()),
                ("reasons", models.JSONField(default=list)),
                ("matched_at", models.DateTimeField()),
                (
                    "ticket",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="matches",
                        to="tickets.ticket",
                    ),
                ),
                (
                    "matcher",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="matches", to="diagnosis.matcher"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("ticket", "matcher"), name="match_once_per_ticket"),
                    models.CheckConstraint(condition=models.Q(("score__range", (0, 1))), name="match_score_0_to_1"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Baseline",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("release_version", models.CharField(max_length=40)),
                ("bundles", models.PositiveIntegerField(default=0)),
                ("seen_in", models.JSONField(default=dict)),
                ("texts", models.JSONField(default=dict)),
                (
                    "evidence_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="baselines",
                        to="catalogue.product",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("product", "release_version"), name="baseline_once_per_version")
                ],
            },
        ),
    ]
