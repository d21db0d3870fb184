"""What figures count candidates by lies side by side in an index, so that one pass over it answers a page.

In the order of the index equal rows are neighbours: PostgreSQL adds them up as it reads, without a hash table and
without the table itself. The batch joins what a trigger copies from the picture, for the same reason as in 0014.
"""

import django.db.models.deletion
from django.db import migrations, models

FOLLOW = """
CREATE OR REPLACE FUNCTION vasculum_candidate_figures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT i.licence_id, i.batch_id INTO NEW.licence_id, NEW.batch_id
    FROM curation_image i WHERE i.id = NEW.image_id;
    NEW.decided_at := NULL; NEW.settled := '';
    IF NEW.state = 'decided' THEN
        SELECT d.created_at, d.rule INTO NEW.decided_at, NEW.settled
        FROM curation_decision d WHERE d.id = NEW.decision_id;
        NEW.settled := coalesce(NEW.settled, '');
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER candidate_figures ON curation_candidate;
CREATE TRIGGER candidate_figures BEFORE INSERT OR UPDATE OF
    image_id, state, decision_id, licence_id, batch_id, decided_at, settled
    ON curation_candidate FOR EACH ROW EXECUTE FUNCTION vasculum_candidate_figures();

CREATE FUNCTION vasculum_batch_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE curation_candidate SET batch_id = NEW.batch_id WHERE image_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER batch_moved AFTER UPDATE OF batch_id ON curation_image FOR EACH ROW
    WHEN (OLD.batch_id IS DISTINCT FROM NEW.batch_id) EXECUTE FUNCTION vasculum_batch_moved();
"""

BACKWARDS = """
DROP FUNCTION vasculum_batch_moved() CASCADE;
CREATE OR REPLACE FUNCTION vasculum_candidate_figures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT i.licence_id INTO NEW.licence_id FROM curation_image i WHERE i.id = NEW.image_id;
    NEW.decided_at := NULL; NEW.settled := '';
    IF NEW.state = 'decided' THEN
        SELECT d.created_at, d.rule INTO NEW.decided_at, NEW.settled
        FROM curation_decision d WHERE d.id = NEW.decision_id;
        NEW.settled := coalesce(NEW.settled, '');
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER candidate_figures ON curation_candidate;
CREATE TRIGGER candidate_figures BEFORE INSERT OR UPDATE OF
    image_id, state, decision_id, licence_id, decided_at, settled
    ON curation_candidate FOR EACH ROW EXECUTE FUNCTION vasculum_candidate_figures();
"""

# An index answers alone only for pages of the table that were tidied since they changed. By default that waits
# until a fifth of all rows has changed; a pass then takes four times as long.
TIDY = "ALTER TABLE curation_candidate SET (autovacuum_vacuum_scale_factor = 0.02)"
AS_BEFORE = "ALTER TABLE curation_candidate RESET (autovacuum_vacuum_scale_factor)"

FILL = "UPDATE curation_candidate SET batch_id = batch_id; SET CONSTRAINTS ALL IMMEDIATE;"
COUNTED = ["state", "label", "guess", "source", "licence", "settled", "votes"]
OF_SOURCE = ["project", *[name for name in COUNTED if name != "source"]]


class Migration(migrations.Migration):
    dependencies = [("curation", "0018_stored_files")]

    operations = [
        migrations.AddField(
            "candidate",
            "batch",
            models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="curation.batch",
            ),
        ),
        migrations.RunSQL(FOLLOW, BACKWARDS),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RemoveIndex("candidate", "candidate_counts"),
        migrations.AlterField(
            "candidate",
            "source",
            models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="curation.source",
            ),
        ),
        migrations.AddIndex("candidate", models.Index(fields=["project", *COUNTED], name="candidate_counts")),
        migrations.AddIndex(
            "candidate", models.Index(fields=["source", *OF_SOURCE], name="candidate_of_source")
        ),
        migrations.AddIndex(
            "candidate", models.Index(fields=["batch", "project", *COUNTED], name="candidate_of_batch")
        ),
        migrations.RunSQL(TIDY, AS_BEFORE),
    ]
