"""Leave a block out of a training step by chance."""

from typing import Any

from training.backend import keras


@keras.saving.register_keras_serializable(package="vasculum")
class StochasticDepth(keras.layers.Layer):
    """In training, make the branch of some pictures zero and enlarge it for the others; else change nothing.

    Huang et al. 2016, "Deep Networks with Stochastic Depth" (https://arxiv.org/abs/1603.09382). The enlarging
    by 1 / (1 - rate) keeps the mean of the branch, so that nothing has to be scaled at prediction.
    In and out: (N, ...). rate: the chance of each picture, 0 to less than 1. What was drawn is part of the
    saved state: a loaded model draws on from there.
    """

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not 0 <= rate < 1:
            raise ValueError(f"rate must be at least 0 and less than 1, got {rate!r}")
        self.rate = rate
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training or self.rate == 0:
            return inputs
        shape = (keras.ops.shape(inputs)[0], *(1 for _ in inputs.shape[1:]))
        drawn = keras.random.uniform(shape, seed=self.seed_generator)
        kept = keras.ops.cast(drawn >= self.rate, inputs.dtype)
        return inputs * kept / (1 - self.rate)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}
