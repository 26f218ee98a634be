import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "__first__"),
        ("tickets", "0002_number_from_10001"),
    ]

    operations = [
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                ("question", models.TextField()),
                (
                    "decision",
                    models.CharField(
                        choices=[("answer", "answer"), ("ask", "ask"), ("hand_over", "hand_over")], max_length=10
                    ),
                ),
                ("says", models.TextField()),
                ("passages", models.JSONField(default=list)),
                ("matches", models.JSONField(default=list)),
                ("threshold", models.FloatField()),
                ("rules_version", models.CharField(max_length=20)),
                ("seq", models.PositiveIntegerField(help_text="The ticket's version when it decided.")),
                ("at", models.DateTimeField()),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="attempts", to="tickets.ticket"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("ticket", "number"), name="attempt_one_per_number"),
                    models.CheckConstraint(
                        condition=models.Q(("threshold__gte", 0), ("threshold__lte", 1)), name="attempt_threshold_share"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Conversation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("started_at", models.DateTimeField()),
                (
                    "ended",
                    models.CharField(
                        blank=True,
                        choices=[("", ""), ("solved", "solved"), ("ticket", "ticket")],
                        default="",
                        max_length=8,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="conversations",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ticket",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="conversation",
                        to="tickets.ticket",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ticket__isnull", True), ("ended", "ticket"), _connector="XOR"),
                        name="conversation_ticket_ends_it",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Outcome",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("pending", "pending"),
                            ("confirmed", "confirmed"),
                            ("verified", "verified"),
                            ("silent", "silent"),
                            ("failed", "failed"),
                            ("handed_over", "handed_over"),
                        ],
                        max_length=12,
                    ),
                ),
                ("is_current", models.BooleanField(default=True)),
                ("at", models.DateTimeField()),
                (
                    "attempt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="outcomes", to="assistant.attempt"
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tier_0_outcomes", to="tickets.ticket"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_current", True)), fields=["outcome", "at"], name="outcomes_to_settle"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_current", True)),
                        fields=("ticket",),
                        name="outcome_one_current_per_ticket",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Turn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("by_machine", models.BooleanField()),
                ("text", models.TextField()),
                ("decision", models.CharField(blank=True, default="", max_length=10)),
                ("passages", models.JSONField(default=list)),
                ("at", models.DateTimeField()),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="turns", to="assistant.conversation"
                    ),
                ),
            ],
        ),
    ]
