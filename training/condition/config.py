"""What training and evaluating sheet condition are told: keys, defaults and rules. No TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from inference.tiles import LEAST_ENTROPY, Tiling
from training.choices import NETWORKS, check_choices
from training.condition.split import RATIO, SEED
from training.config import ConfigError, Key, Schema, check
from training.data.augment import Augmentation
from training.named import chosen

# A sheet has no right way up for a stain, and light differs from camera to camera.
TURNS: dict[str, Any] = {
    "ops": [
        {"name": "flip_left_right", "probability": 0.5},
        {"name": "flip_up_down", "probability": 0.5},
        {"name": "colour_jitter", "probability": 0.5, "brightness": 0.1, "contrast": 0.1,
         "saturation": 0.1, "hue": 0.0},
    ]
}  # fmt: skip
BALANCES = ("sampling", "weights", "none")
SCORES = ("mean", "share", "maximum")

SHEETS: Schema = {
    "data": Key(Path),
    # "": "clean" or "sound" in a folder, class 0 of a release.
    "sound": Key(str, ""),
    "ratio": Key(list, list(RATIO), least=3, most=3, each=float),
    "seed": Key(int, SEED, least=0),
}
_LEARNING: Schema = {
    "name": Key(str, ""),
    "licence": Key(str, ""),
    "batch": Key(int, 64, least=1),
    "epochs": Key(int, 20, least=1),
    "patience": Key(int, 5, least=1),
    "learning_rate": Key(float, 1e-3, above=0),
    "optimizer": Key(dict, {"name": "adamw", "weight_decay": 1e-4}),
    "schedule": Key(dict, {"name": "cosine", "epochs": 20, "warmup": 1}),
    "loss": Key(dict, {"name": "cross-entropy", "smoothing": 0.05}),
    "augment": Key(dict, TURNS, or_text=True),
    "balance": Key(str, "sampling", choices=BALANCES),
    "network": Key(dict, {"name": "convnext", "blocks": [2, 2, 6, 2], "width": 24, "expansion": 2}),
    "monitor": Key(str, "macro_f1"),
    "deterministic": Key(bool, None),
    "openvino": Key(bool, True),
}
# See training.condition.labels.
_LABELS: Schema = {
    "covered": Key(float, 0.5, above=0, most=1),
    "touched": Key(float, 0.1, least=0, most=1),
}
TILES: Schema = {
    **SHEETS,
    **_LEARNING,
    "size": Key(int, 128, least=8),
    "stride": Key(int, None, least=1),
    "least_entropy": Key(float, LEAST_ENTROPY, least=0),
    # Of a sheet and a class; 0: all of them.
    "most_per_sheet": Key(int, 64, least=0),
    # Of all training tiles, drawn anew each epoch; 0: as many as there are.
    "tiles_an_epoch": Key(int, 0, least=0),
    **_LABELS,
}
WHOLE: Schema = {**SHEETS, **_LEARNING, "image_size": Key(int, 256, least=8)}
EVALUATION: Schema = {
    **SHEETS,
    "tile_model": Key(Path),
    "sheet_model": Key(Path),
    "split": Key(str, "test", choices=("train", "validate", "test")),
    "score": Key(str, "best", choices=("best", *SCORES)),
    "pictures": Key(int, 24, least=0),
    "batch": Key(int, 32, least=1),
    **_LABELS,
}
CONDITION: Schema = {
    **SHEETS,
    "tiles": Key(dict, {}),
    "sheets": Key(dict, {}),
    "evaluation": Key(dict, {}),
}


def resolve_tiles(config: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a tile model, complete. Raises ConfigError naming the key, the rule and the value."""
    found = _learned(check(config, TILES))
    if found["stride"] is None:
        found["stride"] = found["size"]
    if found["touched"] > found["covered"]:
        raise ConfigError(f"touched must be at most covered, {found['covered']:g}, got {found['touched']:g}")
    tiling_of(found)
    return found


def resolve_whole(config: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a model of whole sheets, complete. Raises ConfigError."""
    return _learned(check(config, WHOLE))


def tiling_of(settings: Mapping[str, Any]) -> Tiling:
    try:
        return Tiling(settings["size"], settings["stride"], settings["least_entropy"])
    except ValueError as error:
        raise ConfigError(str(error)) from error


def parts_of(config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The config of everything as those of its steps: "tiles", "sheets", "evaluation". Raises ConfigError."""
    found = check(config, CONDITION)
    shared = {key: found[key] for key in SHEETS}
    parts = {}
    for name in ("tiles", "sheets", "evaluation"):
        for key in found[name]:
            if key in SHEETS:
                raise ConfigError(f"{name}.{key} must be given above all tables, as it is of all steps")
        parts[name] = {**shared, **found[name]}
    check({**parts["evaluation"], "tile_model": "", "sheet_model": ""}, EVALUATION)
    return parts


def _learned(found: dict[str, Any]) -> dict[str, Any]:
    """What both models are told, checked without TensorFlow."""
    try:
        check_choices(found)
        found["network"] = chosen("network", found["network"], NETWORKS)
        augment = Augmentation.from_config(found["augment"])
        found["augment"] = augment.to_config()
    except ValueError as error:
        raise ConfigError(str(error)) from error
    if found["balance"] == "weights":
        if found["loss"]["name"] not in ("cross-entropy", "class-balanced"):
            raise ConfigError(
                f'balance = "weights" weighs the cross-entropy, got the loss {found["loss"]["name"]!r}'
            )
        if found["loss"]["name"] == "cross-entropy":
            found["loss"] = {"name": "class-balanced", "beta": 0.999}
    return found
