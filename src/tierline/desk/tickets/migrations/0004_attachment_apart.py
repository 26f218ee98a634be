from typing import Any

from django.db import migrations, models

from tierline.core.kernel.kinds import may_hold_logs


def set_apart(apps: Any, schema_editor: Any) -> None:  # noqa: ANN401 (historical models have no types)
    """What came from outside before this rule was there follows it as well."""
    files = apps.get_model("tickets", "Attachment").objects.using(schema_editor.connection.alias)
    came = files.filter(message__direction="in", message__audience="requester")
    logs = [pk for pk, name, kind in came.values_list("pk", "name", "content_type").iterator() if may_hold_logs(name, kind)]
    for at in range(0, len(logs), 1_000):
        files.filter(pk__in=logs[at : at + 1_000]).update(apart=True)


class Migration(migrations.Migration):
    """A log is there for its sender and the desk, until its sender shares it."""

    dependencies = [("tickets", "0003_attachment_content_id_and_scan")]
    operations = [
        migrations.AddField(
            model_name="attachment",
            name="apart",
            field=models.BooleanField(default=False, help_text="For its sender and the desk only."),
        ),
        migrations.RunPython(set_apart, migrations.RunPython.noop, elidable=True),
    ]
