"""Freezing as a job: what is asked is checked at once, the work is done by a worker, once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Job, Project, Release, User
from curation.selectors.release_reports.registry import count_ahead
from curation.services.freeze import freeze
from curation.services.freeze_options import Options, checked_options, free_name, usual_name
from curation.services.jobs import create_job
from curation.services.manifest import SCOPE
from curation.services.progress import Progress
from curation.services.supply import Shortage


@transaction.atomic
def request_freeze(project: Project, *, created_by: User | None = None, **options: Any) -> Job:
    """The job that freezes; the one under way where the same is asked again. options: those of `freeze`.

    The name is settled here, so that a job which is run twice knows its release. Raises Refused as `freeze`
    does, except for what only the pictures tell: a shortage fails the job.
    """
    asked = checked_options(project, **options)
    # Two requests at the same moment must not settle on one name.
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    waiting = list(Job.objects.select_for_update().filter(kind=Job.Kind.FREEZE, state__in=Job.ACTIVE))
    for job in waiting:
        if _same(job, project, asked):
            return job
    promised = promised_names(waiting)
    if asked.name in promised:
        raise Refused(
            _("A job is about to freeze a release %(name)r. Choose another name.") % {"name": asked.name}
        )
    name = asked.name or free_name(usual_name(project, asked.target, asked.seed), promised)
    return create_job(
        Job.Kind.FREEZE,
        _("Freeze %(name)s") % {"name": name},
        params={"project": project.key, **asked.as_params(), "name": name, "named": bool(asked.name)},
        created_by=created_by,
    )


def _same(job: Job, project: Project, asked: Options) -> bool:
    """Whether a job does what is asked; names count only where they were given."""
    wanted = {"project": project.key, **asked.as_params(), "named": bool(asked.name)}
    given = dict(job.params)
    if not asked.name:
        wanted.pop("name")
        given.pop("name")
    return given == wanted


def run(job: Job, progress: Progress) -> dict[str, Any]:
    """The job's work. A release that an earlier start of it has frozen is not frozen again."""
    params = dict(job.params)
    project = Project.objects.filter(key=params.pop("project")).first()
    if project is None:
        raise Refused(_("There is no project %(key)r any more.") % {"key": job.params["project"]})
    if "each" in params:
        from curation.services.freeze_each_job import run_each  # it is made of what is here

        return run_each(job, project, progress)
    params.pop("named")
    release = frozen_once(job, project, params, progress)
    count_ahead(release)
    progress.result_url = reverse("release", args=[release.name])
    return {"release": release.name, "manifest_sha256": release.manifest_sha256}


def frozen_once(job: Job, project: Project, params: dict[str, Any], progress: Progress) -> Release:
    """The release of a job that `freeze` makes of these params, or that an earlier start of it has made."""
    release = _made_before(job, project, params)
    if release is not None:
        progress.log(f"{release} was frozen by an earlier start of this job.")
        return release
    try:
        return freeze(project, created_by=job.created_by, progress=progress, **params)
    except Shortage as shortage:
        if "each" not in job.params:
            _log(progress, shortage.table().splitlines())
        raise
    except Refused:
        # A start of this job that was thought lost may have finished while this one waited for it.
        release = _made_before(job, project, params)
        if release is None:
            raise
        return release


def promised_names(waiting: Iterable[Job]) -> list[str]:
    """The names of releases that jobs are about to make."""
    return [name for job in waiting for name in (job.params.get("each") or {"": job.params["name"]}).values()]


def _log(progress: Progress, lines: Iterable[str]) -> None:
    for line in lines:
        progress.log(line)


def _made_before(job: Job, project: Project, params: dict[str, Any]) -> Release | None:
    """The release of the name, if it is what the job was to make."""
    release = (
        Release.objects.filter(name=params["name"], project=project, created_at__gte=job.created_at)
        .exclude(manifest_sha256="")
        .first()
    )
    if release is None:
        return None
    sizes = ("train", "test", "validate")
    made = {name: getattr(release, name) for name in ("seed", "balance", *SCOPE, *sizes)}
    wanted = {name: params.get(name, []) for name in made}
    if params["largest"]:
        # Its size followed from what there was.
        for name in sizes:
            made.pop(name)
            wanted.pop(name)
    return release if made == wanted else None
