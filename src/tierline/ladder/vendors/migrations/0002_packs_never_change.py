"""What was sent to a vendor can be shown as it was sent."""

from django.db import migrations

UNCHANGING = """
CREATE FUNCTION vendors_pack_unchanging() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a pack never changes' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER vendors_pack_unchanging BEFORE UPDATE ON vendors_pack
    FOR EACH ROW EXECUTE FUNCTION vendors_pack_unchanging();
"""
REVERSED = """
DROP TRIGGER vendors_pack_unchanging ON vendors_pack;
DROP FUNCTION vendors_pack_unchanging();
"""


class Migration(migrations.Migration):
    dependencies = [("vendors", "0001_initial")]
    operations = [migrations.RunSQL(UNCHANGING, REVERSED)]
