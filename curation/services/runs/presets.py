"""What a run begins with on the start page: texts in TOML that people change as they like."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from curation.models import ModelVersion, Run
from curation.services.model_layers import POOLING, layers_of
from curation.services.runs.toml_text import to_toml
from training.representation.encoders.config import KINDS, LEARNING_RATE

_BOUNDARY = re.compile(r"convNeXt(\d+)_downSample_layerNormalization")


@dataclass(frozen=True)
class Preset:
    """needs_model: it begins with, or learns from, a model that is here."""

    key: str
    kind: str
    title: Promise
    about: Promise
    needs_model: bool


PRESETS = [
    Preset(
        "small",
        Run.Kind.TRAIN,
        gettext_lazy("Small, from scratch"),
        gettext_lazy(
            "A network of about a million parameters, for a first model on a machine without a GPU."
        ),
        False,
    ),
    Preset(
        "scratch",
        Run.Kind.TRAIN,
        gettext_lazy("Full size, from scratch"),
        gettext_lazy("The published network of 28 million parameters with its published rates. Needs a GPU."),
        False,
    ),
    Preset(
        "from",
        Run.Kind.TRAIN,
        gettext_lazy("From a model that is here"),
        gettext_lazy(
            "Its encoder is taken over, where the classes differ with a new last layer, and fine-tuned in "
            "stages: first the end of the network, then more and more of it. Few epochs each."
        ),
        True,
    ),
    Preset(
        "published",
        Run.Kind.TRAIN,
        gettext_lazy("Published protocol"),
        gettext_lazy(
            "Fine-tuning in the five stages of the published work, each until it has not got better for 256 "
            "epochs; all checkpoints of the last are kept for a soup. Takes days on a GPU."
        ),
        True,
    ),
    Preset(
        "distill",
        Run.Kind.DISTILL,
        gettext_lazy("Distillation"),
        gettext_lazy("A small network learns to answer as a large model that is here does."),
        True,
    ),
    Preset(
        "autoencoder",
        Run.Kind.ENCODE,
        gettext_lazy("Encoder, by drawing again"),
        gettext_lazy(
            "An autoencoder: it learns to draw each picture again from the little that it kept of it. Needs "
            "no names. It gives features, for maps and neighbours, and names no class."
        ),
        False,
    ),
    Preset(
        "triplet",
        Run.Kind.ENCODE,
        gettext_lazy("Encoder, by triplets"),
        gettext_lazy(
            "It learns to put pictures of one genus nearer to each other than to those of others. Needs "
            "scientific names. It gives features."
        ),
        False,
    ),
    Preset(
        "classifier",
        Run.Kind.ENCODE,
        gettext_lazy("Encoder, by naming"),
        gettext_lazy(
            "It learns to name genera, then its last layers are taken off. Needs scientific names. It gives "
            "features."
        ),
        False,
    ),
    Preset(
        "tiles",
        Run.Kind.TILES,
        gettext_lazy("Condition, tile by tile"),
        gettext_lazy(
            "For projects on the condition of sheets: it learns from tiles of the full picture, which marked "
            "regions tell apart, and says where on a sheet a condition is."
        ),
        False,
    ),
    Preset(
        "sheets",
        Run.Kind.SHEETS,
        gettext_lazy("Condition, whole sheets"),
        gettext_lazy("The same question asked of whole sheets, shrunk to 256 pixels."),
        False,
    ),
]
BY_KEY = {preset.key: preset for preset in PRESETS}

GENTLE = {
    "ops": [
        {"name": "random_resized_crop", "scale": [0.35, 1.0], "ratio": [0.75, 1.3333]},
        {"name": "flip_left_right"},
    ]
}
SMALL_NET = {"width": 24, "blocks": [3, 3, 9, 3], "expansion": 2}


def text_of(preset: Preset, model: ModelVersion | None = None) -> str:
    """The whole configuration of a preset as TOML."""
    return _HEADS[preset.key] + to_toml(_config(preset.key, model))


def _config(key: str, model: ModelVersion | None) -> dict[str, Any]:
    if key == "small":
        return {
            "seed": 1,
            "image_size": 96,
            "batch": 64,
            "epochs": 60,
            "patience": 12,
            "learning_rate": 0.002,
            "optimizer": {"name": "adamw", "weight_decay": 0.0005},
            "schedule": {"name": "cosine", "epochs": 60, "warmup": 3},
            "loss": {"name": "cross-entropy", "smoothing": 0.1},
            "augment": GENTLE,
            "build": dict(SMALL_NET),
        }
    if key == "scratch":
        return {
            "seed": 89178525,
            "image_size": 96,
            "batch": 256,
            "epochs": 300,
            "patience": 64,
            "learning_rate": 0.001,
            "optimizer": {"name": "adamw", "weight_decay": 5e-05},
            "schedule": {"name": "cyclical", "step": 4},
            "loss": {"name": "cross-entropy", "smoothing": 0.2},
            "augment": "published",
            "build": {"width": 96, "blocks": [3, 3, 9, 3], "expansion": 4},
        }
    if key == "distill":
        return {
            "seed": 1,
            "batch": 32,
            "epochs": 64,
            "patience": 16,
            "learning_rate": 0.005,
            "temperature": 12.5,
            "optimizer": {"name": "adamw", "weight_decay": 1e-05},
            "schedule": {"name": "cyclical", "step": 4},
            "build": dict(SMALL_NET),
        }
    if key in KINDS:
        return _encoder(key)
    if key in OF_SHEETS:
        return dict(OF_SHEETS[key])
    published = key == "published"
    stages: list[dict[str, Any]] = [{"unfreeze_after": name} for name in boundaries(model)]
    last = {"unfreeze_after": "rescale", "patience": 4096} if published else {"unfreeze_after": ""}
    stages.append({**last, "keep_checkpoints": "all"})
    return {
        "seed": 89178525 if published else 1,
        "batch": 256 if published else 64,
        "epochs": 4096 if published else 24,
        "patience": 256 if published else 8,
        "learning_rate": 5e-05 if published else 0.0002,
        "optimizer": {"name": "adamw", "weight_decay": 5e-05},
        "schedule": {"name": "cyclical", "step": 4},
        "loss": {"name": "cross-entropy", "smoothing": 0.2},
        "augment": "published" if published else GENTLE,
        "stages": stages,
    }


def _encoder(kind: str) -> dict[str, Any]:
    """The published values, in the order in which people look for them."""
    own: dict[str, Any] = {"latent": 256} if kind == "autoencoder" else {"level": "genus"}
    if kind == "triplet":
        own["margin"] = 1.0
    return {
        "kind": kind,
        **own,
        "weights": "",
        "image_size": 256,
        "load_size": 512,
        "validation_share": 0.2,
        "seed": 89,
        "batch": 32,
        "epochs": 25,
        "learning_rate": LEARNING_RATE[kind],
        "keep": "last",
    }


# Small networks that a machine without a GPU trains; nothing said is as training.condition.config has it.
_SHEETS = {"seed": 89, "batch": 64, "epochs": 20, "patience": 5, "learning_rate": 0.001}
OF_SHEETS: dict[str, dict[str, Any]] = {
    "tiles": {"size": 128, "stride": 128, "most_per_sheet": 64, **_SHEETS, "network": {"name": "cnn"}},
    "sheets": {"image_size": 256, **_SHEETS, "batch": 32, "network": {"name": "cnn"}},
}

_HEADS = {
    "small": "# From scratch, one stage that trains all layers.\n",
    "scratch": "# From scratch, one stage that trains all layers.\n",
    "from": "# Each stage trains the layers after the one that it names; the last trains all.\n",
    "published": "# As published: a stage trains the layers after the one it names, the last trains all.\n",
    "distill": "# The student learns the softened answers of the teacher.\n",
    "tiles": "# Tiles of `size` pixels, `stride` apart; of plain paper none are taken.\n",
    "sheets": "# Whole sheets, shrunk to `image_size`.\n",
    **dict.fromkeys(KINDS, '# A ResNet-18 that gives 512 features. weights: "" is from scratch.\n'),
}


def boundaries(model: ModelVersion | None) -> Sequence[str]:
    """The layers after which a stage may begin to train, the last of the network first.

    Read from the file of the model, without TensorFlow; those of the published network where there is none.
    """
    names = [one.name for one in layers_of(model)] if model else []
    found = sorted((int(match[1]), name) for name in names if (match := _BOUNDARY.fullmatch(name)))
    downs = [name for _number, name in reversed(found)]
    if not downs and not names:
        downs = [f"convNeXt{number}_downSample_layerNormalization" for number in (3, 2, 1)]
    return [POOLING, *downs] if POOLING in names or not names else downs
