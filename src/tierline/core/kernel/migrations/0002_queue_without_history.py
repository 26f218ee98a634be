from django.db import migrations

# procrastinate writes a row of history for every step of every job. Nobody here reads it (a job that worked is deleted
# with its history, a failed one shows its attempts, and the timeline tells what happened), and it was more than half of
# what queuing a job costs. The triggers stay, switched off, for a later migration of the library that may change them.
_TRIGGERS = (
    "procrastinate_trigger_status_events_insert_v1",
    "procrastinate_trigger_status_events_update_v1",
    "procrastinate_trigger_scheduled_events_v1",
    "procrastinate_trigger_abort_requested_events_v1",
)


def _switch(word: str) -> str:
    return ";".join(f"ALTER TABLE procrastinate_jobs {word} TRIGGER {name}" for name in _TRIGGERS)


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_initial"), ("procrastinate", "0041_post_retry_failed_job")]
    operations = [migrations.RunSQL(_switch("DISABLE"), _switch("ENABLE"))]
