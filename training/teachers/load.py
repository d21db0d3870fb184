"""Find out what a teacher is, and load it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inference.errors import ModelError
from inference.files import sha256_of
from training.teachers.pictures import Preparation
from training.teachers.teacher import Teacher

_FUNCTION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")
_SAVED_MODEL = ("saved_model.pb", "saved_model.pbtxt")


def load_teacher(config: Mapping[str, Any]) -> Teacher:
    """The teacher that a mapping describes.

    path: a SavedModel folder, a .keras file, a model folder, a run folder, or "module:function". Loading a
    SavedModel or naming a function runs what its author wrote: use those you trust.
    image_size, layout, scale, offset, mean, std: see Preparation. signature, output: of a SavedModel.
    Raises ModelError.
    """
    path = config.get("path")
    if not isinstance(path, str | Path) or not str(path):
        raise ModelError(f"teacher.path must name a teacher, got {path!r}")
    place = Path(path)
    if any((place / name).is_file() for name in _SAVED_MODEL):
        from training.teachers.saved_model import load_saved_model

        return load_saved_model(place, config)
    for key in ("signature", "output"):
        if key in config:
            raise ModelError(f"teacher.{key} belongs to a SavedModel, and {path} is none")
    if isinstance(path, str) and _FUNCTION.fullmatch(path) and not place.exists():
        from training.teachers.function import load_function

        return load_function(path, config)
    return _load_keras(place, config)


def _load_keras(path: Path, config: Mapping[str, Any]) -> Teacher:
    from training.load import load_trainable, model_folder_at

    try:
        folder = model_folder_at(path)
        model = load_trainable(path)
    except ModelError as error:
        raise ModelError(f"teacher.path is no SavedModel and no module:function, and {error}") from error
    model.trainable = False
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ModelError(
            f"{path}: a teacher must have one input and one output, got {len(model.inputs)} and "
            f"{len(model.outputs)}"
        )
    expected = tuple(model.inputs[0].shape[1:])
    size = expected[1] if len(expected) == 3 else None
    preparation = Preparation.from_config(config, default_size=size)
    check_shape(str(path), preparation, expected)
    return Teacher(
        name=path.name,
        kind="keras",
        forward=lambda pictures: model(pictures, training=False),
        preparation=preparation,
        sha256=sha256_of(folder.keras_file if folder else path),
        variables=[one.value for one in model.weights],
        classes=folder.classes if folder else None,
        keep=model,
    )


def check_shape(name: str, preparation: Preparation, expected: tuple[int | None, ...]) -> None:
    """ModelError when one picture as prepared does not fit an input of the shape ``expected`` (None: any)."""
    fits = len(expected) == len(preparation.shape) and all(
        size is None or size == given for size, given in zip(expected, preparation.shape, strict=True)
    )
    if not fits:
        raise ModelError(
            f"{name} takes pictures of the shape {expected}; teacher.image_size {preparation.image_size} and "
            f"teacher.layout {preparation.layout} give {preparation.shape}"
        )


def sha256_of_folder(path: Path) -> str:
    """SHA-256 over the names and the SHA-256 of all files below a folder, in the order of their names."""
    digest = hashlib.sha256()
    for file in sorted(entry for entry in path.rglob("*") if entry.is_file()):
        digest.update(f"{sha256_of(file)}  {file.relative_to(path).as_posix()}\n".encode())
    return digest.hexdigest()
