"""Leaving one source out after the other as a job: a release for each, made once however often it is run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Job, Project, Release, User
from curation.selectors.release_reports.registry import count_ahead
from curation.services.freeze_job import frozen_once, promised_names
from curation.services.freeze_options import check_name, checked_options, free_name, usual_name
from curation.services.jobs import create_job
from curation.services.leave_one_out import held_out, name_without
from curation.services.progress import NullProgress, Progress
from curation.services.supply import Shortage

EACH = "each"  # in the params of a job: source -> name of the release without it


@transaction.atomic
def request_each(
    project: Project, *, created_by: User | None = None, name: str | None = None, **options: Any
) -> Job:
    """The job that freezes without one source after the other; the one under way where the same is asked.

    name: what the names begin with; -without-CODE follows. All names are settled here, so that a job which is
    run twice knows its releases. options: those of `freeze` but test and test_sources. Raises Refused.
    """
    asked = checked_options(project, **{**options, "test": 0})
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    waiting = list(Job.objects.select_for_update().filter(kind=Job.Kind.FREEZE, state__in=Job.ACTIVE))
    params: dict[str, Any] = {"project": project.key, **asked.as_params(), "name": name or ""}
    for job in waiting:
        if EACH in job.params and {key: job.params.get(key) for key in params} == params:
            return job
    codes = [code for code, accepted in held_out(project, asked.scope).items() if accepted]
    if not codes:
        raise Refused(_("No source has an accepted picture, so there is none to leave out."))
    promised = promised_names(waiting)
    beginning = name or usual_name(project, asked.target, asked.seed)
    names: dict[str, str] = {}
    for code in codes:
        wanted = name_without(beginning, code)
        taken = {*promised, *names.values()}
        if name:
            check_name(wanted)
            if wanted in taken:
                raise Refused(_("The name %(name)r is promised already. Choose another.") % {"name": wanted})
        names[code] = wanted if name else free_name(wanted, taken)
    return create_job(
        Job.Kind.FREEZE,
        _("Freeze %(name)s without one source after the other") % {"name": beginning},
        params=params | {EACH: names},
        created_by=created_by,
        total=len(names),
        unit="releases",
    )


class OneOfMany(NullProgress):
    """The progress of one release among others: its lines are handed on, and that the work must end."""

    def __init__(self, whole: Progress) -> None:
        self._whole = whole

    def advance(self, n: int = 1) -> None:
        self._whole.check()

    def log(self, line: str) -> None:
        self._whole.log(line)

    def check(self) -> None:
        self._whole.check()


def run_each(job: Job, project: Project, progress: Progress) -> dict[str, Any]:
    """The job's work. Releases of an earlier start stay; a shortage without one source is told at the end."""
    names: Mapping[str, str] = job.params[EACH]
    options = {key: value for key, value in job.params.items() if key not in ("project", "name", EACH)}
    progress.result_url = reverse("releases")
    progress.begin(len(names), unit="releases")
    made: list[dict[str, Any]] = []
    short: list[str] = []
    for code, name in names.items():
        progress.check()
        try:
            release = _without(job, project, code, options | {"name": name}, progress)
        except Shortage as shortage:
            progress.log(_("Without %(code)s: %(message)s") % {"code": code, "message": shortage.message})
            for line in shortage.table().splitlines():
                progress.log(line)
            short.append(code)
        else:
            made.append({"source": code, "release": release.name, "manifest_sha256": release.manifest_sha256})
        progress.advance()
    if short:
        raise Refused(
            _(
                "Too few pictures without %(short)s, so nothing was frozen for these; %(made)s of %(all)s "
                "releases are frozen."
            )
            % {"short": ", ".join(short), "made": len(made), "all": len(names)}
        )
    return {"releases": made}


def _without(job: Job, project: Project, code: str, options: dict[str, Any], progress: Progress) -> Release:
    params = options | {"test_sources": [code], "test": 0}
    release = frozen_once(job, project, params, OneOfMany(progress))
    count_ahead(release)
    return release
