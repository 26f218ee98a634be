"""Bytes that were received are what they were: a blob is put and dropped, never changed."""

from django.db import migrations

UNCHANGING = """
CREATE FUNCTION kernel_blob_unchanging() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a blob never changes' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER kernel_blob_unchanging BEFORE UPDATE ON kernel_blob
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION kernel_blob_unchanging();
"""
REVERSED = """
DROP TRIGGER kernel_blob_unchanging ON kernel_blob;
DROP FUNCTION kernel_blob_unchanging();
"""


class Migration(migrations.Migration):
    dependencies = [("kernel", "0004_tally")]
    operations = [migrations.RunSQL(UNCHANGING, REVERSED)]
