"""Fetch the pictures that wait to be fetched, from all batches; goes on where an earlier run was."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from curation.models import Job, MediaRecord
from curation.services.download import request_download
from curation.services.jobs import run_here_or_follow
from curation.services.progress import RichProgress


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="One JSON document instead of words.")

    def handle(self, *args: Any, **options: Any) -> None:
        waiting = MediaRecord.objects.filter(state=MediaRecord.State.WAITING)
        if not waiting.exists():
            self.stdout.write(
                json.dumps({"waiting": 0}) if options["json"] else "Nothing waits to be fetched."
            )
            return
        with RichProgress("Fetch", quiet=options["json"]) as progress:
            job = run_here_or_follow(request_download(), progress)
        left = waiting.count()
        if options["json"]:
            report = {"job": job.pk, "state": job.state, "error": job.error, "waiting": left}
            self.stdout.write(json.dumps(report | (job.result or {}), ensure_ascii=False))
        if job.state != Job.State.DONE:
            raise CommandError(f"Job {job.pk}: {job.error or job.get_state_display().lower()}")
        if not options["json"]:
            self.stdout.write(f"{(job.result or {}).get('settled', 0):,} settled, {left:,} wait.")
