import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import tierline.core.timeline.rules
import tierline.desk.tickets.rules
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalogue", "0001_initial"),
        ("kernel", "0001_initial"),
        ("people", "0001_initial"),
        ("people", "__first__"),
    ]

    operations = [
        migrations.CreateModel(
            name="Ticket",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("incident", "Incident"), ("request", "Request")], max_length=10)),
                ("title", models.CharField(max_length=200)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("open", "Open"),
                            ("waiting", "Waiting"),
                            ("resolved", "Resolved"),
                            ("closed", "Closed"),
                        ],
                        default=tierline.desk.tickets.rules.Status["NEW"],
                        max_length=10,
                    ),
                ),
                ("waiting_for", models.CharField(blank=True, default="", max_length=12)),
                ("impact", models.PositiveSmallIntegerField(default=3)),
                ("urgency", models.PositiveSmallIntegerField(default=2)),
                ("priority", models.PositiveSmallIntegerField(default=4)),
                ("tier", models.PositiveSmallIntegerField(default=0)),
                (
                    "tiers_tried",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(), default=list, size=None
                    ),
                ),
                ("offered_tier", models.PositiveSmallIntegerField(null=True)),
                ("channel", models.CharField(max_length=20)),
                ("facts", models.JSONField(default=dict)),
                ("last_word", models.CharField(default="requester", max_length=10)),
                ("opened_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("first_reply_at", models.DateTimeField(null=True)),
                ("resolved_at", models.DateTimeField(null=True)),
                ("resolved_tier", models.PositiveSmallIntegerField(null=True)),
                ("resolution_code", models.CharField(blank=True, default="", max_length=20)),
                ("resolution", models.TextField(blank=True, default="")),
                ("reopened", models.PositiveSmallIntegerField(default=0)),
                ("version", models.PositiveIntegerField(default=0)),
                ("due_at", models.DateTimeField(null=True)),
                ("due_kind", models.CharField(blank=True, default="", max_length=20)),
                ("clock", models.CharField(blank=True, default="", max_length=10)),
                (
                    "clock_share",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="Percent of the target used when last looked at."
                    ),
                ),
                (
                    "assignee",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assigned",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "desk",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets",
                        to="people.desk",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets",
                        to="people.supportgroup",
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged",
                        to="tickets.ticket",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets",
                        to="people.organisation",
                    ),
                ),
                (
                    "requester",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="requested",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "service",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tickets",
                        to="catalogue.service",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("status__in", ["new", "open", "waiting"])),
                        fields=["group", "priority", "opened_at", "id"],
                        name="queue_of_group",
                    ),
                    models.Index(
                        condition=models.Q(("status__in", ["new", "open", "waiting"])),
                        fields=["assignee", "priority", "opened_at", "id"],
                        name="queue_of_person",
                    ),
                    models.Index(
                        condition=models.Q(("status__in", ["new", "open", "waiting"])),
                        fields=["priority", "opened_at", "id"],
                        name="queue_of_all",
                    ),
                    models.Index(
                        condition=models.Q(("status__in", ["new", "open", "waiting"]), ("assignee", None)),
                        fields=["priority", "opened_at", "id"],
                        name="queue_unassigned",
                    ),
                    models.Index(
                        condition=models.Q(("status", "waiting")),
                        fields=["priority", "opened_at", "id"],
                        name="queue_waiting",
                    ),
                    models.Index(
                        condition=models.Q(("status__in", ["new", "open", "waiting"]), ("offered_tier__isnull", False)),
                        fields=["offered_tier"],
                        name="queue_offered",
                    ),
                    models.Index(
                        condition=models.Q(("status__in", ["new", "open", "waiting"])),
                        fields=["due_at"],
                        name="queue_due_next",
                    ),
                    models.Index(fields=["requester", "-changed_at"], name="portal_my_requests"),
                    models.Index(
                        condition=models.Q(("resolved_at__isnull", False)),
                        fields=["-resolved_at"],
                        name="queue_solved_lately",
                    ),
                    models.Index(fields=["-changed_at", "-id"], name="search_newest"),
                    models.Index(
                        condition=models.Q(("merged_into__isnull", False)), fields=["merged_into"], name="ticket_merged"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("priority__range", (1, 5))), name="ticket_priority_1_to_5"
                    ),
                    models.CheckConstraint(condition=models.Q(("tier__range", (0, 4))), name="ticket_tier_0_to_4"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status", tierline.desk.tickets.rules.Status["WAITING"]),
                            ("waiting_for", ""),
                            _connector="XOR",
                        ),
                        name="ticket_waits_for_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("assignee__isnull", True), ("group__isnull", False), _connector="OR"),
                        name="ticket_assignee_needs_group",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "audience",
                    models.CharField(
                        choices=[("requester", "requester"), ("internal", "internal"), ("vendor", "vendor")],
                        max_length=12,
                    ),
                ),
                ("direction", models.CharField(choices=[("in", "in"), ("out", "out"), ("note", "note")], max_length=4)),
                ("author_label", models.CharField(max_length=200)),
                ("by_machine", models.BooleanField(default=False)),
                ("channel", models.CharField(max_length=20)),
                ("text", models.TextField()),
                ("html", models.TextField(blank=True, default="")),
                (
                    "message_id",
                    models.CharField(
                        blank=True, default="", help_text="RFC 5322 Message-ID, if mailed.", max_length=400
                    ),
                ),
                ("created_at", models.DateTimeField()),
                (
                    "author",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="tickets.ticket",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["ticket", "id"], name="message_of_ticket"),
                    models.Index(
                        condition=models.Q(("message_id", ""), _negated=True),
                        fields=["message_id"],
                        name="message_by_message_id",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("direction", "note"), _negated=True),
                            ("audience", tierline.core.timeline.rules.Audience["INTERNAL"]),
                            _connector="OR",
                        ),
                        name="message_note_is_internal",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                ("query", models.CharField(max_length=400)),
                (
                    "group",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_views",
                        to="people.supportgroup",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_views",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Presence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("writing", models.BooleanField(default=False)),
                ("seen_at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="presences",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="presences", to="tickets.ticket"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("ticket", "person"), name="presence_once")],
            },
        ),
        migrations.CreateModel(
            name="Follower",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="follows", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="followers", to="tickets.ticket"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("ticket", "person"), name="follower_once")],
            },
        ),
        migrations.CreateModel(
            name="Draft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "audience",
                    models.CharField(default=tierline.core.timeline.rules.Audience["REQUESTER"], max_length=12),
                ),
                ("text", models.TextField()),
                ("saved_at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="drafts", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="drafts", to="tickets.ticket"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("ticket", "person"), name="draft_one_per_person")],
            },
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("content_type", models.CharField(max_length=100)),
                ("size", models.BigIntegerField()),
                (
                    "blob",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="kernel.blob"
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="attachments", to="tickets.message"
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="attachments", to="tickets.ticket"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TicketWords",
            fields=[
                (
                    "ticket",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="words",
                        serialize=False,
                        to="tickets.ticket",
                    ),
                ),
                ("words", django.contrib.postgres.search.SearchVectorField()),
                ("public_words", django.contrib.postgres.search.SearchVectorField()),
            ],
            options={
                "indexes": [django.contrib.postgres.indexes.GinIndex(fields=["words"], name="ticket_search")],
            },
        ),
    ]
