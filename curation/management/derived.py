"""What the commands that make pictures share."""

from __future__ import annotations

import json

from django.core.management.base import BaseCommand, CommandError

from curation.models import Job, LabelClass, Project
from curation.services.jobs import run_here_or_follow
from curation.services.progress import RichProgress


def project_named(key: str) -> Project:
    project = Project.objects.filter(key=key).first()
    if project is None:
        there = ", ".join(Project.objects.order_by("key").values_list("key", flat=True)) or "none"
        raise CommandError(f"There is no project {key!r}; there are: {there}.")
    return project


def class_named(project: Project, slug: str | None) -> LabelClass | None:
    if not slug:
        return None
    label = project.classes.filter(slug=slug).first()
    if label is None:
        there = ", ".join(project.classes.values_list("slug", flat=True)) or "none"
        raise CommandError(f"Project {project.key} has no class {slug!r}; there are: {there}.")
    return label


def follow(command: BaseCommand, job: Job, *, as_json: bool) -> None:
    """Watch the job to its end and print what it made."""
    try:
        with RichProgress(job.title, quiet=as_json) as progress:
            job = run_here_or_follow(job, progress)
    except KeyboardInterrupt:
        command.stderr.write(
            f"No longer watched. Job {job.pk} goes on with a worker, or can be resumed on its page."
        )
        raise
    result = job.result or {}
    if as_json:
        report = {"job": job.pk, "state": job.state, "error": job.error, **result}
        command.stdout.write(json.dumps(report, indent=2, ensure_ascii=False))
    if job.state != Job.State.DONE:
        raise CommandError(f"Job {job.pk}: {job.error or f'it was {job.get_state_display().lower()}'}")
    if not as_json:
        for kind, count in sorted(result["kinds"].items(), key=lambda row: (-row[1], row[0])):
            command.stdout.write(f"{count:>9,}  {kind}")
        command.stdout.write(f"{result['added']:>9,}  made, batch {result['batch']}")
        if result["refused"]:
            command.stdout.write(f"{result['refused']:>9,}  not made, named in the report of the batch")
