"""Group all near-duplicates anew, as after a change of VASCULUM_NEAR_BITS. What people settled stays."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from curation.models import Job
from curation.services.jobs import create_job, run_here_or_follow
from curation.services.progress import RichProgress


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="One JSON document instead of words.")

    def handle(self, *args: Any, **options: Any) -> None:
        job = create_job(Job.Kind.GROUP, "Group near-duplicates anew", params={})
        with RichProgress(job.title, quiet=options["json"]) as progress:
            job = run_here_or_follow(job, progress)
        result = job.result or {}
        if options["json"]:
            self.stdout.write(json.dumps({"job": job.pk, "state": job.state, "error": job.error, **result}))
        if job.state != Job.State.DONE:
            raise CommandError(f"Job {job.pk}: {job.error or job.get_state_display().lower()}")
        if not options["json"]:
            self.stdout.write(
                f"{result['pictures']:,} pictures in {result['groups']:,} groups, within {result['within']} "
                f"bits; {result['of two and more']:,} groups of two and more; {result['moved']:,} moved."
            )
