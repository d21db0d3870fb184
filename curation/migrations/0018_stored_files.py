"""Which files of runs, models, features, screenings and uploads lie in the bucket."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("curation", "0016_kept_answers")]

    operations = [
        migrations.CreateModel(
            name="StoredFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "folder",
                    models.CharField(
                        help_text="Store and folder below it: runs/first-train-1.", max_length=400
                    ),
                ),
                ("name", models.CharField(help_text="Path below the folder, with /.", max_length=400)),
                (
                    "key",
                    models.CharField(help_text="Of the object, below stored/.", max_length=120, unique=True),
                ),
                ("bytes", models.PositiveBigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                (
                    "mtime_ns",
                    models.BigIntegerField(help_text="When the file was changed last, where it was written."),
                ),
                (
                    "stored_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("folder", "name"), name="stored_file_once"),
                    models.CheckConstraint(
                        condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")), name="stored_file_hex"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("folder", ""), _negated=True), models.Q(("name", ""), _negated=True)
                        ),
                        name="stored_file_named",
                    ),
                ],
            },
        ),
    ]
