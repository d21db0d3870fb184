"""The files of this machine's disk into the bucket that VASCULUM_S3_BUCKET names."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from curation.errors import Refused
from curation.services import audit
from curation.services.folders.fill import fill
from curation.services.progress import RichProgress


class Command(BaseCommand):
    help = (
        "Send pictures, finished exports, runs, models, features, screenings and uploads that lie in folders "
        "of this machine into the bucket. Nothing is removed here; what is there already is not sent again. "
        "Stop workers first."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with RichProgress("Filling the bucket") as progress:
                sent = fill(progress)
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        if any(sent.values()):
            audit.record(None, "site.fill_bucket", "bucket", None, **sent)
        self.stdout.write(
            f"Sent: {sent['media']:,} pictures, {sent['exports']:,} files of exports, "
            f"{sent['folders']:,} folders."
        )
