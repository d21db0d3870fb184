"""The layers of a model as its file says, read without TensorFlow; and which of them give features."""

from __future__ import annotations

import json
import zipfile
from typing import NamedTuple

from curation.models import ModelVersion
from curation.services.runs.places import path_of_model
from inference.folder import KERAS_FILE

POOLING = "output_gap"  # of the networks that are made or brought in here
FLAT = {"GlobalAveragePooling2D", "GlobalMaxPooling2D", "Flatten"}
# What dropout, activations and norms make of these is no other view of a picture.
VECTORS = FLAT | {"Dense", "Concatenate"}


class Layer(NamedTuple):
    name: str
    kind: str  # class, as Keras names it


def layers_of(model: ModelVersion) -> list[Layer]:
    """In the order of the network; none where the file cannot be read."""
    try:
        with zipfile.ZipFile(path_of_model(model, KERAS_FILE) / KERAS_FILE) as archive:
            config = json.loads(archive.read("config.json"))
        return [
            Layer(str(one["config"]["name"]), str(one["class_name"])) for one in config["config"]["layers"]
        ]
    except (OSError, ValueError, LookupError, TypeError, zipfile.BadZipFile):
        return []


def feature_layers(model: ModelVersion) -> list[str]:
    """Layers that give a vector a picture: from where the places of a picture are pooled to before the
    logits. The first is the usual one: `output_gap`, else the last. None for an encoder, which gives
    features itself.
    """
    if model.kind == ModelVersion.Kind.ENCODER:
        return []
    layers = layers_of(model)
    start = next((place for place, one in enumerate(layers) if one.kind in FLAT), len(layers))
    end = max((place for place, one in enumerate(layers) if one.kind == "Dense"), default=len(layers))
    found = [one.name for one in layers[start:end] if one.kind in VECTORS]
    usual = POOLING if POOLING in found else found[-1] if found else ""
    return [usual, *(name for name in reversed(found) if name != usual)] if found else []
