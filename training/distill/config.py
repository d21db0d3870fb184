"""What a distillation is told: the keys of its config, the published values as defaults, and their rules.

Importing this needs no TensorFlow.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inference.files import sha256_of
from training.config import ConfigError, Key, Schema, check
from training.data.augment import Augmentation
from training.models.build_keys import check_build_keys
from training.train_config import PRECISIONS

TEACHER_KEYS = (
    "path",
    "image_size",
    "layout",
    "scale",
    "offset",
    "mean",
    "std",
    "signature",
    "output",
    "classes",
)
SCHEMA: Schema = {
    "data": Key(Path),
    "name": Key(str, ""),
    "seed": Key(int, 0, least=0),
    # path; image_size, layout, scale and offset or mean and std; signature and output: see
    # training.teachers. classes: "release", or a list of names in the order of the outputs.
    "teacher": Key(dict),
    # The student: a model, or options of a new one, which gets the teacher's outputs.
    "model": Key(Path, None),
    "build": Key(dict, None),
    "image_size": Key(int, None, least=1),
    "train_split": Key(str, "train"),
    "validation_split": Key(str, "validate"),
    "temperature": Key(float, 12.5, above=0),
    "temperature_squared": Key(bool, False),
    "alpha": Key(float, 0.0, least=0, most=1),
    "epochs": Key(int, 32, least=1),
    "patience": Key(int, 16, least=1),
    "learning_rate": Key(float, 5e-3, above=0),
    "batch": Key(int, 32, least=1),
    "accumulate": Key(int, 1, least=1),
    "keep_checkpoints": Key(str, "best", choices=("best", "all")),
    "optimizer": Key(dict, {"name": "adamw", "weight_decay": 1e-5}),
    "schedule": Key(dict, {"name": "cyclical", "step": 4}),
    "augment": Key(dict, "none", or_text=True),
    "repeat": Key(int, 1, least=1),
    "shuffle_buffer": Key(int, 8192, least=1),
    "precision": Key(str, "float32", choices=PRECISIONS),
    "mirrored": Key(bool, False),
    "deterministic": Key(bool, None),
    "openvino": Key(bool, True),
    "licence": Key(str, ""),
    "model_sha256": Key(str, None),
    "teacher_sha256": Key(str, None),
}


def resolve(config: Mapping[str, Any]) -> dict[str, Any]:
    """The config with its defaults filled in and the student's start named by SHA-256, the teacher not yet.

    Raises ConfigError naming the key, the rule and the value; ModelError where there is no student.
    """
    found = check(config, SCHEMA)
    found["model_sha256"] = found["teacher_sha256"] = None
    for key, value in found["teacher"].items():
        if key not in TEACHER_KEYS:
            raise ConfigError(
                f"teacher.{key} is not a key here; known are {', '.join(TEACHER_KEYS)} (got {value!r})"
            )
    if (found["model"] is None) == (found["build"] is None):
        raise ConfigError(
            "either model (a .keras file, a model folder, a run) or build (options of a new network) must be "
            f"given for the student, got {'both' if found['model'] else 'neither'}"
        )
    if found["build"] is not None:
        check_build_keys(found["build"])
    else:
        from training.load import keras_file_at

        found["model_sha256"] = sha256_of(keras_file_at(Path(found["model"])))
    try:
        found["augment"] = Augmentation.from_config(found["augment"]).to_config()
    except ValueError as error:
        raise ConfigError(f"augment: {error}") from error
    return found
