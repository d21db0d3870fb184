"""What people ask for: a project's sheets screened by a model of tiles, and perhaps one of whole sheets."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Candidate, Job, ModelVersion, Project, ProjectKind, Role, Screening, User
from curation.services.condition.models import check_models, check_tiles
from curation.services.jobs import create_job, under_way

QUEUE = "gpu"


def request_screening(
    project: Project, tile_model: ModelVersion, sheet_model: ModelVersion | None, user: User
) -> Job:
    """The job that screens all sheets of the project; the one under way with these models where there is one.

    Raises Refused, naming what does not go together.
    """
    if not user.has_role(Role.LEAD):
        raise Refused(_("Screenings are started by lead curators."))
    if project.kind != ProjectKind.CONDITION:
        raise Refused(
            _("%(project)s asks what pictures show; screening is for projects on the condition of sheets.")
            % {"project": project}
        )
    check_tiles(tile_model)
    if sheet_model is not None and sheet_model.kind != ModelVersion.Kind.CLASSIFIER:
        raise Refused(_("%(model)s is no classifier of whole sheets.") % {"model": sheet_model})
    check_models(project, *filter(None, (tile_model, sheet_model)))
    count = Candidate.objects.filter(project=project).count()
    if not count:
        raise Refused(_("%(project)s has no pictures yet.") % {"project": project})
    params = {
        "project": project.key,
        "tile_model": tile_model.name,
        "sheet_model": sheet_model.name if sheet_model else "",
    }
    with transaction.atomic():
        found = under_way(Job.Kind.SCREEN, project, params)
        if found is not None:
            return found
        job = create_job(
            Job.Kind.SCREEN,
            _("Screening of %(project)s by %(model)s") % {"project": project, "model": tile_model},
            params=params,
            queue=QUEUE,
            total=count,
            created_by=user,
        )
        Screening.objects.create(
            project=project,
            tile_model=tile_model,
            sheet_model=sheet_model,
            job=job,
            folder=f"{project.key}-{job.pk}",
            created_by=user,
        )
    return job
