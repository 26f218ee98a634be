import django.db.models.deletion
from django.db import migrations, models

from tierline.work.diagnosis.rules.retention import Retention

CLASSES = [(one.value, one.value) for one in Retention]
STAYS = """
UPDATE diagnosis_evidence SET sha256 = original_id;
SET CONSTRAINTS ALL IMMEDIATE;
CREATE FUNCTION diagnosis_original_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.sha256 IS DISTINCT FROM OLD.sha256
       OR (OLD.original_removed_at IS NOT NULL AND NEW.original_removed_at IS DISTINCT FROM OLD.original_removed_at)
       OR (NEW.original_id IS DISTINCT FROM OLD.original_id AND (NEW.original_removed_at IS NULL
           OR OLD.original_removed_at IS NOT NULL OR OLD.retention = 'legal-hold')) THEN
        RAISE EXCEPTION 'an original never changes' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER diagnosis_original_stays BEFORE UPDATE ON diagnosis_evidence
    FOR EACH ROW EXECUTE FUNCTION diagnosis_original_stays();
"""
REVERSED = """
DROP TRIGGER diagnosis_original_stays ON diagnosis_evidence;
DROP FUNCTION diagnosis_original_stays();
"""


class Migration(migrations.Migration):
    """Originals have a hash and a class of retention; a ticket's files share their names; views are made anew."""

    dependencies = [
        ("diagnosis", "0005_when_and_how_often"),
        ("kernel", "0005_blobs_never_change"),
        ("people", "__first__"),
        ("tickets", "0005_attachment_removed"),
    ]
    operations = [
        migrations.AddField(
            model_name="evidence", name="sha256", field=models.CharField(default="", max_length=64), preserve_default=False
        ),
        migrations.AddField(
            model_name="evidence",
            name="retention",
            field=models.CharField(choices=CLASSES, default=Retention.TICKET, max_length=12),
        ),
        migrations.AddField(model_name="evidence", name="original_removed_at", field=models.DateTimeField(null=True)),
        migrations.AddIndex(
            model_name="evidence",
            index=models.Index(
                condition=models.Q(("original_removed_at", None))
                & ~models.Q(("retention__in", (Retention.TICKET, Retention.LEGAL_HOLD))),
                fields=["retention", "collected_at"],
                name="evidence_whose_time_ends",
            ),
        ),
        migrations.CreateModel(
            name="TicketNames",
            fields=[
                (
                    "ticket",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="tickets.ticket",
                    ),
                ),
                ("key", models.TextField()),
                ("names", models.JSONField(default=dict)),
                ("version", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="RetentionDefault",
            fields=[
                (
                    "desk",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="people.desk",
                    ),
                ),
                ("retention", models.CharField(choices=CLASSES, max_length=12)),
                ("changed_by", models.CharField(max_length=200)),
                ("changed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Rebuild",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("running", "running"), ("done", "done"), ("stopped", "stopped")], max_length=8
                    ),
                ),
                ("cursor", models.BigIntegerField(default=0)),
                ("total", models.PositiveIntegerField(default=0)),
                ("done", models.PositiveIntegerField(default=0)),
                ("failed", models.PositiveIntegerField(default=0)),
                ("asked_by", models.CharField(max_length=200)),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "desk",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="people.desk",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state", "running"), ("finished_at__isnull", False), _connector="XOR"),
                        name="rebuild_ends_once",
                    )
                ]
            },
        ),
        migrations.RunSQL(STAYS, REVERSED),
    ]
