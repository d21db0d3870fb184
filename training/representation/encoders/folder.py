"""An encoder on the disk, in the run that trained it:

    RUN/encoder/encoder.keras    pictures 0-255 in, features (N, dimension) out
    RUN/encoder/encoder.json     what this module reads and writes: size, preprocessing, origin, SHA-256
    RUN/encoder/README.md        the same for people

It is no model folder, as those say of themselves that they give logits. Importing this needs no TensorFlow.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from inference.errors import ModelError
from inference.files import sha256_of, whole_folder
from inference.preprocess import make_preprocessing

FORMAT = "vasculum-encoder"
VERSION = 1
FOLDER = "encoder"
KERAS_FILE = "encoder.keras"
DESCRIPTION_FILE = "encoder.json"
CARD_FILE = "README.md"


@dataclass(frozen=True)
class Encoder:
    """kind: what it was trained as. trained_on: sample and catalogue. metrics: at the epoch kept."""

    path: Path
    name: str
    kind: str
    dimension: int
    image_size: int
    parameters: int
    preprocessing: Mapping[str, Any]
    sha256: str
    licence: str = ""
    trained_on: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)

    @property
    def keras_file(self) -> Path:
        return self.path / KERAS_FILE


def encoder_at(path: Path, *, verify: bool = True) -> Encoder | None:
    """The encoder that a folder is, or that a run has; None where there is none.

    Raises ModelError for one that was damaged or is of another version.
    """
    for folder in (path, path / FOLDER):
        if (folder / DESCRIPTION_FILE).is_file():
            return _read(folder, verify=verify)
    return None


def _read(folder: Path, *, verify: bool) -> Encoder:
    file = folder / DESCRIPTION_FILE
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        if (found.pop("format"), found.pop("version")) != (FORMAT, VERSION):
            raise ModelError(f"{file}: format and version must be {FORMAT!r} and {VERSION}")
        encoder = Encoder(path=folder, **found)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelError(f"{file} cannot be read: {error}") from error
    if verify and not encoder.keras_file.is_file():
        raise ModelError(f"{encoder.keras_file} is missing")
    if verify and (sha256 := sha256_of(encoder.keras_file)) != encoder.sha256:
        raise ModelError(
            f"{encoder.keras_file}: SHA-256 must be {encoder.sha256}, got {sha256}; the file was damaged"
        )
    return encoder


def save_encoder(
    model: Any,
    path: Path,
    *,
    name: str,
    kind: str,
    licence: str = "",
    trained_on: Mapping[str, Any] | None = None,
    metrics: Mapping[str, float] | None = None,
) -> Encoder:
    """Write a Keras model (pictures 0-255 in, features out) as an encoder's folder, whole, over one there."""
    size = int(model.input_shape[1])
    with whole_folder(path, replace=True) as fresh:
        model.save(fresh / KERAS_FILE)
        encoder = Encoder(
            path=path,
            name=name,
            kind=kind,
            dimension=int(model.output_shape[-1]),
            image_size=size,
            parameters=int(model.count_params()),
            preprocessing=make_preprocessing(size).describe(),
            sha256=sha256_of(fresh / KERAS_FILE),
            licence=licence,
            trained_on=dict(trained_on or {}),
            metrics=dict(metrics or {}),
        )
        facts = {"format": FORMAT, "version": VERSION, **asdict(encoder)}
        del facts["path"]
        text = json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
        (fresh / DESCRIPTION_FILE).write_text(text, encoding="utf-8")
        (fresh / CARD_FILE).write_text(_card(encoder), encoding="utf-8")
    return encoder


_HOW = {
    "autoencoder": "an autoencoder, which draws a picture again from what it kept of it",
    "triplet": "a triplet network, which puts pictures of a genus nearer to each other than to others",
    "classifier": "a classifier of pictures, whose head was taken off",
}


def _card(encoder: Encoder) -> str:
    lines = [
        f"# {encoder.name}",
        f"A network that gives {encoder.dimension} features of a picture, trained as "
        f"{_HOW.get(encoder.kind, encoder.kind)}. {encoder.parameters:,} parameters, pictures of "
        f"{encoder.image_size} × {encoder.image_size} pixels. "
        f"Licence of the model: {encoder.licence or 'not stated'}.",
        "## Use",
        f"```bash\npython -m training features --model {FOLDER} --data PATH --out STORE\n```",
        "## Trained on",
        _list(encoder.trained_on),
        "## Figures at the epoch kept",
        _list(encoder.metrics),
        "## Preprocessing",
        _list(encoder.preprocessing),
    ]
    return "\n\n".join(lines) + "\n"


def _list(facts: Mapping[str, Any]) -> str:
    return "\n".join(f"- {key}: {value}" for key, value in facts.items()) or "Nothing was noted."
