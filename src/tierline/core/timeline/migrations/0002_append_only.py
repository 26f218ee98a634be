from django.db import migrations

# Nobody changes history. Erasure (a session setting, only inside timeline.operations.erase) may replace `data` and
# nothing else. TRUNCATE passes only for a session that flushes a test database.
CREATE = """
CREATE FUNCTION timeline_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        IF current_setting('tierline.flushing', true) = 'on' THEN RETURN NULL; END IF;
    ELSIF TG_OP = 'UPDATE' AND current_setting('tierline.erasing', true) = 'on' THEN
        IF (to_jsonb(NEW) - 'data') = (to_jsonb(OLD) - 'data') THEN RETURN NEW; END IF;
    END IF;
    RAISE EXCEPTION 'the timeline is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER timeline_append_only BEFORE UPDATE OR DELETE ON timeline_timelineentry
    FOR EACH ROW EXECUTE FUNCTION timeline_append_only();
CREATE TRIGGER timeline_no_truncate BEFORE TRUNCATE ON timeline_timelineentry
    FOR EACH STATEMENT EXECUTE FUNCTION timeline_append_only();
"""
DROP = """
DROP TRIGGER timeline_no_truncate ON timeline_timelineentry;
DROP TRIGGER timeline_append_only ON timeline_timelineentry;
DROP FUNCTION timeline_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("timeline", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
