"""What the training of an encoder is told: keys, the published values as defaults, and their rules.

Importing this needs no TensorFlow.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training.config import ConfigError, Key, Schema, check
from training.data.augment import Augmentation
from training.representation.encoders.resnet import BLOCKS, FILTERS
from training.representation.records import LEVELS

KINDS = ("autoencoder", "triplet", "classifier")
LEARNING_RATE = {"autoencoder": 1e-4, "triplet": 1e-3, "classifier": 1e-3}
# The crop is the published one. Of the changes that fastai makes beside it, mirroring and light are made,
# turning by up to 10 degrees and warping are not.
LIGHT: dict[str, Any] = {
    "ops": [
        {"name": "random_resized_crop", "scale": [0.75, 1.0], "ratio": [1.0, 1.0]},
        {"name": "flip_left_right", "probability": 0.5},
        {
            "name": "colour_jitter",
            "probability": 0.75,
            "brightness": 0.2,
            "contrast": 0.2,
            "saturation": 0.0,
            "hue": 0.0,
        },
    ]
}
SCHEMA: Schema = {
    "data": Key(Path),
    "catalogue": Key(Path, None),
    # A table with a column id: pictures that are not to be used, as they cannot be read.
    "leave_out": Key(Path, None),
    "kind": Key(str, choices=KINDS),
    "name": Key(str, ""),
    "licence": Key(str, ""),
    "seed": Key(int, 89, least=0),
    "level": Key(str, "genus", choices=LEVELS),
    "image_size": Key(int, 256, least=32),
    "load_size": Key(int, 512, least=32),
    # "": from scratch; see resnet.build_resnet18.
    "weights": Key(str, ""),
    "filters": Key(list, list(FILTERS), least=1, each=int),
    "blocks": Key(list, list(BLOCKS), least=1, each=int),
    "latent": Key(int, 256, least=1),
    "margin": Key(float, 1.0, above=0),
    "validation_share": Key(float, 0.2, above=0, most=0.5),
    "batch": Key(int, 32, least=1),
    "epochs": Key(int, 25, least=1),
    # last: the weights after all epochs, as published; best: those of the lowest validation loss.
    "keep": Key(str, "last", choices=("last", "best")),
    "patience": Key(int, None, least=1),
    "learning_rate": Key(float, None, above=0),
    "optimizer": Key(dict, {"name": "adam"}),
    "schedule": Key(dict, {"name": "constant"}),
    "augment": Key(dict, LIGHT, or_text=True),
    "deterministic": Key(bool, None),
    "openvino": Key(bool, False),
    "weights_sha256": Key(str, None),
}


def resolve(config: Mapping[str, Any]) -> dict[str, Any]:
    """The config with its defaults filled in. Raises ConfigError naming the key, the rule and the value."""
    found = check(config, SCHEMA)
    found["weights_sha256"] = None
    if found["learning_rate"] is None:
        found["learning_rate"] = LEARNING_RATE[found["kind"]]
    if found["patience"] is None:
        found["patience"] = found["epochs"]
    elif found["keep"] == "last":
        raise ConfigError(
            f'patience must be left out with keep = "last", which trains all epochs; got {found["patience"]}'
        )
    try:
        augment = Augmentation.from_config(found["augment"])
    except ValueError as error:
        raise ConfigError(f"augment: {error}") from error
    if augment.mixes:
        raise ConfigError("augment: mixup and remix blend classes, which an encoder is not trained with")
    found["augment"] = augment.to_config()
    return found
