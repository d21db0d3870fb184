"""What is done to pictures of training: ops on each, then the blending of batches.

    {"ops": [{"name": "random_resized_crop", "scale": [0.08, 1.0], "ratio": [0.75, 1.3333]},
             {"name": "flip_left_right", "probability": 0.5}],
     "mixup": {"probability": 1.0, "lambda": "uniform"}}

or the name of one of `PRESETS`. Importing this module needs no TensorFlow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from training.data.mixing import Mixup, Remix
from training.data.ops import Op, find_op
from training.data.ops.draw import uniform
from training.data.ops.registry import PROBABILITY
from training.data.seeds import of_op

if TYPE_CHECKING:
    import tensorflow as tf

PRESETS: dict[str, dict[str, Any]] = {
    # What was on in the published training.
    "published": {
        "ops": [{"name": "random_resized_crop", "scale": [0.08, 1.0], "ratio": [0.75, 1.3333]}],
        "mixup": {"probability": 1.0, "lambda": "uniform"},
    },
    "none": {"ops": []},
}
KEYS = ("ops", "mixup", "remix")


@dataclass(frozen=True)
class Step:
    """An op with its parameters and the probability that it is applied to a picture."""

    op: Op
    probability: float
    options: tuple[tuple[str, Any], ...]

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Step:
        """From {"name": …, "probability": …} and the parameters of the op."""
        if not isinstance(config, Mapping):
            raise ValueError(f'augment: each of the ops must be {{"name": …}}, got {config!r}')
        op = find_op(config.get("name"))
        given = {key: value for key, value in config.items() if key not in ("name", "probability")}
        what = f"augment: {op.name}: probability"
        probability = PROBABILITY.checked(what, config.get("probability", op.chance))
        return cls(op, probability, tuple(op.options(given).items()))

    def to_config(self) -> dict[str, Any]:
        options = {key: list(v) if isinstance(v, tuple) else v for key, v in self.options}
        return {"name": self.op.name, "probability": self.probability, **options}

    def apply(self, picture: tf.Tensor, seed: tf.Tensor, image_size: int) -> tf.Tensor:
        """The picture after the op, or as it is."""
        from training.backend import tf
        from training.data.batches import sized

        def done() -> tf.Tensor:
            if self.op.sizes:
                return self.op.function(picture, of_op(seed, 1), image_size, **dict(self.options))
            return self.op.function(picture, of_op(seed, 1), **dict(self.options))

        def left() -> tf.Tensor:
            return sized(picture, image_size) if self.op.sizes else picture

        if not self.op.sizes:
            picture = tf.cast(picture, tf.float32)
        if self.probability in (0, 1):
            return done() if self.probability else left()
        return tf.cond(uniform(seed) < self.probability, done, left)


@dataclass(frozen=True)
class Augmentation:
    """Ops in the order in which they are applied to each picture, and what is done to each batch."""

    steps: tuple[Step, ...] = ()
    mixing: Mixup | None = None

    @classmethod
    def from_config(cls, config: Mapping[str, Any] | str) -> Augmentation:
        """From the name of a preset or a mapping as above. Raises ValueError naming the op or parameter that
        isn't known, or the value that is out of its range."""
        if isinstance(config, str):
            if config not in PRESETS:
                raise ValueError(f"augment: unknown preset {config!r}; known are {', '.join(PRESETS)}")
            config = PRESETS[config]
        for key in config:
            if key not in KEYS:
                raise ValueError(f"augment has no key {key!r}, its keys: {', '.join(KEYS)}")
        ops = config.get("ops", ())
        if not isinstance(ops, list | tuple):
            raise ValueError(f"augment: ops must be a list, got {ops!r}")
        steps = tuple(map(Step.from_config, ops))
        sizing = [step.op.name for step in steps if step.op.sizes]
        if len(sizing) > 1:
            raise ValueError(f"augment: one op at most may change the size, got {', '.join(sizing)}")
        if "mixup" in config and "remix" in config:
            raise ValueError("augment: mixup and remix can't be had together, got both")
        mixing = None
        for kind in (Mixup, Remix):
            if kind.name in config:
                mixing = kind.from_config(config[kind.name])
        return cls(steps, mixing)

    def to_config(self) -> dict[str, Any]:
        """All of it with every parameter, as `from_config` takes it."""
        found: dict[str, Any] = {"ops": [step.to_config() for step in self.steps]}
        if self.mixing:
            found[self.mixing.name] = self.mixing.to_config()
        return found

    @property
    def mixes(self) -> bool:
        return self.mixing is not None and self.mixing.probability > 0

    def picture(self, picture: tf.Tensor, seed: tf.Tensor, image_size: int) -> tf.Tensor:
        """(H, W, 3) bytes to float32 (image_size, image_size, 3) with values 0-255.

        Where no op changes the size, the picture is brought to it first.
        """
        from training.backend import tf
        from training.data.batches import sized

        if not any(step.op.sizes for step in self.steps):
            picture = sized(picture, image_size)
        for number, step in enumerate(self.steps):
            # Two seeds a step: whether, and how.
            picture = step.apply(picture, of_op(seed, 2 * number), image_size)
        return tf.ensure_shape(picture, (image_size, image_size, 3))

    def batch(
        self, pictures: tf.Tensor, targets: tf.Tensor, seed: tf.Tensor, counts: Sequence[int]
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Pictures (B, S, S, 3) and targets (B, C), blended. counts: pictures of each class in the split."""
        return self.mixing.apply(pictures, targets, seed, counts) if self.mixing else (pictures, targets)
