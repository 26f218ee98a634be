from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("intake", "0007_notices")]
    operations = [
        migrations.AddField(
            model_name="awaitedmail",
            name="notice",
            field=models.TextField(blank=True, default="", help_text="What the provider sent, until it is read."),
        ),
        migrations.AlterField(
            model_name="awaitedmail",
            name="number",
            field=models.CharField(
                max_length=2000, help_text="The provider's name for it, or the SHA-256 of its notice."
            ),
        ),
    ]
