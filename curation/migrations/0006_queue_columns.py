"""What the queue is ordered by follows image and prediction, whoever writes; guidelines and comments stay."""

from django.db import migrations

FOLLOW = """
CREATE FUNCTION vasculum_candidate_follows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    said record;
BEGIN
    SELECT i.source_id INTO NEW.source_id FROM curation_image i WHERE i.id = NEW.image_id;
    NEW.guess_id := NULL; NEW.confidence := NULL; NEW.margin := NULL;
    IF NEW.prediction_id IS NOT NULL THEN
        SELECT p.label_id, p.confidence,
               (SELECT max(x) FROM unnest(p.probabilities) x)
               - coalesce((SELECT x FROM unnest(p.probabilities) x ORDER BY x DESC OFFSET 1 LIMIT 1), 0) AS margin
        INTO said FROM curation_prediction p WHERE p.id = NEW.prediction_id;
        NEW.guess_id := said.label_id; NEW.confidence := said.confidence; NEW.margin := said.margin;
    END IF;
    IF NEW.votes = 0 THEN
        NEW.disagreement := CASE WHEN NEW.guess_id <> NEW.proposed_id THEN 0.5 ELSE 0 END;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER candidate_follows BEFORE INSERT OR UPDATE OF
    image_id, prediction_id, proposed_id, votes, source_id, guess_id, confidence, margin, disagreement
    ON curation_candidate FOR EACH ROW EXECUTE FUNCTION vasculum_candidate_follows();

CREATE FUNCTION vasculum_source_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE curation_candidate SET source_id = NEW.source_id WHERE image_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER source_moved AFTER UPDATE OF source_id ON curation_image FOR EACH ROW
    WHEN (OLD.source_id IS DISTINCT FROM NEW.source_id) EXECUTE FUNCTION vasculum_source_moved();
"""

BACKWARDS = """
DROP FUNCTION vasculum_candidate_follows() CASCADE;
DROP FUNCTION vasculum_source_moved() CASCADE;
"""

APPEND_ONLY = ["guideline", "guidelinesection", "guidelineexample", "comment"]
KEEP = "\n".join(
    f"""
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON curation_{table}
    FOR EACH ROW EXECUTE FUNCTION vasculum_append_only();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON curation_{table}
    FOR EACH STATEMENT EXECUTE FUNCTION vasculum_append_only();
"""
    for table in APPEND_ONLY
)
LET_GO = "\n".join(
    f"DROP TRIGGER append_only ON curation_{table}; DROP TRIGGER no_truncate ON curation_{table};"
    for table in APPEND_ONLY
)


# What a project said so far is the first version of its guidelines.
FIRST_VERSION = """
INSERT INTO curation_guideline (project_id, number, intro, translations, note, created_at)
SELECT id, 1, guidelines, '{}', '', created_at FROM curation_project WHERE guidelines <> '';
INSERT INTO curation_guidelinesection (guideline_id, label_id, text, translations)
SELECT g.id, c.id, '', '{}' FROM curation_guideline g JOIN curation_labelclass c ON c.project_id = g.project_id;
UPDATE curation_project p SET guideline_id = g.id FROM curation_guideline g WHERE g.project_id = p.id;
SET CONSTRAINTS ALL IMMEDIATE;
"""
FILL = "UPDATE curation_candidate SET votes = votes; SET CONSTRAINTS ALL IMMEDIATE;"


class Migration(migrations.Migration):
    dependencies = [("curation", "0005_team_review")]

    operations = [
        migrations.RunSQL(FIRST_VERSION, migrations.RunSQL.noop),
        migrations.RemoveField("project", "guidelines"),
        migrations.RunSQL(FOLLOW, BACKWARDS),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(KEEP, LET_GO),
    ]
