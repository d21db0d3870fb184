"""Batches whose pictures are blended with one another: mixup and remix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from training.data.ops.draw import uniform
from training.data.ops.parameters import Number
from training.data.seeds import of_op

if TYPE_CHECKING:
    import tensorflow as tf

LAMBDAS = ("uniform", "beta")
PER = ("picture", "batch")
NUMBERS = {
    "probability": Number(1.0, 0, 1),
    "alpha": Number(0.2, 0.05, 100),
    "kappa": Number(3.0, 1, 1e6),
    "tau": Number(0.5, 0, 1),
}


@dataclass(frozen=True)
class Mixup:
    """Blend each picture of a batch, and its target, with those of another one of it (Zhang et al. 2018,
    arXiv:1710.09412).

    probability: of a batch to be blended. distribution: of the weight of a picture, `uniform` between 0 and 1
    or `beta` with both parameters `alpha`. per: a weight for each `picture` or one for the `batch`.
    """

    probability: float = 1.0
    distribution: str = "uniform"
    alpha: float = 0.2
    per: str = "picture"

    name = "mixup"

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Mixup:
        """From {"probability": …, "lambda": …}; ValueError for what isn't known or is out of its range."""
        known = list(cls().to_config())
        given: dict[str, Any] = {}
        for key, value in config.items():
            what = f"augment: {cls.name}: {key}"
            if key not in known:
                raise ValueError(
                    f"augment: {cls.name} has no parameter {key!r}, its parameters: {', '.join(known)}"
                )
            if key in NUMBERS:
                given[key] = NUMBERS[key].checked(what, value)
                continue
            words = LAMBDAS if key == "lambda" else PER
            if value not in words:
                raise ValueError(f"{what} must be {' or '.join(words)}, got {value!r}")
            given["distribution" if key == "lambda" else key] = value
        return cls(**given)

    def to_config(self) -> dict[str, Any]:
        return {"lambda" if key == "distribution" else key: value for key, value in asdict(self).items()}

    def apply(
        self, pictures: tf.Tensor, targets: tf.Tensor, seed: tf.Tensor, counts: Sequence[int]
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Pictures (B, S, S, 3) and targets (B, C), blended. counts: pictures of each class in the split."""
        from training.backend import tf

        if self.probability == 0:
            return pictures, targets
        size = tf.shape(pictures)[0]
        partners = tf.random.experimental.stateless_shuffle(tf.range(size), of_op(seed, 0), alg="philox")
        weights = self.weights(size if self.per == "picture" else 1, of_op(seed, 1))
        if self.probability < 1:
            weights = tf.where(uniform(of_op(seed, 2)) < self.probability, weights, tf.ones_like(weights))
        weights = tf.broadcast_to(weights, [size])
        others = tf.gather(targets, partners)
        own = self.target_weights(weights, targets, others, counts)[:, None]
        blended = weights[:, None, None, None]
        return (
            pictures * blended + tf.gather(pictures, partners) * (1 - blended),
            targets * own + others * (1 - own),
        )

    def weights(self, size: tf.Tensor | int, seed: tf.Tensor) -> tf.Tensor:
        """(size,) weights of the pictures themselves, 0 to 1."""
        from training.backend import tf

        if self.distribution == "uniform":
            return tf.random.stateless_uniform([size], seed, alg="philox")
        # In double precision, as for a small alpha both may be too small for a float.
        both = tf.random.stateless_gamma(
            [2, size], seed, alpha=tf.cast(self.alpha, tf.float64), dtype=tf.float64
        )
        return tf.cast(both[0] / (both[0] + both[1]), tf.float32)

    def target_weights(
        self, weights: tf.Tensor, targets: tf.Tensor, others: tf.Tensor, counts: Sequence[int]
    ) -> tf.Tensor:
        """(B,) weights of the targets themselves."""
        return weights


@dataclass(frozen=True)
class Remix(Mixup):
    """Mixup whose target is wholly that of the rarer class where a class is `kappa` times as frequent as the
    other and the weight of its picture is below `tau` (Chou et al. 2020, arXiv:2007.03943, equation 5)."""

    kappa: float = 3.0
    tau: float = 0.5

    name = "remix"

    def target_weights(
        self, weights: tf.Tensor, targets: tf.Tensor, others: tf.Tensor, counts: Sequence[int]
    ) -> tf.Tensor:
        from training.backend import tf

        pictures = tf.constant(counts, tf.float32)
        own = tf.gather(pictures, tf.argmax(targets, axis=1))
        other = tf.gather(pictures, tf.argmax(others, axis=1))
        found = tf.where((own >= self.kappa * other) & (weights < self.tau), 0.0, weights)
        return tf.where((other >= self.kappa * own) & (1 - weights < self.tau), 1.0, found)
