from django.db import migrations, models


class Migration(migrations.Migration):
    """The bytes of a file may be gone when their time is over."""

    dependencies = [("tickets", "0004_attachment_apart")]
    operations = [
        migrations.AddField(
            model_name="attachment",
            name="removed_at",
            field=models.DateTimeField(null=True, help_text="When its bytes were removed; its name and size stay."),
        ),
    ]
