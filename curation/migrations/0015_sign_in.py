"""One person an e-mail address, whatever its capital letters; audit rows name the request they came of."""

from __future__ import annotations

import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("curation", "0014_figures")]

    operations = [
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("email"),
                condition=models.Q(("email", ""), _negated=True),
                name="one_person_an_email",
                violation_error_message="Somebody else has this e-mail address.",
            ),
        ),
        migrations.AddField(
            model_name="auditentry",
            name="request_id",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="That of the answer's X-Request-ID and of the log's lines; empty: not asked by a request.",
                max_length=64,
            ),
        ),
    ]
