from django.db import migrations, models


class Migration(migrations.Migration):
    """An answer may come before the mail that it answers; that one then joins it."""

    dependencies = [("intake", "0002_connections")]
    operations = [
        migrations.AddField(
            model_name="inboundmessage",
            name="awaits",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="The mail it answers, which has not come yet.",
                max_length=900,
            ),
        ),
        migrations.AddIndex(
            model_name="inboundmessage",
            index=models.Index(
                condition=models.Q(("awaits", ""), _negated=True), fields=["awaits"], name="inbound_before_its_parent"
            ),
        ),
    ]
