"""Tags, findings of features, the condition of sheets, and the kinds of jobs, runs and models for them."""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

RULES = """
CREATE FUNCTION vasculum_tag_of_project() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE of_tag bigint; of_candidate bigint;
BEGIN
    SELECT project_id INTO of_tag FROM curation_tag WHERE id = NEW.tag_id;
    SELECT project_id INTO of_candidate FROM curation_candidate WHERE id = NEW.candidate_id;
    IF of_tag IS DISTINCT FROM of_candidate THEN
        RAISE EXCEPTION 'tag % is of project %, candidate % of project %',
            NEW.tag_id, of_tag, NEW.candidate_id, of_candidate
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER tag_of_project BEFORE INSERT OR UPDATE ON curation_tagging
    FOR EACH ROW EXECUTE FUNCTION vasculum_tag_of_project();

CREATE FUNCTION vasculum_region_of_project() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE of_label bigint; of_candidate bigint;
BEGIN
    SELECT project_id INTO of_label FROM curation_labelclass WHERE id = NEW.label_id;
    SELECT project_id INTO of_candidate FROM curation_candidate WHERE id = NEW.candidate_id;
    IF of_label IS DISTINCT FROM of_candidate THEN
        RAISE EXCEPTION 'class % is of project %, candidate % of project %',
            NEW.label_id, of_label, NEW.candidate_id, of_candidate
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER region_of_project BEFORE INSERT ON curation_region
    FOR EACH ROW EXECUTE FUNCTION vasculum_region_of_project();

-- A region is taken back once, and is otherwise as it was drawn.
CREATE FUNCTION vasculum_region_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.removed_at IS NULL
        AND (NEW.candidate_id, NEW.label_id, NEW."left", NEW.top, NEW.width, NEW.height, NEW.author_id,
             NEW.created_at)
        IS NOT DISTINCT FROM
            (OLD.candidate_id, OLD.label_id, OLD."left", OLD.top, OLD.width, OLD.height, OLD.author_id,
             OLD.created_at)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'region % stays as it was drawn; it can only be taken back, once', OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER region_kept BEFORE UPDATE OR DELETE ON curation_region
    FOR EACH ROW EXECUTE FUNCTION vasculum_region_kept();
"""
BACK = """
DROP FUNCTION vasculum_tag_of_project() CASCADE;
DROP FUNCTION vasculum_region_of_project() CASCADE;
DROP FUNCTION vasculum_region_kept() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("curation", "0011_features"),
    ]

    operations = [
        migrations.CreateModel(
            name="NearPair",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("distance", models.FloatField(help_text="Cosine distance, 0 is the same.")),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[("", "Not looked at"), ("same", "Joined"), ("different", "Different")],
                        default="",
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["distance", "id"],
            },
        ),
        migrations.CreateModel(
            name="Outlier",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rank", models.PositiveIntegerField(help_text="1 is the farthest from all others.")),
                (
                    "score",
                    models.FloatField(help_text="Higher is farther; what it means is in the job's result."),
                ),
                ("evidence", models.JSONField(blank=True, default=dict)),
            ],
            options={
                "ordering": ["rank"],
            },
        ),
        migrations.CreateModel(
            name="Region",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "left",
                    models.FloatField(
                        help_text="Distance from the left edge, as a part of the upright picture's, 0 to 1."
                    ),
                ),
                (
                    "top",
                    models.FloatField(
                        help_text="Distance from the upper edge, as a part of the upright picture's, 0 to 1."
                    ),
                ),
                ("width", models.FloatField(help_text="Width, as a part of the upright picture's, 0 to 1.")),
                (
                    "height",
                    models.FloatField(help_text="Height, as a part of the upright picture's, 0 to 1."),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Screening",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "folder",
                    models.CharField(help_text="Relative to SCREENINGS_DIR.", max_length=120, unique=True),
                ),
                (
                    "facts",
                    models.JSONField(
                        blank=True, default=dict, help_text="How tiles were cut, and of how many sheets."
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="SheetScore",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "sound_mean",
                    models.FloatField(blank=True, help_text="Mean P(sound) over the kept tiles.", null=True),
                ),
                (
                    "condition_share",
                    models.FloatField(
                        blank=True,
                        help_text="Part of the kept tiles whose P(sound) is below one half.",
                        null=True,
                    ),
                ),
                (
                    "condition_max",
                    models.FloatField(blank=True, help_text="1 - the least P(sound) of a tile.", null=True),
                ),
                (
                    "sheet_sound",
                    models.FloatField(
                        blank=True, help_text="P(sound) by the model of whole sheets.", null=True
                    ),
                ),
                (
                    "tiles",
                    models.PositiveIntegerField(default=0, help_text="Kept: background is passed over."),
                ),
                (
                    "entropy",
                    models.FloatField(
                        blank=True, help_text="Shannon entropy of the sheet in grey, bits.", null=True
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Tag",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="Tagging",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="run",
            name="run_kind_known",
        ),
        migrations.AddField(
            model_name="modelversion",
            name="kind",
            field=models.CharField(
                choices=[
                    ("classifier", "Classifier"),
                    ("encoder", "Encoder"),
                    ("tiles", "Classifier of tiles"),
                ],
                default="classifier",
                help_text="Only classifiers may pre-classify.",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="project",
            name="kind",
            field=models.CharField(
                choices=[
                    ("identification", "What a picture shows"),
                    ("condition", "The condition of sheets"),
                ],
                default="identification",
                help_text="In a project on condition the first class is the sound one.",
                max_length=14,
            ),
        ),
        migrations.AlterField(
            model_name="dataissue",
            name="kind",
            field=models.CharField(
                choices=[
                    ("bad-image", "Bad image"),
                    ("licence", "Doubtful licence"),
                    ("duplicate", "Duplicate"),
                    ("mislabel", "Doubtful class"),
                    ("outlier", "Unlike all others"),
                    ("other", "Something else"),
                ],
                max_length=10,
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
                    ("features", "Features of pictures"),
                    ("map", "Map of pictures"),
                    ("doubts", "Search for mislabelled pictures"),
                    ("outliers", "Search for pictures unlike all others"),
                    ("near", "Search for pictures almost alike"),
                    ("encode", "Training of an encoder"),
                    ("tiles", "Training on tiles"),
                    ("sheets", "Training on whole sheets"),
                    ("screen", "Screening of sheets"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="run",
            name="kind",
            field=models.CharField(
                choices=[
                    ("train", "Training"),
                    ("distill", "Distillation"),
                    ("soup", "Soup"),
                    ("evaluate", "Evaluation"),
                    ("encode", "Encoder"),
                    ("tiles", "Tiles of sheets"),
                    ("sheets", "Whole sheets"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="modelversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["classifier", "encoder", "tiles"])), name="model_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="project",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["identification", "condition"])), name="project_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="run",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["train", "distill", "soup", "evaluate", "encode", "tiles", "sheets"])
                ),
                name="run_kind_known",
            ),
        ),
        migrations.AddField(
            model_name="nearpair",
            name="by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="nearpair",
            name="feature_set",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="near_pairs",
                to="curation.featureset",
            ),
        ),
        migrations.AddField(
            model_name="nearpair",
            name="first",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="curation.image"
            ),
        ),
        migrations.AddField(
            model_name="nearpair",
            name="job",
            field=models.ForeignKey(
                help_text="Found it last.",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="near_pairs",
                to="curation.job",
            ),
        ),
        migrations.AddField(
            model_name="nearpair",
            name="second",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="curation.image"
            ),
        ),
        migrations.AddField(
            model_name="outlier",
            name="candidate",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="outliers", to="curation.candidate"
            ),
        ),
        migrations.AddField(
            model_name="outlier",
            name="feature_set",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="outliers", to="curation.featureset"
            ),
        ),
        migrations.AddField(
            model_name="outlier",
            name="issue",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="outlier",
                to="curation.dataissue",
            ),
        ),
        migrations.AddField(
            model_name="outlier",
            name="job",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="outliers", to="curation.job"
            ),
        ),
        migrations.AddField(
            model_name="region",
            name="author",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="regions",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="region",
            name="candidate",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="regions", to="curation.candidate"
            ),
        ),
        migrations.AddField(
            model_name="region",
            name="label",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="regions", to="curation.labelclass"
            ),
        ),
        migrations.AddField(
            model_name="region",
            name="removed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="screening",
            name="created_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="screening",
            name="job",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="screening", to="curation.job"
            ),
        ),
        migrations.AddField(
            model_name="screening",
            name="project",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="screenings", to="curation.project"
            ),
        ),
        migrations.AddField(
            model_name="screening",
            name="sheet_model",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="curation.modelversion",
            ),
        ),
        migrations.AddField(
            model_name="screening",
            name="tile_model",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="screenings",
                to="curation.modelversion",
            ),
        ),
        migrations.AddField(
            model_name="sheetscore",
            name="candidate",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sheet_scores",
                to="curation.candidate",
            ),
        ),
        migrations.AddField(
            model_name="sheetscore",
            name="screening",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="scores", to="curation.screening"
            ),
        ),
        migrations.AddField(
            model_name="tag",
            name="created_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="tag",
            name="project",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="tags", to="curation.project"
            ),
        ),
        migrations.AddField(
            model_name="tagging",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="tagging",
            name="candidate",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="taggings", to="curation.candidate"
            ),
        ),
        migrations.AddField(
            model_name="tagging",
            name="tag",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="taggings", to="curation.tag"
            ),
        ),
        migrations.AddIndex(
            model_name="nearpair",
            index=models.Index(
                condition=models.Q(("verdict", "")), fields=["feature_set", "distance"], name="near_pair_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="nearpair",
            constraint=models.UniqueConstraint(
                fields=("feature_set", "first", "second"), name="near_pair_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="nearpair",
            constraint=models.CheckConstraint(
                condition=models.Q(("first__lt", models.F("second"))), name="near_pair_in_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="nearpair",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("at__isnull", True), ("by__isnull", True), ("verdict", "")),
                    models.Q(
                        models.Q(("verdict", ""), _negated=True), ("at__isnull", False), ("by__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="near_pair_verdict_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="outlier",
            constraint=models.UniqueConstraint(fields=("job", "candidate"), name="outlier_once"),
        ),
        migrations.AddConstraint(
            model_name="outlier",
            constraint=models.UniqueConstraint(fields=("job", "rank"), name="outlier_rank_once"),
        ),
        migrations.AddIndex(
            model_name="region",
            index=models.Index(
                condition=models.Q(("removed_at__isnull", True)), fields=["candidate"], name="region_standing"
            ),
        ),
        migrations.AddConstraint(
            model_name="region",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("height__gt", 0),
                    ("left__gte", 0),
                    ("top__gte", 0),
                    ("width__gt", 0),
                    (
                        "left__lte",
                        django.db.models.expressions.CombinedExpression(
                            models.Value(1), "-", models.F("width")
                        ),
                    ),
                    (
                        "top__lte",
                        django.db.models.expressions.CombinedExpression(
                            models.Value(1), "-", models.F("height")
                        ),
                    ),
                ),
                name="region_on_the_picture",
            ),
        ),
        migrations.AddConstraint(
            model_name="region",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("removed_at__isnull", True), ("removed_by__isnull", True)),
                    models.Q(("removed_at__isnull", False), ("removed_by__isnull", False)),
                    _connector="OR",
                ),
                name="region_removed_by_somebody",
            ),
        ),
        migrations.AddIndex(
            model_name="sheetscore",
            index=models.Index(fields=["screening", "sound_mean"], name="sheets_by_score"),
        ),
        migrations.AddConstraint(
            model_name="sheetscore",
            constraint=models.UniqueConstraint(fields=("screening", "candidate"), name="sheet_scored_once"),
        ),
        migrations.AddConstraint(
            model_name="sheetscore",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("sound_mean__isnull", True), ("sound_mean__range", (0, 1)), _connector="OR"
                ),
                name="sheet_sound_mean_0_to_1",
            ),
        ),
        migrations.AddConstraint(
            model_name="sheetscore",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("condition_share__isnull", True), ("condition_share__range", (0, 1)), _connector="OR"
                ),
                name="sheet_condition_share_0_to_1",
            ),
        ),
        migrations.AddConstraint(
            model_name="sheetscore",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("condition_max__isnull", True), ("condition_max__range", (0, 1)), _connector="OR"
                ),
                name="sheet_condition_max_0_to_1",
            ),
        ),
        migrations.AddConstraint(
            model_name="sheetscore",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("sheet_sound__isnull", True), ("sheet_sound__range", (0, 1)), _connector="OR"
                ),
                name="sheet_sheet_sound_0_to_1",
            ),
        ),
        migrations.AddConstraint(
            model_name="tag",
            constraint=models.UniqueConstraint(
                models.F("project"),
                django.db.models.functions.text.Lower("name"),
                name="tag_once_in_a_project",
            ),
        ),
        migrations.AddConstraint(
            model_name="tag",
            constraint=models.CheckConstraint(
                condition=models.Q(("name__regex", "^\\s*$"), _negated=True), name="tag_says_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="tagging",
            constraint=models.UniqueConstraint(fields=("tag", "candidate"), name="tag_once_on_a_picture"),
        ),
        migrations.RunSQL(RULES, BACK),
    ]
