"""The network that is taught: a model that is there, or a new one with the outputs of its teacher."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from inference.errors import ModelError
from inference.folder import ModelClass
from training.config import ConfigError
from training.data.release import ReleaseData


def given_student(settings: Mapping[str, Any]) -> Any:
    """The model that the config names, None where one is to be built. Raises ModelError."""
    if settings["model"] is None:
        return None
    from training.load import load_trainable

    return load_trainable(Path(settings["model"]))


def image_size(settings: Mapping[str, Any], data: ReleaseData, given: Any) -> int:
    """Pixels of both sides of what the student sees."""
    if given is None:
        size: int = settings["image_size"] or data.side or 96
        return size
    side: int = given.input_shape[1]
    if settings["image_size"] not in (None, side):
        raise ConfigError(f"image_size must be that of the model, {side}, got {settings['image_size']}")
    return side


def student(
    settings: Mapping[str, Any], given: Any, size: int, teacher: str, outputs: Sequence[ModelClass]
) -> Any:
    """The student, in float32. Raises ConfigError or ModelError where it does not fit the outputs."""
    if given is None:
        from training.models.convnext import build_convnext

        try:
            return build_convnext(len(outputs), size, seed=settings["seed"], **settings["build"])
        except ValueError as error:
            raise ConfigError(f"build: {error}") from error
    if given.output_shape != (None, len(outputs)):
        raise ModelError(
            f"{settings['model']} must have the {len(outputs)} outputs of teacher {teacher}, got "
            f"{given.output_shape[1:]}; with build instead of model the student is made to fit"
        )
    from training.load import model_folder_at

    folder = model_folder_at(Path(settings["model"]))
    if folder is not None:
        for place, (own, other) in enumerate(zip(outputs, folder.classes, strict=True)):
            if own.name != other.name:
                raise ModelError(
                    f"{settings['model']} must have the classes of teacher {teacher} in their order; "
                    f"output {place} is {own.name!r} there, got {other.name!r} "
                    "(teacher.classes says what outputs without names are)"
                )
    return given
