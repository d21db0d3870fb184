"""Weigh the channels of a picture by what the whole picture shows."""

from typing import Any

from training.backend import keras
from training.models.seeds import seed_for


@keras.saving.register_keras_serializable(package="vasculum")
class SqueezeExcitation(keras.layers.Layer):
    """Mean of each channel, squeeze, ReLU, widen, sigmoid: a factor of 0 to 1 per picture and channel.

    Hu et al. 2018, "Squeeze-and-Excitation Networks" (https://arxiv.org/abs/1709.01507), without bias.
    In and out: (N, height, width, channels). reduction: by how much the channels are squeezed, rounded down.
    l2: weight of the penalty on both kernels. With the same ``seed`` the kernels begin the same.
    """

    def __init__(self, reduction: int = 16, l2: float = 0.0, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if reduction < 1:
            raise ValueError(f"reduction must be a whole number of at least 1, got {reduction!r}")
        self.reduction = reduction
        self.l2 = l2
        self.seed = seed

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        channels = input_shape[-1] or 0
        squeezed = channels // self.reduction
        if squeezed < 1:
            raise ValueError(f"reduction must be at most the {channels} channels, got {self.reduction}")
        self.squeeze = self._kernel("squeeze", (channels, squeezed))
        self.excite = self._kernel("excite", (squeezed, channels))

    def _kernel(self, name: str, shape: tuple[int, int]) -> Any:
        return self.add_weight(
            shape=shape,
            initializer=keras.initializers.GlorotUniform(seed=seed_for(self.seed, name)),
            regularizer=keras.regularizers.L2(self.l2) if self.l2 else None,
            name=name,
        )

    def call(self, inputs: Any) -> Any:
        means = keras.ops.mean(inputs, axis=(1, 2), keepdims=True)
        hidden = keras.ops.relu(keras.ops.matmul(means, self.squeeze))
        return inputs * keras.ops.sigmoid(keras.ops.matmul(hidden, self.excite))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "reduction": self.reduction, "l2": self.l2, "seed": self.seed}
