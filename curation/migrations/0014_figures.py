"""What figures count candidates by stands in their row: licence, and when and how they were decided.

A trigger copies it from image and decision, whoever writes, as that of 0006 does for the queue. Without it every
figure would join three tables of which the largest has rows of half a kilobyte.
"""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

FOLLOW = """
CREATE FUNCTION vasculum_candidate_figures() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER candidate_figures BEFORE INSERT OR UPDATE OF
    image_id, state, decision_id, licence_id, decided_at, settled
    ON curation_candidate FOR EACH ROW EXECUTE FUNCTION vasculum_candidate_figures();

CREATE FUNCTION vasculum_licence_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE curation_candidate SET licence_id = NEW.licence_id WHERE image_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER licence_moved AFTER UPDATE OF licence_id ON curation_image FOR EACH ROW
    WHEN (OLD.licence_id IS DISTINCT FROM NEW.licence_id) EXECUTE FUNCTION vasculum_licence_moved();
"""

BACKWARDS = """
DROP FUNCTION vasculum_candidate_figures() CASCADE;
DROP FUNCTION vasculum_licence_moved() CASCADE;
"""

FILL = "UPDATE curation_candidate SET settled = settled; SET CONSTRAINTS ALL IMMEDIATE;"


class Migration(migrations.Migration):
    dependencies = [("curation", "0013_tokens_and_webhooks")]

    operations = [
        migrations.AddField(
            "candidate",
            "licence",
            models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="curation.licence",
            ),
        ),
        migrations.AddField(
            "candidate",
            "decided_at",
            models.DateTimeField(editable=False, help_text="When its decision was made.", null=True),
        ),
        migrations.AddField(
            "candidate",
            "settled",
            models.CharField(
                blank=True, editable=False, help_text="The rule of its decision.", max_length=12
            ),
        ),
        migrations.RunSQL(FOLLOW, BACKWARDS),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            "candidate", models.Index(fields=["project", "created_at"], name="candidate_added")
        ),
        migrations.AddIndex(
            "candidate",
            models.Index(
                condition=models.Q(decided_at__isnull=False),
                fields=["project", "decided_at"],
                name="candidate_decided",
            ),
        ),
        migrations.AddIndex(
            "vote",
            django.contrib.postgres.indexes.BrinIndex(
                autosummarize=True, fields=["created_at"], name="vote_days", pages_per_range=16
            ),
        ),
    ]
