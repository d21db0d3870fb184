"""Losses, optimizers, learning rates and networks that can be chosen by name, their options and defaults.

What they do is in `training.losses`, `training.optimizers`, `training.schedules` and `training.models`.
Importing this needs no TensorFlow, so that a configuration is checked before a job begins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from training.models.options import ConvNeXtOptions
from training.named import chosen

Choices = Mapping[str, Mapping[str, Any]]

LOSSES: Choices = {
    "cross-entropy": {"smoothing": 0.2},
    "focal": {"alpha": 0.25, "gamma": 2.0, "smoothing": 0.2},
    "class-balanced": {"beta": 0.99, "base": "softmax", "gamma": 1.0},
    "ldam": {"max_margin": 0.5, "scale": 30.0},
    "ccm": {"weights": (1.0, 1.0, 1.0), "smoothing": 0.2},
}

_COMMON = {"decay_all": True, "clip_norm": 0.0}
_ADAM = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7, **_COMMON}
OPTIMIZERS: Choices = {
    "adam": {"weight_decay": 0.0, **_ADAM},
    "adamw": {"weight_decay": 5e-5, **_ADAM},
    "sgd": {"weight_decay": 0.0, "momentum": 0.9, "nesterov": True, **_COMMON},
}

SCHEDULES: Choices = {
    "cyclical": {"learning_rate": 5e-5, "step": 4.0, "steps": 0, "divisor": 4.0, "policy": "triangular"},
    "constant": {"learning_rate": 5e-5},
    "cosine": {"learning_rate": 5e-5, "epochs": 100.0, "warmup": 0.0, "minimum": 0.0},
}

# Without classes and size, which follow from the data; of a ConvNeXt what training.models.options has.
NETWORKS: Choices = {
    "convnext": {
        one.name: one.default for one in fields(ConvNeXtOptions) if one.name not in ("classes", "image_size")
    },
    "cnn": {"filters": (16, 32, 64, 128), "dropout": 0.2},
}

CHOICES: Mapping[str, Choices] = {"loss": LOSSES, "optimizer": OPTIMIZERS, "schedule": SCHEDULES}


def check_choices(stage: Mapping[str, Any]) -> None:
    """Names and kinds of what a stage chooses; what it leaves out is passed over. Raises ValueError naming
    the option, the rule and the value. Bounds of numbers are checked where the parts are made."""
    for what, known in CHOICES.items():
        if stage.get(what):
            chosen(what, stage[what], known)
