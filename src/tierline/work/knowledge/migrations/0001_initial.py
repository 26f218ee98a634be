import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import tierline.work.knowledge.rules.states
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("kernel", "0001_initial"),
        ("people", "0001_initial"),
        ("people", "__first__"),
        ("tickets", "0002_number_from_10001"),
    ]

    operations = [
        migrations.CreateModel(
            name="Article",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(blank=True, default="", max_length=200)),
                ("issue", models.TextField(blank=True, default="")),
                ("environment", models.TextField(blank=True, default="")),
                ("resolution", models.TextField(blank=True, default="")),
                ("cause", models.TextField(blank=True, default="")),
                (
                    "confidence",
                    models.CharField(
                        choices=[
                            ("work_in_progress", "work_in_progress"),
                            ("not_validated", "not_validated"),
                            ("validated", "validated"),
                            ("archived", "archived"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "audience",
                    models.CharField(choices=[("internal", "internal"), ("requester", "requester")], max_length=12),
                ),
                (
                    "governance",
                    models.CharField(
                        choices=[("experience", "experience"), ("compliance", "compliance")], max_length=12
                    ),
                ),
                ("author_label", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("published_at", models.DateTimeField(null=True)),
                ("version", models.PositiveIntegerField(default=0)),
                (
                    "search",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.contrib.postgres.search.CombinedSearchVector(
                            django.contrib.postgres.search.CombinedSearchVector(
                                django.contrib.postgres.search.CombinedSearchVector(
                                    django.contrib.postgres.search.SearchVector("title", config="tierline", weight="A"),
                                    "||",
                                    django.contrib.postgres.search.SearchVector("issue", config="tierline", weight="B"),
                                    django.contrib.postgres.search.SearchConfig("tierline"),
                                ),
                                "||",
                                django.contrib.postgres.search.SearchVector(
                                    "environment", "cause", config="tierline", weight="C"
                                ),
                                django.contrib.postgres.search.SearchConfig("tierline"),
                            ),
                            "||",
                            django.contrib.postgres.search.SearchVector("resolution", config="tierline", weight="D"),
                            django.contrib.postgres.search.SearchConfig("tierline"),
                        ),
                        output_field=django.contrib.postgres.search.SearchVectorField(),
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "desk",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="articles",
                        to="people.desk",
                    ),
                ),
                (
                    "source_ticket",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tickets.ticket"
                    ),
                ),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(fields=["search"], name="article_search_words"),
                    models.Index(
                        models.OrderBy(models.F("changed_at"), descending=True),
                        models.F("id"),
                        name="article_list_by_change",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("source_ticket",), name="article_one_draft_per_ticket"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("published_at__isnull", True),
                            models.Q(
                                models.Q(("title", ""), _negated=True),
                                models.Q(("issue", ""), _negated=True),
                                models.Q(("resolution", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="article_published_is_complete",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("audience", tierline.work.knowledge.rules.states.ArticleAudience["INTERNAL"]),
                            ("published_at__isnull", False),
                            _connector="OR",
                        ),
                        name="article_for_requesters_is_published",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ArticleLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "how",
                    models.CharField(
                        choices=[("used", "used"), ("reused", "reused"), ("cited", "cited"), ("flagged", "flagged")],
                        max_length=8,
                    ),
                ),
                ("helped", models.BooleanField(null=True)),
                ("comment", models.TextField(blank=True, default="")),
                ("by_label", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="links", to="knowledge.article"
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="article_links", to="tickets.ticket"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("ticket", "article"), name="article_link_one_per_ticket")
                ],
            },
        ),
        migrations.CreateModel(
            name="ArticleRevision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("title", models.CharField(blank=True, max_length=200)),
                ("issue", models.TextField(blank=True)),
                ("environment", models.TextField(blank=True)),
                ("resolution", models.TextField(blank=True)),
                ("cause", models.TextField(blank=True)),
                ("editor_label", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="revisions", to="knowledge.article"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("article", "number"), name="article_revision_one_per_number")
                ],
            },
        ),
        migrations.CreateModel(
            name="TransferObligation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_tier", models.PositiveSmallIntegerField()),
                ("to_tier", models.PositiveSmallIntegerField()),
                ("summary", models.TextField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("owed", "owed"),
                            ("taught", "taught"),
                            ("tried", "tried"),
                            ("measured", "measured"),
                            ("waived", "waived"),
                        ],
                        max_length=8,
                    ),
                ),
                ("owed_at", models.DateTimeField()),
                ("due_on", models.DateField()),
                ("taught_at", models.DateTimeField(null=True)),
                ("measured_at", models.DateTimeField(null=True)),
                ("effect", models.JSONField(null=True)),
                ("waived_because", models.TextField(blank=True, default="")),
                (
                    "article",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lessons",
                        to="knowledge.article",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lessons", to="tickets.ticket"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["to_tier", "state", "due_on"], name="lesson_board")],
                "constraints": [
                    models.UniqueConstraint(fields=("ticket", "to_tier"), name="lesson_one_per_ticket_and_tier"),
                    models.CheckConstraint(
                        condition=models.Q(("to_tier__lt", models.F("from_tier"))), name="lesson_goes_down"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    tierline.work.knowledge.rules.states.TransferState["OWED"],
                                    tierline.work.knowledge.rules.states.TransferState["WAIVED"],
                                ],
                            ),
                            ("article__isnull", False),
                            _connector="OR",
                        ),
                        name="lesson_taught_has_article",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TeachBack",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("answer", models.TextField()),
                ("passed", models.BooleanField()),
                ("reason", models.CharField(max_length=300)),
                ("at", models.DateTimeField()),
                (
                    "past_ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tickets.ticket"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "obligation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="teach_backs",
                        to="knowledge.transferobligation",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["obligation", "at"], name="teach_backs_of_lesson")],
            },
        ),
    ]
