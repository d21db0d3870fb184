"""Narrowed and held-out sources of releases, why pictures were left out, public pages, more export formats."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# What was left out is as frozen as what was taken.
LEFT_OUT = """
CREATE TRIGGER left_out_frozen AFTER INSERT ON curation_releaseleftout
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION vasculum_member_frozen();
CREATE TRIGGER left_out_append_only BEFORE UPDATE OR DELETE ON curation_releaseleftout
    FOR EACH ROW EXECUTE FUNCTION vasculum_append_only();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON curation_releaseleftout
    FOR EACH STATEMENT EXECUTE FUNCTION vasculum_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("curation", "0007_former_names"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReleaseLeftOut",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sha256", models.CharField(max_length=64)),
                (
                    "category",
                    models.CharField(
                        blank=True, help_text="Slug of the class, where decided.", max_length=80
                    ),
                ),
                ("source", models.CharField(max_length=40)),
                ("licence", models.CharField(max_length=40)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("undecided", "Not decided"),
                            ("licence", "Licence not accepted"),
                            ("source", "Source not chosen"),
                            ("held-out", "Belongs with a held-out source"),
                            ("group", "Its group stands in another split, or found no room"),
                            ("surplus", "Its class was full"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "detail",
                    models.CharField(
                        blank=True,
                        help_text="undecided: the state; group, held-out: the split of its group.",
                        max_length=80,
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="ReleasePage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_public", models.BooleanField(default=False)),
                ("title", models.CharField(blank=True, max_length=300)),
                ("summary", models.TextField(blank=True)),
                (
                    "creators",
                    models.JSONField(blank=True, default=list, help_text="Names, as a citation gives them."),
                ),
                ("publisher", models.CharField(blank=True, max_length=200)),
                ("doi", models.CharField(blank=True, max_length=200)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="releasemember",
            name="member_split_known",
        ),
        migrations.AddField(
            model_name="candidate",
            name="urgent",
            field=models.BooleanField(
                default=False,
                help_text="A release is short of it: it comes first, in every order of the queue.",
            ),
        ),
        migrations.AddField(
            model_name="export",
            name="options",
            field=models.JSONField(blank=True, default=dict, help_text="Of its format."),
        ),
        migrations.AddField(
            model_name="release",
            name="only_licences",
            field=models.JSONField(
                blank=True, default=list, help_text="Identifiers; empty for all that the project accepts."
            ),
        ),
        migrations.AddField(
            model_name="release",
            name="only_sources",
            field=models.JSONField(blank=True, default=list, help_text="Codes; empty for all sources."),
        ),
        migrations.AddField(
            model_name="release",
            name="survey_sources",
            field=models.JSONField(
                blank=True, default=list, help_text="All there is of these sources is the split `survey`."
            ),
        ),
        migrations.AddField(
            model_name="release",
            name="test_sources",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="The test split is all there is of these sources, and nothing else is of them.",
            ),
        ),
        migrations.AlterField(
            model_name="export",
            name="format",
            field=models.CharField(
                choices=[
                    ("dryad", "Dryad archive"),
                    ("tfrecord", "TFRecords"),
                    ("croissant", "Croissant"),
                    ("imagefolder", "Image folders"),
                    ("datacite", "DataCite metadata"),
                    ("dwca-audubon", "Darwin Core archive with Audubon Core"),
                    ("labels", "Votes and decisions"),
                    ("label-studio", "Label Studio tasks"),
                ],
                max_length=20,
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
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="releasemember",
            name="split",
            field=models.CharField(
                choices=[
                    ("train", "Train"),
                    ("test", "Test"),
                    ("validate", "Validate"),
                    ("survey", "Survey"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="candidate",
            index=models.Index(
                models.F("project"),
                models.OrderBy(models.F("priority"), descending=True),
                models.F("id"),
                condition=models.Q(("state", "open"), ("urgent", True)),
                name="candidate_urgent",
            ),
        ),
        migrations.AddConstraint(
            model_name="releasemember",
            constraint=models.CheckConstraint(
                condition=models.Q(("split__in", ["train", "test", "validate", "survey"])),
                name="member_split_known",
            ),
        ),
        migrations.AddField(
            model_name="releaseleftout",
            name="release",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="left_out", to="curation.release"
            ),
        ),
        migrations.AddField(
            model_name="releasepage",
            name="release",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="page", to="curation.release"
            ),
        ),
        migrations.AddField(
            model_name="releasepage",
            name="updated_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="releaseleftout",
            index=models.Index(fields=["release", "reason", "category"], name="left_out_counts"),
        ),
        migrations.AddConstraint(
            model_name="releaseleftout",
            constraint=models.UniqueConstraint(fields=("release", "sha256"), name="left_out_once"),
        ),
        migrations.RunSQL(LEFT_OUT, migrations.RunSQL.noop),
    ]
