"""What a training run is told: the keys of its config, the published values as defaults, and their rules.

Stages take what they do not name from the config itself; ``resolve`` writes it out, so that the config in a
run folder is all there is to know. Importing this needs no TensorFlow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from inference.files import sha256_of
from training.config import ConfigError, Key, Schema, check
from training.data.augment import Augmentation
from training.models.build_keys import check_build_keys

KEEP = ("best", "all")
PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")

# What a stage may name for itself, and what it takes where neither it nor the config does.
OF_A_STAGE: Schema = {
    "epochs": Key(int, 4096, least=1),
    "patience": Key(int, 256, least=1),
    "learning_rate": Key(float, 5e-5, above=0),
    "batch": Key(int, 256, least=1),
    "accumulate": Key(int, 1, least=1),
    "keep_checkpoints": Key(str, "best", choices=KEEP),
    "loss": Key(dict, {"name": "cross-entropy", "smoothing": 0.2}),
    "optimizer": Key(dict, {"name": "adamw", "weight_decay": 5e-5}),
    "schedule": Key(dict, {"name": "cyclical", "step": 4}),
    "augment": Key(dict, "published", or_text=True),
}
STAGE: Schema = {
    # "": all layers are trained.
    "unfreeze_after": Key(str, ""),
    **{name: replace(key, default=None)
       for name, key in OF_A_STAGE.items()},
}  # fmt: skip
SCHEMA: Schema = {
    "data": Key(Path),
    "name": Key(str, ""),
    "seed": Key(int, 0, least=0),
    "model": Key(Path, None),
    "build": Key(dict, None),
    "image_size": Key(int, None, least=1),
    "train_split": Key(str, "train"),
    "validation_split": Key(str, "validate"),
    "repeat": Key(int, 1, least=1),
    "shuffle_buffer": Key(int, 8192, least=1),
    "monitor": Key(str, "macro_f1"),
    "mode": Key(str, "max", choices=("max", "min")),
    "precision": Key(str, "float32", choices=PRECISIONS),
    "mirrored": Key(bool, False),
    # Absent: on a CPU yes, on a GPU no.
    "deterministic": Key(bool, None),
    "openvino": Key(bool, True),
    "licence": Key(str, ""),
    **OF_A_STAGE,
    "stages": Key(list, [{}], least=1, each=STAGE),
    "model_sha256": Key(str, None),
}


def resolve(config: Mapping[str, Any]) -> dict[str, Any]:
    """The config with nothing left open: defaults filled in, each stage complete, the start named by SHA-256.

    Raises ConfigError naming the key, the rule and the value; ModelError where there is no model.
    """
    found = check(config, SCHEMA)
    found.pop("model_sha256")
    if (found["model"] is None) == (found["build"] is None):
        raise ConfigError(
            "either model (a .keras file, a model folder, a run) or build (options of a new network) must be "
            f"given, got {'both' if found['model'] else 'neither'}"
        )
    if found["build"] is not None:
        check_build_keys(found["build"])
    else:
        from training.load import keras_file_at

        found["model_sha256"] = sha256_of(keras_file_at(Path(found["model"])))
    general = {name: found.pop(name) for name in OF_A_STAGE}
    stages = check({"stages": found["stages"]}, {"stages": SCHEMA["stages"]})["stages"]
    found["stages"] = [
        {name: general.get(name) if value is None else value for name, value in stage.items()}
        for stage in stages
    ]
    for place, stage in enumerate(found["stages"]):
        try:
            stage["augment"] = Augmentation.from_config(stage["augment"]).to_config()
        except ValueError as error:
            raise ConfigError(f"stages.{place}.augment: {error}") from error
    return found
