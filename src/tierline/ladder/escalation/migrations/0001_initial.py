import django.db.models.deletion
import tierline.ladder.escalation.rules.handovers
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalogue", "0001_initial"),
        ("people", "0001_initial"),
        ("people", "__first__"),
        ("tickets", "0002_number_from_10001"),
    ]

    operations = [
        migrations.CreateModel(
            name="Contract",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_tier", models.PositiveSmallIntegerField()),
                ("to_tier", models.PositiveSmallIntegerField()),
                ("version", models.PositiveIntegerField(default=1)),
                ("items", models.JSONField()),
                ("active", models.BooleanField(default=True)),
                ("written_by", models.CharField(max_length=200)),
                ("written_at", models.DateTimeField()),
                (
                    "service",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="escalation_contracts",
                        to="catalogue.service",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("from_tier", "to_tier", "service", "version"),
                        name="contract_version_once",
                        nulls_distinct=False,
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("active", True)),
                        fields=("from_tier", "to_tier", "service"),
                        name="contract_one_active_per_step",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("to_tier__gt", models.F("from_tier")), ("to_tier__lte", 4)),
                        name="contract_goes_up",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Handover",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_tier", models.PositiveSmallIntegerField()),
                ("to_tier", models.PositiveSmallIntegerField()),
                ("mode", models.CharField(choices=[("transfer", "transfer"), ("swarm", "swarm")], max_length=8)),
                ("question", models.TextField()),
                ("sheet", models.JSONField()),
                ("overrides", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "pending"),
                            ("accepted", "accepted"),
                            ("bounced", "bounced"),
                            ("answered", "answered"),
                            ("withdrawn", "withdrawn"),
                        ],
                        default=tierline.ladder.escalation.rules.handovers.HandoverState["PENDING"],
                        max_length=9,
                    ),
                ),
                ("asked_label", models.CharField(max_length=200)),
                ("asked_at", models.DateTimeField()),
                ("decided_label", models.CharField(blank=True, default="", max_length=200)),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "reason_code",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("missing_information", "missing_information"),
                            ("wrong_group", "wrong_group"),
                            ("known_error_exists", "known_error_exists"),
                            ("not_reproducible", "not_reproducible"),
                            ("other", "other"),
                        ],
                        default="",
                        max_length=20,
                    ),
                ),
                ("reason", models.TextField(blank=True, default="")),
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
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="handovers", to="escalation.contract"
                    ),
                ),
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
                    "from_group",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.supportgroup",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handovers",
                        to="tickets.ticket",
                    ),
                ),
                (
                    "to_group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handovers_received",
                        to="people.supportgroup",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["ticket", "id"], name="handovers_of_ticket"),
                    models.Index(
                        condition=models.Q(
                            ("state", tierline.ladder.escalation.rules.handovers.HandoverState["PENDING"])
                        ),
                        fields=["to_group", "asked_at"],
                        name="handovers_to_answer",
                    ),
                    models.Index(fields=["asked_at"], name="handovers_counted_by_pair"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("state", tierline.ladder.escalation.rules.handovers.HandoverState["PENDING"])
                        ),
                        fields=("ticket",),
                        name="handover_one_pending_per_ticket",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("to_tier__gt", models.F("from_tier")), ("to_tier__lte", 4)),
                        name="handover_goes_up",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at__isnull", True),
                                ("state", tierline.ladder.escalation.rules.handovers.HandoverState["PENDING"]),
                            ),
                            models.Q(
                                models.Q(
                                    ("state", tierline.ladder.escalation.rules.handovers.HandoverState["PENDING"]),
                                    _negated=True,
                                ),
                                ("decided_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="handover_decided_has_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state", tierline.ladder.escalation.rules.handovers.HandoverState["BOUNCED"]),
                                _negated=True,
                            ),
                            models.Q(("reason_code", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="handover_bounced_has_a_reason",
                    ),
                ],
            },
        ),
    ]
