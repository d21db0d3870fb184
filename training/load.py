"""Open a model to go on training it, from whatever it was written as. Weights only ever come from files that
Keras reads in its safe mode: nothing in them is run.

Importing this module is cheap; the functions that need TensorFlow import it when called.
"""

import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inference.errors import ModelError
from inference.folder import DESCRIPTION_FILE, ModelFolder, find_model, load_folder

if TYPE_CHECKING:
    from training.backend import keras

RUN_FILE = "config.json"
RUN_MODEL = "model"


def load_trainable(path: Path) -> "keras.Model":
    """The model at ``path``, every layer trainable whatever was frozen when it was saved; not compiled.

    path: a .keras file, a model folder (its checksums are verified), a run folder (the model it ended with),
    or the name of a model under $VASCULUM_VAR/models. Raises ModelError naming the path and what is wrong.
    """
    folder = model_folder_at(path)
    file = folder.keras_file if folder else path
    model = _read(file)
    if folder and model.output_shape != (None, len(folder.classes)):
        raise ModelError(
            f"{folder.path / DESCRIPTION_FILE}: the model must have an output for each of the "
            f"{len(folder.classes)} classes, got {model.output_shape}"
        )
    # Setting what is set already does not reach the layers (TensorFlow's tracking passes over it), and a
    # model that calls itself trainable may have frozen layers; hence both.
    model.trainable = False
    model.trainable = True
    return model


def keras_file_at(path: Path) -> Path:
    """The .keras file that :func:`load_trainable` reads for ``path``; ModelError as there."""
    folder = model_folder_at(path)
    return folder.keras_file if folder else path


def model_folder_at(path: Path) -> ModelFolder | None:
    """The verified model folder that ``path`` is, holds (a run) or names; None for a .keras file."""
    if path.is_file():
        return None
    if not path.exists():
        if path.suffix == ".keras":
            raise ModelError(f"{path} does not exist")
        return load_folder(find_model(path))
    if (path / DESCRIPTION_FILE).is_file():
        return load_folder(path)
    if (path / RUN_MODEL / DESCRIPTION_FILE).is_file():
        return load_folder(path / RUN_MODEL)
    if (path / RUN_FILE).is_file():
        raise ModelError(
            f"{path} is a run without a model: {path / RUN_MODEL} is written when the run ends; let it end "
            "(the same command resumes it)"
        )
    raise ModelError(
        f"{path} is neither a .keras file, nor a model folder (it has no {DESCRIPTION_FILE}), nor a run "
        f"(it has no {RUN_MODEL}/{DESCRIPTION_FILE})"
    )


def _read(file: Path) -> Any:
    _check_archive(file)
    import training.models.layers  # noqa: F401  Keras finds the layers that are ours once this is imported
    from training.backend import keras

    try:
        model = keras.saving.load_model(file, compile=False, safe_mode=True)
    # Keras raises whatever the content of the archive leads it to; a KeyError tells a user nothing.
    except Exception as error:
        raise ModelError(f"{file} cannot be read as a Keras model: {str(error).strip()[:300]}") from error
    if not isinstance(model, keras.Model):
        raise ModelError(f"{file} must hold a Keras model, got a {type(model).__name__}")
    return model


def _check_archive(file: Path) -> None:
    """ModelError for what is no Keras 3 archive, before TensorFlow is imported for it."""
    if not zipfile.is_zipfile(file):
        raise ModelError(f"{file} is not a .keras file: it is not a zip file")
    try:
        with zipfile.ZipFile(file) as archive:
            metadata = json.loads(archive.read("metadata.json"))
            version = str(metadata["keras_version"])
            archive.getinfo("config.json")
    except (KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise ModelError(f"{file} is not a .keras file, or a damaged one: {error}") from error
    if version.startswith("2."):
        raise ModelError(
            f"{file} was written by Keras {version}; Keras 3 reads it once it is brought in: "
            f"python -m inference import {file} --name NAME"
        )
