"""Invariants of pictures that come in: what is made from a picture keeps its licence and source."""

from django.db import migrations

INHERITS = """
CREATE FUNCTION vasculum_derived_inherits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept_licence bigint;
    kept_source bigint;
BEGIN
    IF NEW.made_by = '' THEN
        RETURN NEW;
    END IF;
    SELECT licence_id, source_id INTO kept_licence, kept_source FROM curation_image WHERE id = NEW.parent_id;
    IF NEW.licence_id IS DISTINCT FROM kept_licence OR NEW.source_id IS DISTINCT FROM kept_source THEN
        RAISE EXCEPTION 'image % is made from image %: it has the same licence and source',
            NEW.sha256, NEW.parent_id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER derived_inherits BEFORE INSERT OR UPDATE OF licence_id, source_id, parent_id, made_by
    ON curation_image FOR EACH ROW EXECUTE FUNCTION vasculum_derived_inherits();
"""

# Batches from before there were states.
FINISHED = "UPDATE curation_batch SET state = 'done' WHERE finished_at IS NOT NULL"


class Migration(migrations.Migration):
    dependencies = [("curation", "0003_collections")]

    operations = [
        migrations.RunSQL(INHERITS, "DROP FUNCTION vasculum_derived_inherits() CASCADE"),
        migrations.RunSQL(FINISHED, migrations.RunSQL.noop),
    ]
