"""A learned gain per channel."""

from typing import Any

from training.backend import keras


@keras.saving.register_keras_serializable(package="vasculum")
class LayerScale(keras.layers.Layer):
    """Multiply each channel by a learned number that begins small, so that a block begins near the identity.

    Touvron et al. 2021, "Going deeper with image transformers" (https://arxiv.org/abs/2103.17239).
    In and out: (N, ..., channels). initial: the value that every channel begins with.
    """

    def __init__(self, initial: float = 1e-6, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.initial = initial

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.gamma = self.add_weight(
            shape=(input_shape[-1],), initializer=keras.initializers.Constant(self.initial), name="gamma"
        )

    def call(self, inputs: Any) -> Any:
        return inputs * self.gamma

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "initial": self.initial}
