from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations, models

# English stemming after accents are taken off, so that "Zürich" finds "zurich" and "printers" finds "printer".
CREATE = """
CREATE TEXT SEARCH CONFIGURATION tierline (COPY = english);
ALTER TEXT SEARCH CONFIGURATION tierline
    ALTER MAPPING FOR hword, hword_part, word WITH unaccent, english_stem;
CREATE FUNCTION f_unaccent(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    AS $$ SELECT public.unaccent('public.unaccent', $1) $$;
"""
DROP = "DROP FUNCTION f_unaccent(text); DROP TEXT SEARCH CONFIGURATION tierline;"


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        TrigramExtension(),
        UnaccentExtension(),
        migrations.RunSQL(CREATE, DROP),
        migrations.CreateModel(
            name="Blob",
            fields=[
                ("sha256", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("size", models.BigIntegerField()),
                ("inline", models.BinaryField(null=True)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("size__gte", 0)), name="blob_size_not_negative")
                ],
            },
        ),
    ]
