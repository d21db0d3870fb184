"""Invariants that hold whoever writes: append-only history, frozen releases, labels of the right project."""

from django.db import migrations

APPEND_ONLY = ["curation_vote", "curation_decision", "curation_auditentry"]
FROZEN = ["curation_release", "curation_releasemember"]

REFUSE_CHANGE = """
CREATE FUNCTION vasculum_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused; write a new row instead', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""

RELEASE = """
CREATE FUNCTION vasculum_release_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE leaking text;
BEGIN
    IF OLD.manifest_sha256 <> '' THEN
        RAISE EXCEPTION 'release % is frozen: % refused; freeze a new release instead', OLD.name, TG_OP
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    IF NEW.manifest_sha256 <> '' THEN
        SELECT m.leak_group INTO leaking FROM curation_releasemember m
            WHERE m.release_id = NEW.id GROUP BY m.leak_group HAVING count(DISTINCT m.split) > 1 LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'release % leaks: group % stands in more than one split', NEW.name, leaking
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_frozen BEFORE UPDATE OR DELETE ON curation_release
    FOR EACH ROW EXECUTE FUNCTION vasculum_release_frozen();

CREATE FUNCTION vasculum_member_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM added JOIN curation_release r ON r.id = added.release_id
               WHERE r.manifest_sha256 <> '') THEN
        RAISE EXCEPTION 'the release is frozen: no member can be added; freeze a new release instead'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER member_frozen AFTER INSERT ON curation_releasemember
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION vasculum_member_frozen();
CREATE TRIGGER member_append_only BEFORE UPDATE OR DELETE ON curation_releasemember
    FOR EACH ROW EXECUTE FUNCTION vasculum_append_only();
"""

LABEL_OF_PROJECT = """
CREATE FUNCTION vasculum_label_of_project() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE asked bigint; wanted bigint;
BEGIN
    IF NEW.label_id IS NULL THEN
        RETURN NEW;
    END IF;
    IF TG_TABLE_NAME = 'curation_candidate' THEN
        asked := NEW.project_id;
    ELSE
        SELECT project_id INTO asked FROM curation_candidate WHERE id = NEW.candidate_id;
    END IF;
    SELECT project_id INTO wanted FROM curation_labelclass WHERE id = NEW.label_id;
    IF asked IS DISTINCT FROM wanted THEN
        RAISE EXCEPTION 'class % is of project %, the candidate of project %', NEW.label_id, wanted, asked
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""


def forwards() -> str:
    parts = [REFUSE_CHANGE, RELEASE, LABEL_OF_PROJECT]
    for table in APPEND_ONLY:
        parts.append(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION vasculum_append_only();"
        )
    for table in APPEND_ONLY + FROZEN:
        parts.append(
            f"CREATE TRIGGER no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION vasculum_append_only();"
        )
    for table in ["curation_vote", "curation_decision", "curation_candidate"]:
        when = "INSERT OR UPDATE OF label_id" if table == "curation_candidate" else "INSERT"
        parts.append(
            f"CREATE TRIGGER label_of_project BEFORE {when} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION vasculum_label_of_project();"
        )
    return "\n".join(parts)


BACKWARDS = """
DROP FUNCTION vasculum_append_only() CASCADE;
DROP FUNCTION vasculum_release_frozen() CASCADE;
DROP FUNCTION vasculum_member_frozen() CASCADE;
DROP FUNCTION vasculum_label_of_project() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("curation", "0001_initial")]

    operations = [migrations.RunSQL(forwards(), BACKWARDS)]
