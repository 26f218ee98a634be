from django.db import migrations


class Migration(migrations.Migration):
    """References start at INC-10001: five digits from the first day on, so that they read alike."""

    dependencies = [("tickets", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE tickets_ticket ALTER COLUMN id RESTART WITH 10001", migrations.RunSQL.noop
        )
    ]
