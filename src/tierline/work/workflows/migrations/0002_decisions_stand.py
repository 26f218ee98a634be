from django.db import migrations

# A decision about an action is made once and stands; the action's state follows from it.
CREATE = """
CREATE FUNCTION workflows_decision_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a decision stands: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER workflows_decision_stands BEFORE UPDATE OR DELETE ON workflows_actiondecision
    FOR EACH ROW EXECUTE FUNCTION workflows_decision_stands();
"""
DROP = """
DROP TRIGGER workflows_decision_stands ON workflows_actiondecision;
DROP FUNCTION workflows_decision_stands();
"""


class Migration(migrations.Migration):
    dependencies = [("workflows", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, DROP)]
