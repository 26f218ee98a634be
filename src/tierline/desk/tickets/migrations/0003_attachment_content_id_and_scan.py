from django.db import migrations, models


class Migration(migrations.Migration):
    """A file knows where in its mail it stands, and what a virus scanner said of it."""

    dependencies = [("tickets", "0002_number_from_10001")]
    operations = [
        migrations.AddField(
            model_name="attachment",
            name="content_id",
            field=models.CharField(
                blank=True, default="", help_text="Where the mail's HTML shows it (RFC 2392).", max_length=200
            ),
        ),
        migrations.AddField(model_name="attachment", name="scanned_at", field=models.DateTimeField(null=True)),
        migrations.AddField(
            model_name="attachment",
            name="threat",
            field=models.CharField(
                blank=True, default="", help_text="The name that a virus scanner gave it.", max_length=200
            ),
        ),
    ]
