from django.db import migrations, models

# Not logged: it is written at each call of a visitor, and worth nothing a minute later.
UNLOGGED = "ALTER TABLE kernel_tally SET UNLOGGED"


class Migration(migrations.Migration):
    dependencies = [("kernel", "0003_carried_files_and_trials")]
    operations = [
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("ends_at", models.BigIntegerField()),
                ("used", models.PositiveIntegerField()),
            ],
        ),
        migrations.RunSQL(UNLOGGED, "ALTER TABLE kernel_tally SET LOGGED"),
    ]
