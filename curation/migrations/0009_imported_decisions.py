"""Releases that are brought back: their decisions have no votes here, their pictures no originals."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("curation", "0008_releases_at_scale"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="decision",
            name="decision_has_a_cause",
        ),
        migrations.AlterField(
            model_name="batch",
            name="kind",
            field=models.CharField(
                choices=[
                    ("folder", "Folder"),
                    ("dwca", "Darwin Core Archive"),
                    ("idigbio", "iDigBio archive"),
                    ("list", "List"),
                    ("export", "Export of Vasculum"),
                    ("derived", "Made from other pictures"),
                    ("release", "Release brought back"),
                ],
                default="folder",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="decision",
            name="rule",
            field=models.CharField(
                choices=[
                    ("votes", "The votes needed agree"),
                    ("majority", "More than half of the votes needed agree"),
                    ("adjudicated", "A lead curator settled it"),
                    ("undone", "A vote was taken back"),
                    ("reopened", "It was sent back"),
                    ("imported", "A release that was brought back says so"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="decision",
            name="vote",
            field=models.ForeignKey(
                blank=True,
                help_text="The vote that brought it about; none where it was sent back or came with a release.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decisions",
                to="curation.vote",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("vote__isnull", False),
                    models.Q(("by__isnull", False), ("rule", "reopened")),
                    ("rule", "imported"),
                    _connector="OR",
                ),
                name="decision_has_a_cause",
            ),
        ),
    ]
