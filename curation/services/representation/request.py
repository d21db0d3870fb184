"""What people ask for: features of a project's pictures, their map, and the search for doubtful decisions."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Candidate, FeatureSet, Job, ModelVersion, Project, Role, User
from curation.services.encoders import check_files
from curation.services.jobs import create_job, under_way
from curation.services.model_layers import feature_layers, layers_of

QUEUE = "gpu"
NEAR = 0.02  # cosine distance of pictures almost alike (docs/outliers.md says how it was chosen)
FARTHEST = 0.5  # beyond it features have nothing in common
FEWEST = 5  # pictures, for a map and for folds


def request_features(project: Project, model: ModelVersion, user: User, layer: str = "") -> Job:
    """The job that makes the features that are not there yet; the one under way where there is one.

    layer: of the model; "": the usual one (model_layers.feature_layers), of an encoder its output.
    """
    _needs_lead(user)
    check_files(model)
    layer = _layer(model, layer)
    count = Candidate.objects.filter(project=project).count()
    if not count:
        raise Refused(_("%(project)s has no pictures yet.") % {"project": project})
    params = {"project": project.key, "model": model.name, "layer": layer}
    title = _("Features of %(project)s by %(model)s") % {"project": project, "model": model}
    return _job(Job.Kind.FEATURES, project, params, title, user, total=count)


def request_map(found: FeatureSet, user: User) -> Job:
    """The job that draws the map of all pictures with features."""
    _needs_lead(user)
    if found.pictures < FEWEST:
        raise Refused(
            _("A map needs at least %(least)s pictures with features, %(project)s has %(n)s.")
            % {"least": FEWEST, "project": found.project, "n": found.pictures}
        )
    title = _("Map of %(project)s by %(model)s") % {"project": found.project, "model": found.model}
    return _job(Job.Kind.MAP, found.project, {"features": found.pk}, title, user, total=found.pictures)


def request_doubts(found: FeatureSet, user: User) -> Job:
    """The job that ranks the decisions of the project by how much speaks against them."""
    _needs_lead(user)
    decided = Candidate.objects.filter(project=found.project, state=Candidate.State.DECIDED).count()
    if decided < 2 * FEWEST:
        raise Refused(
            _("The search needs %(least)s decided pictures in each of two classes; %(n)s are decided.")
            % {"least": FEWEST, "n": decided}
        )
    title = _("Doubtful decisions of %(project)s by %(model)s") % {
        "project": found.project,
        "model": found.model,
    }
    return _job(Job.Kind.DOUBTS, found.project, {"features": found.pk}, title, user, total=None)


def request_outliers(found: FeatureSet, user: User) -> Job:
    """The job that ranks pictures by how far they are from all others and from those of their class."""
    _needs_lead(user)
    if found.pictures < FEWEST:
        raise Refused(
            _("The search needs at least %(least)s pictures with features, %(project)s has %(n)s.")
            % {"least": FEWEST, "project": found.project, "n": found.pictures}
        )
    title = _("Outliers of %(project)s by %(model)s") % {"project": found.project, "model": found.model}
    return _job(Job.Kind.OUTLIERS, found.project, {"features": found.pk}, title, user, total=found.pictures)


def request_near(found: FeatureSet, user: User, distance: float = NEAR) -> Job:
    """The job that looks for pictures of different groups within a cosine distance of each other; the one
    under way in these features where there is one, whatever its distance."""
    _needs_lead(user)
    if not 0 < distance <= FARTHEST:
        raise Refused(
            _("The distance must be more than 0 and at most %(most)s, got %(distance)s.")
            % {"most": FARTHEST, "distance": distance}
        )
    if found.pictures < 2:
        raise Refused(
            _("The search needs at least %(least)s pictures with features, %(project)s has %(n)s.")
            % {"least": 2, "project": found.project, "n": found.pictures}
        )
    title = _("Pictures of %(project)s almost alike to %(model)s") % {
        "project": found.project,
        "model": found.model,
    }
    params = {"features": found.pk, "distance": distance}
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=found.project_id)
        # Two at once, with different distances, would each drop what the other has found.
        own = Job.objects.filter(kind=Job.Kind.NEAR, state__in=Job.ACTIVE, params__features=found.pk)
        return own.first() or _job(Job.Kind.NEAR, found.project, params, title, user, total=found.pictures)


def _job(
    kind: Job.Kind, project: Project, params: dict[str, Any], title: str, user: User, total: int | None
) -> Job:
    with transaction.atomic():
        return under_way(kind, project, params) or create_job(
            kind, title, params=params, queue=QUEUE, total=total, created_by=user
        )


def _layer(model: ModelVersion, asked: str) -> str:
    """The layer as the job takes it: one that gives vectors, which only the network itself knows for sure."""
    if model.kind == ModelVersion.Kind.ENCODER:
        if asked:
            raise Refused(
                _(
                    "%(model)s is an encoder: its features are its output, not those of a layer; got "
                    "%(layer)r."
                )
                % {"model": model, "layer": asked}
            )
        return ""
    known = feature_layers(model)
    if not asked and known:
        return known[0]
    if not asked or asked not in {one.name for one in layers_of(model)}:
        raise Refused(
            _("Layer %(layer)r must be one of %(model)s; those that give vectors: %(known)s.")
            % {"layer": asked, "model": model, "known": ", ".join(known) or _("none")}
        )
    return asked


def _needs_lead(user: User) -> None:
    if not user.has_role(Role.LEAD):
        raise Refused(_("Features, maps and searches are started by lead curators."))
