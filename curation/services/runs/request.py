"""What people ask for: a run and the job that does it, on the queue of model work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Job, ModelVersion, Project, Release, Run, Split, User
from curation.services import audit, folders
from curation.services.condition.sheets import sound_class
from curation.services.jobs import create_job
from curation.services.models import folder_of, needs_classifier
from curation.services.runs.config import checked
from curation.services.runs.encoders import check_encoder
from curation.services.runs.names import check_name, free_name, taken
from curation.services.runs.places import name_of_run

QUEUE = "gpu"
OF_SHEETS = (Run.Kind.TILES, Run.Kind.SHEETS)


@transaction.atomic
def request_run(
    project: Project,
    release: Release,
    kind: str,
    config: Mapping[str, Any],
    user: User | None = None,
    *,
    name: str = "",
    started_from: ModelVersion | None = None,
    parent: Run | None = None,
) -> Run:
    """The run and its job; the one that is there where the same is asked for again while it goes on.

    config: of `training`, without the paths, which the job fills in. started_from: the model it begins with,
    learns from, or measures. parent: the run whose checkpoints it takes. Raises Refused, naming the key of
    the config, the rule and the value.
    """
    if release.project_id != project.pk or not release.manifest_sha256:
        raise Refused(
            _("Release %(release)s is not a frozen one of %(project)s.")
            % {"release": release, "project": project}
        )
    asked = checked(kind, config)
    if kind == Run.Kind.ENCODE:
        check_encoder(release, asked)
    if kind in OF_SHEETS:
        sound_class(project)
    if started_from is not None:
        _check_model(kind, started_from, release)
    return start_run(project, release, kind, asked, user, name=name, started_from=started_from, parent=parent)


def start_run(
    project: Project,
    release: Release,
    kind: str,
    asked: dict[str, Any],
    user: User | None,
    *,
    name: str = "",
    started_from: ModelVersion | None = None,
    parent: Run | None = None,
) -> Run:
    """The row and the job of a run whose configuration and models are known to be right."""
    # Two requests at the same moment must not make two runs.
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    same = _under_way(release, kind, asked, started_from, parent, name)
    if same is not None:
        return same
    name = name or free_name(release, kind)
    check_name(name)
    if taken(name):
        raise Refused(_("A run or a model is called %(name)s already. Choose another name.") % {"name": name})
    if kind == Run.Kind.DISTILL and started_from is None:
        raise Refused(_("A distillation needs a model to learn from. Choose one."))
    job = create_job(
        kind,
        _title(kind, name, release, started_from, asked),
        params={"run": name},
        queue=QUEUE,
        created_by=user,
    )
    run = Run.objects.create(
        name=name,
        project=project,
        release=release,
        kind=kind,
        config=asked,
        folder=name,
        job=job,
        parent=parent,
        started_from=started_from,
        data_sha256=release.manifest_sha256,
        created_by=user,
    )
    audit.record(user, "run.start", name, project, kind=kind, release=release.name, config=asked)
    return run


def request_evaluation(model: ModelVersion, release: Release, split: str, user: User | None = None) -> Run:
    """The run that measures a model on a split of a release. Each is a look, again or not."""
    if split not in Split.values:
        raise Refused(
            _("split must be one of %(known)s, got %(split)r.")
            % {"known": ", ".join(Split.values), "split": split}
        )
    if not release.members.filter(split=split).exists():
        raise Refused(
            _("Release %(release)s has no pictures in the split %(split)s.")
            % {"release": release, "split": split}
        )
    return request_run(
        release.project, release, Run.Kind.EVALUATE, {"split": split}, user, started_from=model
    )


def request_soup(parent: Run, user: User | None = None, config: Mapping[str, Any] | None = None) -> Run:
    """The run that averages the checkpoints of another one. Raises Refused where there are fewer than two."""
    if parent.kind not in (Run.Kind.TRAIN, Run.Kind.DISTILL):
        raise Refused(
            _("Run %(name)s has no checkpoints: only training and distillation have.") % {"name": parent}
        )
    kept = folders.entries(name_of_run(parent), "checkpoints/*")
    if len(kept) < 2:
        raise Refused(
            _("A soup needs at least two checkpoints, run %(name)s has %(n)s.")
            % {"name": parent, "n": len(kept)}
        )
    return request_run(parent.project, parent.release, Run.Kind.SOUP, config or {}, user, parent=parent)


def _under_way(
    release: Release,
    kind: str,
    config: Mapping[str, Any],
    started_from: ModelVersion | None,
    parent: Run | None,
    name: str,
) -> Run | None:
    """The run that does the same already; one of another name is another run."""
    runs = Run.objects.filter(
        release=release,
        kind=kind,
        config=config,
        started_from=started_from,
        parent=parent,
        job__state__in=Job.ACTIVE,
    )
    return (runs.filter(name=name) if name else runs).first()


def _check_model(kind: str, model: ModelVersion, release: Release) -> None:
    """It is a classifier, its files are whole; and where it is measured, it has the classes of the release,
    in their order."""
    needs_classifier(model)
    if kind == Run.Kind.EVALUATE:
        _check_classes(model, release)
    folder_of(model)


def _check_classes(model: ModelVersion, release: Release) -> None:
    classes = [
        name
        for _index, name in sorted(
            set(release.members.order_by().values_list("category_index", "category_name").distinct())
        )
    ]
    if model.classes != classes:
        raise Refused(
            _("Model %(model)s has other classes than release %(release)s: %(theirs)s, not %(ours)s.")
            % {
                "model": model,
                "release": release,
                "theirs": ", ".join(model.classes),
                "ours": ", ".join(classes),
            }
        )


def _title(
    kind: str, name: str, release: Release, model: ModelVersion | None, config: Mapping[str, Any]
) -> str:
    words = {"name": name, "release": release.name, "model": model}
    if kind == Run.Kind.EVALUATE:
        return f"Evaluate {model} on {release.name}, split {config.get('split')}"
    return {
        Run.Kind.TRAIN: _("Train %(name)s on %(release)s"),
        Run.Kind.DISTILL: _("Distil %(name)s on %(release)s"),
        Run.Kind.SOUP: _("Soup %(name)s"),
        Run.Kind.ENCODE: _("Train the encoder %(name)s on %(release)s"),
        Run.Kind.TILES: _("Train %(name)s on tiles of %(release)s"),
        Run.Kind.SHEETS: _("Train %(name)s on whole sheets of %(release)s"),
    }[Run.Kind(kind)] % words


__all__ = ["request_evaluation", "request_run", "request_soup"]
