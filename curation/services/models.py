"""Bring models in: a checked folder under MODELS_DIR and a row that points at it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import transaction
from django.utils.translation import gettext as _

from curation.errors import Refused, StorageDown
from curation.models import LabelClass, ModelVersion, Project, User
from curation.services import audit, folders
from inference.condition.tile_model import TILES_FILE
from inference.errors import ModelError
from inference.files import sha256_of
from inference.folder import DESCRIPTION_FILE, ModelClass, ModelFolder, load_folder
from training.representation.encoders.folder import DESCRIPTION_FILE as ENCODER_FILE
from training.representation.encoders.folder import FOLDER as ENCODER_FOLDER


def import_model(
    path: Path,
    name: str,
    *,
    project: Project | None = None,
    any_checksum: bool = False,
    created_by: User | None = None,
) -> ModelVersion:
    """The model of `path` (the published Keras 2.13 archive, or a model folder) under `name`.

    With a project the model's classes get its keys and slugs, and must have its names. Safe to run
    again: the same model under the same name is there already, another one is refused. A folder that was
    lost or damaged is made anew. The folder of an encoder is brought in as one. Importing an archive loads
    TensorFlow, so never call it in the web process. Raises Refused.
    """
    check_name(name)
    if any((folder / ENCODER_FILE).is_file() for folder in (path, path / ENCODER_FOLDER)):
        from curation.services.encoders import import_encoder  # which is built upon this module

        return import_encoder(path, name, created_by=created_by)
    target = folders.work_of(f"models/{name}")
    row = ModelVersion.objects.filter(name=name).first()
    if row is not None and row.kind == ModelVersion.Kind.ENCODER:
        raise Refused(f"There is already an encoder named {name}; choose another --name for {path}.")
    try:
        given = _identity(path)
        present = _present(target, row)
        if present is not None:
            if given != _identity_of(present):
                raise Refused(
                    f"There is already another model named {name} (from {present.source or 'a folder'}); "
                    f"choose another --name for {path}."
                )
            if row is not None:
                return row
        else:
            _write(path, name, target, project, any_checksum)
    except ModelError as error:
        raise Refused(str(error)) from error
    except OSError as error:
        raise Refused(f"{path} cannot be brought in: {error}") from error
    folders.Sender(f"models/{name}").send()
    saved = _save(load_folder(target, verify=False), name, created_by)
    folders.leave(f"models/{name}")
    return saved


def folder_of(model: ModelVersion) -> ModelFolder:
    """The folder of a model with classes, every file checked against its SHA-256. Raises Refused."""
    if model.kind == ModelVersion.Kind.ENCODER:
        raise Refused(
            _("Model %(model)s is an encoder: it gives features and names no class.") % {"model": model}
        )
    path = folders.place(f"models/{model.folder}")
    again = f"bring it in again: manage.py import_model FILE --name {model.name}"
    try:
        folder = load_folder(path)
    except ModelError as error:
        raise Refused(f"Model {model.name} cannot be used: {error}; {again}") from error
    found = sha256_of(path / DESCRIPTION_FILE)
    if found != model.manifest_sha256:
        raise Refused(
            f"Model {model.name} cannot be used: SHA-256 of {path / DESCRIPTION_FILE} must be "
            f"{model.manifest_sha256}, got {found}; {again}"
        )
    return folder


def kind_of(folder: ModelFolder) -> ModelVersion.Kind:
    """Whether a model looks at whole pictures or at tiles: those have a file that says how they are cut."""
    tiles = TILES_FILE in folder.files
    return ModelVersion.Kind.TILES if tiles else ModelVersion.Kind.CLASSIFIER


def needs_classifier(model: ModelVersion) -> None:
    """Raises Refused for a model that does not look at whole pictures and name a class for each."""
    if model.kind != ModelVersion.Kind.CLASSIFIER:
        raise Refused(
            _("A classifier is needed here; %(model)s is of the kind “%(kind)s”.")
            % {"model": model, "kind": model.get_kind_display()}
        )


def class_indices(model: ModelVersion, project: Project) -> list[int]:
    """For each output of the model, the index of the project's class that is called so, or once was.

    Raises Refused for a model that is no classifier, and with the difference where the two sets of classes
    are not equal.
    """
    needs_classifier(model)
    known = classes_called(project, model.classes)
    difference = name_difference(model.classes, known)
    if difference:
        raise Refused(
            f"Model {model.name} and project {project.key} do not have the same classes: {difference}.",
            model=sorted(set(model.classes) - set(known)),
            project=sorted(set(known) - set(model.classes)),
        )
    return [known[name].index for name in model.classes]


def classes_called(project: Project, names: Collection[str]) -> dict[str, LabelClass]:
    """The project's classes by the one of `names` that each is called, or was before it was renamed.

    A class that has none of them stands under its own name. A name that one class has and another had is
    that of the class that has it.
    """
    labels = list(project.classes.order_by("index"))
    taken = {label.name for label in labels}
    found = {}
    for label in labels:
        former = (name for name in reversed(label.former_names) if name in names and name not in taken)
        found[label.name if label.name in names else next(former, label.name)] = label
    return found


def name_difference(model: Collection[str], project: Collection[str]) -> str:
    """What only one of the two has, in words; empty where they agree."""
    parts = []
    for who, mine, other in (("model", model, project), ("project", project, model)):
        only = sorted(set(mine) - set(other))
        if only:
            parts.append(f"only the {who} has {', '.join(only)}")
    return "; ".join(parts)


def check_name(name: str) -> None:
    """Raises Refused for what is no name of a model."""
    try:
        validate_slug(name)
    except ValidationError as error:
        raise Refused(
            f"--name {name!r} is not usable: letters, digits, - and _ only, at most 80 of them."
        ) from error
    if len(name) > 80 or not name[0].isalnum():
        raise Refused(f"--name {name!r} is not usable: at most 80 characters, a letter or digit first.")


def _identity(path: Path) -> object:
    """What makes two sources the same model: an archive's checksum, or a folder's files."""
    if path.is_dir():
        return _identity_of(load_folder(path))
    if not path.is_file():
        from inference.published import PUBLISHED_ADDRESS

        raise Refused(f"{path} does not exist; the published model is at {PUBLISHED_ADDRESS}")
    return sha256_of(path)


def _identity_of(folder: ModelFolder) -> object:
    return folder.source_sha256 or {name: one["sha256"] for name, one in folder.files.items()}


def _present(target: Path, row: ModelVersion | None) -> ModelFolder | None:
    """The folder of that name if it is there and whole."""
    if row is not None:
        try:
            return folder_of(row)
        except StorageDown:
            raise
        except Refused:
            return None  # lost or damaged: made anew
    if not target.exists():
        return None
    try:
        return load_folder(target)
    except ModelError as error:
        raise Refused(f"{target} is in the way: {error}. Move it away or choose another --name.") from error


def _write(path: Path, name: str, target: Path, project: Project | None, any_checksum: bool) -> None:
    from inference.published import PUBLISHED_CLASSES, PUBLISHED_SHA256
    from inference.published import import_model as bring

    classes: list[ModelClass] | None = None
    if project is not None:
        if path.is_dir():
            order = load_folder(path).class_names
        elif sha256_of(path) == PUBLISHED_SHA256:
            order = list(PUBLISHED_CLASSES)
        else:
            # Nothing in another archive says which output is which class: the project's order is taken.
            order = [label.name for label in project.classes.order_by("index")]
        here = classes_called(project, order)
        difference = name_difference(order, list(here))
        if difference:
            raise Refused(f"{path} and project {project.key} do not have the same classes: {difference}.")
        classes = [_as_model_class(here[one]) for one in order]
    bring(path, name, target.parent, classes, any_checksum=any_checksum, replace=target.exists())


def _as_model_class(label: LabelClass) -> ModelClass:
    return ModelClass(label.name, key=label.key, slug=label.slug)


def _save(folder: ModelFolder, name: str, created_by: User | None) -> ModelVersion:
    manifest = sha256_of(folder.path / DESCRIPTION_FILE)
    with transaction.atomic():
        model, _made = ModelVersion.objects.update_or_create(
            name=name,
            defaults={
                "folder": name,
                "manifest_sha256": manifest,
                "classes": folder.class_names,
                "image_size": folder.image_size,
                "parameters": folder.parameters,
                "kind": kind_of(folder),
            },
        )
        audit.record(created_by, "model.import", name, manifest_sha256=manifest)
    return model
