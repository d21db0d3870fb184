"""Let a model look at a project's pictures."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from curation.errors import Refused
from curation.models import Job, ModelVersion, Project
from curation.services.jobs import run_here_or_follow
from curation.services.preclassify import request_preclassify
from curation.services.progress import RichProgress


class Command(BaseCommand):
    help = (
        "Predict every picture of a project that the model has not seen. A worker does it where one is "
        "awake, else this process. Run again after any interruption: it goes on where it was."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", required=True, metavar="KEY")
        parser.add_argument("--model", required=True, metavar="NAME")
        parser.add_argument("--all", action="store_true", help="predict what is already decided, too")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        project = _found(Project, "key", options["project"], "manage.py setup makes the first one")
        model = _found(
            ModelVersion,
            "name",
            options["model"],
            "bring one in with manage.py import_model FILE --name NAME",
        )
        try:
            job = request_preclassify(project, model, decided_too=options["all"])
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        try:
            with RichProgress(job.title, quiet=options["json"]) as progress:
                job = run_here_or_follow(job, progress)
        except KeyboardInterrupt:
            self.stderr.write(
                f"No longer watched. Job {job.pk} goes on with a worker, or with this command run again; "
                "cancel it on its page."
            )
            raise
        self._report(job, options["json"])

    def _report(self, job: Job, as_json: bool) -> None:
        result = job.result or {}
        if as_json:
            report = {"job": job.pk, "state": job.state, "error": job.error, **result}
            self.stdout.write(json.dumps(report, indent=2, ensure_ascii=False))
        if job.state != Job.State.DONE:
            reason = job.error or f"it was {job.get_state_display().lower()}; run the command again to go on"
            raise CommandError(f"Job {job.pk}: {reason}")
        if as_json:
            return
        for name, count in sorted(result["classes"].items(), key=lambda row: (-row[1], row[0])):
            self.stdout.write(f"{count:>9,}  {name}")
        rate = f" ({result['images_per_second']:,.1f} pictures/s)" if result["images_per_second"] else ""
        self.stdout.write(f"{result['predicted']:>9,}  predicted with {result['model']}{rate}")
        if result["unreadable"]:
            self.stdout.write(f"{result['unreadable']:>9,}  unreadable, named in the log of job {job.pk}")


def _found(model: Any, field: str, value: str, how: str) -> Any:
    row = model.objects.filter(**{field: value}).first()
    if row is None:
        there = ", ".join(model.objects.order_by(field).values_list(field, flat=True)) or "none"
        name = model._meta.verbose_name
        raise CommandError(f"There is no {name} {value!r}; there are: {there} ({how}).")
    return row
