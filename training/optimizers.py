"""Optimizers, chosen by name: Keras' Adam, AdamW and SGD.

Weight decay is decoupled from the gradient and multiplied by the learning rate, as Keras does it (Loshchilov
and Hutter 2019, https://arxiv.org/abs/1711.05101). It is taken from all weights, as in the published
training; ``decay_all = false`` leaves out biases and the scales and offsets of normalisations.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from training.backend import keras
from training.choices import OPTIMIZERS
from training.named import chosen, within

# A variable is asked by the name that TensorFlow gives it: layer/bias:0.
NOT_DECAYED = r"(^|/)(bias|gamma|beta)(:\d+)?$"


def make_optimizer(
    config: Mapping[str, Any], schedule: keras.optimizers.schedules.LearningRateSchedule | float
) -> keras.optimizers.Optimizer:
    """The optimizer of that configuration, not yet built.

    config: name and options, see ``OPTIMIZERS``. clip_norm: longest gradient of all weights together, 0 for
    none. Which weights are not decayed is no part of Keras' own configuration of an optimizer, so one that is
    loaded from a file has to be made here again. Raises ValueError naming the option, the rule and the value.
    """
    options = chosen("optimizer", config, OPTIMIZERS)
    name, decay_all = options.pop("name"), options.pop("decay_all")
    within("optimizer", options, "weight_decay", 0, 1, "from 0 to 1")
    within("optimizer", options, "clip_norm", 0, math.inf, "at least 0")
    for key in ("beta_1", "beta_2", "momentum"):
        if key in options and not 0 <= options[key] < 1:
            raise ValueError(f"optimizer: {key} must be at least 0 and below 1, got {options[key]!r}")
    if "epsilon" in options and not 0 < options["epsilon"] < 1:
        raise ValueError(f"optimizer: epsilon must be above 0 and below 1, got {options['epsilon']!r}")
    clip_norm = options.pop("clip_norm") or None
    if name != "adamw":
        options["weight_decay"] = options["weight_decay"] or None
    make = {"adam": keras.optimizers.Adam, "adamw": keras.optimizers.AdamW, "sgd": keras.optimizers.SGD}[name]
    optimizer = make(learning_rate=schedule, global_clipnorm=clip_norm, **options)
    if not decay_all:
        optimizer.exclude_from_weight_decay(var_names=[NOT_DECAYED])
    return optimizer
