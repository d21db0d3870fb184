"""Features of pictures, the doubts that follow from them, and the kinds of jobs and issues for both."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("curation", "0010_runs"),
    ]

    operations = [
        migrations.AlterField(
            model_name="dataissue",
            name="kind",
            field=models.CharField(
                choices=[
                    ("bad-image", "Bad image"),
                    ("licence", "Doubtful licence"),
                    ("duplicate", "Duplicate"),
                    ("mislabel", "Doubtful class"),
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
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="FeatureSet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("layer", models.CharField(max_length=80)),
                ("dimension", models.PositiveIntegerField()),
                (
                    "folder",
                    models.CharField(help_text="Relative to FEATURES_DIR.", max_length=300, unique=True),
                ),
                (
                    "pictures",
                    models.PositiveIntegerField(default=0, help_text="With features, as of the last job."),
                ),
                (
                    "unreadable",
                    models.PositiveIntegerField(
                        default=0, help_text="Without, since they could not be read."
                    ),
                ),
                ("near", models.CharField(blank=True, max_length=60)),
                ("map_file", models.CharField(blank=True, max_length=60)),
                ("map_sha256", models.CharField(blank=True, max_length=64)),
                (
                    "map_facts",
                    models.JSONField(
                        blank=True, default=dict, help_text="How it was drawn, and of how many."
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "job",
                    models.ForeignKey(
                        help_text="The last that added to it.",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="feature_sets",
                        to="curation.job",
                    ),
                ),
                (
                    "map_job",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="maps_of_features",
                        to="curation.job",
                    ),
                ),
                (
                    "model",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="feature_sets",
                        to="curation.modelversion",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="feature_sets",
                        to="curation.project",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Doubt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rank", models.PositiveIntegerField(help_text="1 is the most doubtful.")),
                ("score", models.FloatField(help_text="0 to 1, low is doubtful.")),
                (
                    "flagged",
                    models.BooleanField(help_text="Whether confident learning takes it for an error."),
                ),
                ("evidence", models.JSONField(default=dict)),
                (
                    "candidate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="doubts",
                        to="curation.candidate",
                    ),
                ),
                (
                    "issue",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="doubt",
                        to="curation.dataissue",
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="doubts", to="curation.job"
                    ),
                ),
                (
                    "label",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="curation.labelclass",
                    ),
                ),
                (
                    "feature_set",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="doubts",
                        to="curation.featureset",
                    ),
                ),
            ],
            options={
                "ordering": ["rank"],
            },
        ),
        migrations.AddConstraint(
            model_name="featureset",
            constraint=models.UniqueConstraint(fields=("project", "model", "layer"), name="features_once"),
        ),
        migrations.AddConstraint(
            model_name="featureset",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("map_file", ""), ("map_sha256", "")),
                    models.Q(
                        ("map_sha256__regex", "^[0-9a-f]{64}$"), models.Q(("map_file", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="features_map_hex",
            ),
        ),
        migrations.AddConstraint(
            model_name="doubt",
            constraint=models.UniqueConstraint(fields=("job", "candidate"), name="doubt_once"),
        ),
        migrations.AddConstraint(
            model_name="doubt",
            constraint=models.UniqueConstraint(fields=("job", "rank"), name="doubt_rank_once"),
        ),
        migrations.AddConstraint(
            model_name="doubt",
            constraint=models.CheckConstraint(
                condition=models.Q(("score__gte", 0), ("score__lte", 1)), name="doubt_score_0_to_1"
            ),
        ),
    ]
