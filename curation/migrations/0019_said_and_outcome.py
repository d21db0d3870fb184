"""What a model said and what was decided since lie in the order of candidates, so that figures of models read no table.

Both indexes of foreign keys that go are the beginnings of others.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("curation", "0017_figures_in_one_pass"),
    ]

    operations = [
        migrations.AlterField(
            model_name="prediction",
            name="candidate",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="predictions",
                to="curation.candidate",
            ),
        ),
        migrations.AlterField(
            model_name="prediction",
            name="model",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="predictions",
                to="curation.modelversion",
            ),
        ),
        migrations.AddIndex(
            model_name="candidate",
            index=models.Index(
                fields=["id"], include=("label", "source", "licence", "decided_at"), name="candidate_outcome"
            ),
        ),
        migrations.AddIndex(
            model_name="prediction",
            index=models.Index(fields=["model", "candidate"], include=("label",), name="prediction_said"),
        ),
    ]
