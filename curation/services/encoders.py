"""Encoders that can be used here: a checked folder under MODELS_DIR and a row that points at it.

An encoder gives features and names no class, so it is no model folder; what it is instead stands in
training.representation.encoders.folder.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from curation.errors import Refused, StorageDown
from curation.models import ModelVersion, User
from curation.services import audit, folders
from curation.services.models import check_name, folder_of
from inference.errors import ModelError
from inference.files import sha256_of, whole_folder
from training.representation.encoders.folder import (
    CARD_FILE,
    DESCRIPTION_FILE,
    KERAS_FILE,
    Encoder,
    encoder_at,
)


def import_encoder(path: Path, name: str, *, created_by: User | None = None) -> ModelVersion:
    """The encoder of `path` (its folder, or a run that has one) under `name`.

    Safe to run again: the same encoder under the same name is there already, another one is refused. A folder
    that was lost or damaged is made anew. Raises Refused.
    """
    check_name(name)
    given = _read(path)
    folder = f"models/{name}"
    target = folders.work_of(folder)
    row = ModelVersion.objects.filter(name=name).first()
    sha256 = sha256_of(given.path / DESCRIPTION_FILE)
    if row is not None and (row.kind != ModelVersion.Kind.ENCODER or row.manifest_sha256 != sha256):
        raise Refused(
            _("There is already another model named %(name)s; choose another name for %(path)s.")
            % {"name": name, "path": path}
        )
    if row is None or not _is_whole(row):
        if row is None and target.exists() and not _same(target, sha256):
            raise Refused(
                _("%(target)s is in the way. Move it away or choose another name.") % {"target": target}
            )
        with whole_folder(target, replace=True) as fresh:
            shutil.copytree(given.path, fresh, dirs_exist_ok=True)
        folders.Sender(folder).send()
    if row is not None:
        return row
    with transaction.atomic():
        made = ModelVersion.objects.create(
            name=name,
            kind=ModelVersion.Kind.ENCODER,
            folder=name,
            manifest_sha256=sha256,
            classes=[],
            image_size=given.image_size,
            parameters=given.parameters,
            metrics=dict(given.metrics),
        )
        audit.record(created_by, "model.import", name, manifest_sha256=sha256)
    folders.leave(folder)
    return made


def encoder_of(model: ModelVersion, *, verify: bool = True) -> Encoder:
    """The encoder that a row points at; with `verify` its files are compared by SHA-256. Raises Refused."""
    folder = f"models/{model.folder}"
    path = folders.place(folder) if verify else folders.place(folder, DESCRIPTION_FILE, CARD_FILE)
    found = _read(path, verify=verify)
    if not verify and not folders.entries(folder, KERAS_FILE):
        raise Refused(_("%(path)s is missing") % {"path": f"{folder}/{KERAS_FILE}"})
    if verify and (sha256 := sha256_of(path / DESCRIPTION_FILE)) != model.manifest_sha256:
        raise Refused(
            _("Model %(model)s cannot be used: SHA-256 of %(path)s must be %(expected)s, got %(found)s.")
            % {
                "model": model,
                "path": path / DESCRIPTION_FILE,
                "expected": model.manifest_sha256,
                "found": sha256,
            }
        )
    return found


def check_files(model: ModelVersion) -> None:
    """Every file of a model of any kind is as it was brought in. Raises Refused."""
    if model.kind == ModelVersion.Kind.ENCODER:
        encoder_of(model)
    else:
        folder_of(model)


def _read(path: Path, *, verify: bool = True) -> Encoder:
    try:
        found = encoder_at(path, verify=verify)
    except ModelError as error:
        raise Refused(str(error)) from error
    if found is None:
        raise Refused(_("%(path)s has no encoder.") % {"path": path})
    return found


def _is_whole(row: ModelVersion) -> bool:
    try:
        encoder_of(row)
    except StorageDown:
        raise
    except Refused:
        return False
    return True


def _same(target: Path, sha256: str) -> bool:
    """What a start that was killed before its row was written has left."""
    file = target / DESCRIPTION_FILE
    return file.is_file() and sha256_of(file) == sha256


__all__ = ["check_files", "encoder_of", "import_encoder"]
