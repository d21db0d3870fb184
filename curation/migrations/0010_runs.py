"""Runs that make models, and evaluations, which are history: a look at a test split cannot be taken back."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

HISTORY = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON curation_evaluation
    FOR EACH ROW EXECUTE FUNCTION vasculum_append_only();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON curation_evaluation
    FOR EACH STATEMENT EXECUTE FUNCTION vasculum_append_only();

CREATE FUNCTION vasculum_run_of_project() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wanted bigint;
BEGIN
    SELECT project_id INTO wanted FROM curation_release WHERE id = NEW.release_id;
    IF wanted IS DISTINCT FROM NEW.project_id THEN
        RAISE EXCEPTION 'release % is of project %, the run of project %', NEW.release_id, wanted, NEW.project_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND (NEW.name, NEW.kind, NEW.release_id, NEW.config, NEW.data_sha256)
            IS DISTINCT FROM (OLD.name, OLD.kind, OLD.release_id, OLD.config, OLD.data_sha256) THEN
        RAISE EXCEPTION 'run % keeps what it was asked for: start another run instead', OLD.name
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER run_of_project BEFORE INSERT OR UPDATE ON curation_run
    FOR EACH ROW EXECUTE FUNCTION vasculum_run_of_project();
"""
BACK = """
DROP FUNCTION vasculum_run_of_project() CASCADE;
DROP TRIGGER append_only ON curation_evaluation;
DROP TRIGGER no_truncate ON curation_evaluation;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("curation", "0009_imported_decisions"),
    ]

    operations = [
        migrations.AddField(
            model_name="modelversion",
            name="metrics",
            field=models.JSONField(blank=True, default=dict, help_text="Of its last choice: on validation."),
        ),
        migrations.AddField(
            model_name="modelversion",
            name="training_release",
            field=models.ForeignKey(
                blank=True,
                help_text="Whose pictures it learnt from; none where it was brought in.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="trained_models",
                to="curation.release",
            ),
        ),
        migrations.AlterField(
            model_name="job",
            name="kind",
            field=models.CharField(
                choices=[
                    ("preclassify", "Pre-classification"),
                    ("export", "Export"),
                    ("ingest", "Ingest"),
                    ("demo", "Demo set"),
                    ("check", "Check of a delivery"),
                    ("import", "Import of records"),
                    ("download", "Download"),
                    ("derive", "Pictures made from others"),
                    ("group", "Near-duplicates"),
                    ("settle", "Votes counted anew"),
                    ("reopen", "Sent back to review"),
                    ("agreement", "Agreement"),
                    ("aggregate", "Aggregation of votes"),
                    ("freeze", "Freezing a release"),
                    ("train", "Training"),
                    ("distill", "Distillation"),
                    ("soup", "Soup"),
                    ("evaluate", "Evaluation"),
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="Run",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.SlugField(max_length=80, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("train", "Training"),
                            ("distill", "Distillation"),
                            ("soup", "Soup"),
                            ("evaluate", "Evaluation"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "config",
                    models.JSONField(
                        blank=True, default=dict, help_text="As asked for; paths are filled in by the job."
                    ),
                ),
                ("folder", models.CharField(help_text="Relative to RUNS_DIR.", max_length=120, unique=True)),
                (
                    "data_sha256",
                    models.CharField(help_text="SHA-256 of the manifest of the release.", max_length=64),
                ),
                (
                    "git_revision",
                    models.CharField(
                        blank=True, help_text="Of the software that did the work.", max_length=60
                    ),
                ),
                (
                    "summary",
                    models.JSONField(
                        blank=True, default=dict, help_text="The best epoch, kept when the job ends."
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "job",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="run", to="curation.job"
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        help_text="Whose checkpoints it takes.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="curation.run",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="curation.project",
                    ),
                ),
                (
                    "release",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="curation.release",
                    ),
                ),
                (
                    "started_from",
                    models.ForeignKey(
                        blank=True,
                        help_text="Whose weights it begins with, learns from, or measures.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs_from",
                        to="curation.modelversion",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Evaluation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("split", models.CharField(max_length=10)),
                (
                    "metrics",
                    models.JSONField(
                        help_text="The report, without its longest tables; all of it is in the folder."
                    ),
                ),
                (
                    "folder",
                    models.CharField(help_text="Of the report, relative to RUNS_DIR.", max_length=200),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "model",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evaluations",
                        to="curation.modelversion",
                    ),
                ),
                (
                    "release",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evaluations",
                        to="curation.release",
                    ),
                ),
                (
                    "run",
                    models.OneToOneField(
                        help_text="With the job that did it.",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evaluation",
                        to="curation.run",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="modelversion",
            name="run",
            field=models.OneToOneField(
                blank=True,
                help_text="Made it.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="model",
                to="curation.run",
            ),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["project", "-id"], name="run_of_project"),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["train", "distill", "soup", "evaluate"])),
                name="run_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.CheckConstraint(
                condition=models.Q(("data_sha256__regex", "^[0-9a-f]{64}$")), name="run_data_hex"
            ),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "soup"), _negated=True), ("parent__isnull", False), _connector="OR"
                ),
                name="run_soup_has_a_parent",
            ),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ["evaluate", "distill"]), _negated=True),
                    ("started_from__isnull", False),
                    _connector="OR",
                ),
                name="run_has_a_model",
            ),
        ),
        migrations.AddIndex(
            model_name="evaluation",
            index=models.Index(fields=["release", "split"], name="evaluation_looks"),
        ),
        migrations.AddConstraint(
            model_name="evaluation",
            constraint=models.CheckConstraint(
                condition=models.Q(("split__in", ["train", "test", "validate", "survey"])),
                name="evaluation_split_known",
            ),
        ),
        migrations.RunSQL(HISTORY, BACK),
    ]
