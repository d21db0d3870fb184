"""Learning rates over the steps of a training, chosen by name.

cyclical  triangular, Smith 2017 (https://arxiv.org/abs/1506.01186): from a quarter of the rate up to the rate
          and back, for ever. policy "triangular2" halves the height with each cycle.
constant  the rate
cosine    half a cosine from the rate down to ``minimum`` times the rate, after a linear warm-up from 0;
          Loshchilov and Hutter 2017 (https://arxiv.org/abs/1608.03983)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from training.backend import keras, tf
from training.choices import SCHEDULES
from training.named import chosen, within

POLICIES = ("triangular", "triangular2")


def make_schedule(
    config: Mapping[str, Any], steps_per_epoch: int
) -> keras.optimizers.schedules.LearningRateSchedule:
    """The schedule of that configuration.

    cyclical: half a cycle is ``step`` epochs, or, where it is given, ``steps`` steps of the optimizer; the
    published training script has steps = 4 x batch (1024) and policy "triangular2".
    cosine: ``epochs`` and ``warmup`` are epochs, the warm-up one of them. Raises ValueError naming the
    option, the rule and the value.
    """
    if steps_per_epoch < 1:
        raise ValueError(f"schedule: steps_per_epoch must be at least 1, got {steps_per_epoch}")
    options = chosen("schedule", config, SCHEDULES)
    rate = options["learning_rate"]
    if not 0 < rate < math.inf:
        raise ValueError(f"schedule: learning_rate must be above 0, got {rate!r}")
    if options["name"] == "constant":
        return Constant(rate)
    if options["name"] == "cosine":
        return _cosine(options, steps_per_epoch)
    if options["policy"] not in POLICIES:
        raise ValueError(f"schedule: policy must be one of {', '.join(POLICIES)}, got {options['policy']!r}")
    within("schedule", options, "divisor", 1, math.inf, "at least 1")
    within("schedule", options, "steps", 0, math.inf, "at least 0")
    half = options["steps"] or round(options["step"] * steps_per_epoch)
    if half < 1:
        raise ValueError(f"schedule: step must make at least one step, got {options['step']!r}")
    return Cyclical(rate / options["divisor"], rate, half, halving=options["policy"] == "triangular2")


def _cosine(
    options: Mapping[str, Any], steps_per_epoch: int
) -> keras.optimizers.schedules.LearningRateSchedule:
    within("schedule", options, "minimum", 0, 1, "from 0 to 1")
    within("schedule", options, "warmup", 0, options["epochs"], f"from 0 to the epochs, {options['epochs']}")
    warmup = round(options["warmup"] * steps_per_epoch)
    rest = round(options["epochs"] * steps_per_epoch) - warmup
    if rest < 1:
        raise ValueError(f"schedule: epochs must be more than the warm-up, got {options['epochs']!r}")
    rate = options["learning_rate"]
    if not warmup:
        return keras.optimizers.schedules.CosineDecay(rate, rest, alpha=options["minimum"])
    return keras.optimizers.schedules.CosineDecay(
        0.0, rest, alpha=options["minimum"], warmup_target=rate, warmup_steps=warmup
    )


@keras.saving.register_keras_serializable(package="vasculum")
class Constant(keras.optimizers.schedules.LearningRateSchedule):
    """The same rate at every step; a schedule, so that all are asked in the same way."""

    def __init__(self, learning_rate: float) -> None:
        super().__init__()
        self.learning_rate = learning_rate

    def __call__(self, step: Any) -> tf.Tensor:
        return tf.constant(self.learning_rate, tf.float32)

    def get_config(self) -> dict[str, Any]:
        return {"learning_rate": self.learning_rate}


@keras.saving.register_keras_serializable(package="vasculum")
class Cyclical(keras.optimizers.schedules.LearningRateSchedule):
    """A triangle: ``low`` at step 0, ``high`` half a cycle later, ``low`` after a whole one, and again.

    low, high: rates. half_cycle: steps. halving: each cycle is half as high as the one before (triangular2).
    """

    def __init__(self, low: float, high: float, half_cycle: int, halving: bool = False) -> None:
        super().__init__()
        self.low = low
        self.high = high
        self.half_cycle = half_cycle
        self.halving = halving

    def __call__(self, step: Any) -> tf.Tensor:
        # Whole numbers first: a float32 step loses its ones after 16.7 million.
        step = tf.cast(keras.ops.convert_to_tensor(step), tf.int64)
        place = tf.cast(step % (2 * self.half_cycle), tf.float32)
        part = 1.0 - tf.abs(place / self.half_cycle - 1.0)
        height = tf.constant(self.high - self.low, tf.float32)
        if self.halving:
            height *= tf.pow(0.5, tf.cast(step // (2 * self.half_cycle), tf.float32))
        return self.low + height * part

    def get_config(self) -> dict[str, Any]:
        return {
            "low": self.low,
            "high": self.high,
            "half_cycle": self.half_cycle,
            "halving": self.halving,
        }
