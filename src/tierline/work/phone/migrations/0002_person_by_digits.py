from django.db import migrations

# Who calls is asked while the telephone rings. Numbers are kept as people write them, so the index is over their digits;
# trigrams serve "has these digits" and "is these digits" (`queries.by_digits`). The index of names and addresses serves
# the search for a caller. They stand here and not with the table of people because they serve this room's questions.
CREATE = """
CREATE INDEX person_by_digits ON people_person
    USING gin (regexp_replace(phone, '[^0-9]', '', 'g') gin_trgm_ops) WHERE NOT (phone = '');
CREATE INDEX person_by_name_or_address ON people_person
    USING gin (upper(name::text) gin_trgm_ops, upper(email::text) gin_trgm_ops)
"""


class Migration(migrations.Migration):
    dependencies = [("phone", "0001_initial"), ("kernel", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, "DROP INDEX person_by_digits; DROP INDEX person_by_name_or_address")]
