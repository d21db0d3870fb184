"""The layers of one ConvNeXt, each with its published name, and with the same penalty and seeding."""

from typing import Any

from training.backend import keras
from training.models.layers import LayerScale, SqueezeExcitation, StochasticDepth
from training.models.options import STEM, ConvNeXtOptions
from training.models.seeds import seed_for

LAYER_NORM_EPSILON = 1e-5


class LayerFactory:
    """Makes the layers and the parts of the network that `options` describe."""

    def __init__(self, options: ConvNeXtOptions, seed: int | None) -> None:
        self.options = options
        self.seed = seed

    def _initializer(self, name: str) -> Any:
        return keras.initializers.GlorotUniform(seed=seed_for(self.seed, name))

    def _penalty(self) -> Any:
        return keras.regularizers.L2(self.options.l2) if self.options.l2 else None

    def conv(
        self, name: str, filters: int, size: int = 1, *, padding: str = "same", activation: str | None = None
    ) -> Any:
        """A convolution without bias; its stride equals its size (1x1, or patches that do not overlap)."""
        return keras.layers.Conv2D(
            filters,
            size,
            strides=size,
            padding=padding,
            activation=activation,
            use_bias=False,
            kernel_initializer=self._initializer(name),
            kernel_regularizer=self._penalty(),
            name=name,
        )

    def depthwise(self, name: str) -> Any:
        return keras.layers.DepthwiseConv2D(
            self.options.kernel_size,
            padding="same",
            use_bias=False,
            depthwise_initializer=self._initializer(name),
            depthwise_regularizer=self._penalty(),
            name=name,
        )

    def norm(self, name: str) -> Any:
        return keras.layers.LayerNormalization(epsilon=LAYER_NORM_EPSILON, name=name)

    def logits(self, name: str) -> Any:
        # float32 also under a mixed-precision policy: a softmax over 21,000 float16 logits overflows.
        return keras.layers.Dense(
            self.options.classes, kernel_initializer=self._initializer(name), dtype="float32", name=name
        )

    def scaled_pictures(self, x: Any) -> Any:
        """From 0-255 to -1..1; in training with noise, if asked for."""
        x = keras.layers.Rescaling(1 / 127.5, offset=-1, name="rescale")(x)
        if self.options.noise:
            name = "rescale_gaussianNoise"
            seed = seed_for(self.seed, name)
            x = keras.layers.GaussianNoise(self.options.noise, seed=seed, name=name)(x)
        return x

    def downsample(self, x: Any, stage: int, filters: int) -> Any:
        """Stage 0: the 4x4 stem, then the norm. Later stages: the norm, then 2x2 with stride 2."""
        prefix = f"convNeXt{stage}_downSample"
        if stage == 0:
            x = self.conv(f"{prefix}_conv2D", filters, STEM, padding="valid")(x)
            return self.norm(f"{prefix}_layerNormalization")(x)
        x = self.norm(f"{prefix}_layerNormalization")(x)
        if self.options.reduce == "max-pool":
            # The padding of the convolution it stands for, so that the sizes of the stages are the same.
            x = keras.layers.MaxPooling2D(2, padding="same", name=f"{prefix}_maxPool")(x)
            return self.conv(f"{prefix}_conv2D", filters)(x)
        return self.conv(f"{prefix}_conv2D", filters, 2)(x)

    def block(self, x: Any, prefix: str, filters: int, drop: float) -> Any:
        """Depthwise, norm, widen with the activation, narrow, add: an inverted bottleneck with a shortcut.

        drop: the chance that a training step leaves the block out.
        """
        options, size = self.options, self.options.kernel_size
        y = self.depthwise(f"{prefix}_{size}x{size}_dconv2D")(x)
        y = self.norm(f"{prefix}_layerNormalization")(y)
        y = self.conv(f"{prefix}_expand_conv2D", filters * options.expansion, activation=options.activation)(
            y
        )
        y = self.conv(f"{prefix}_smooth_conv2D", filters)(y)
        if options.squeeze_excitation is not None:
            name = f"{prefix}_squeezeExcitation"
            seed = seed_for(self.seed, name)
            y = SqueezeExcitation(options.squeeze_excitation, l2=options.l2, seed=seed, name=name)(y)
        if options.layer_scale is not None:
            y = LayerScale(options.layer_scale, name=f"{prefix}_layerScale")(y)
        if drop:
            name = f"{prefix}_stochasticDepth"
            y = StochasticDepth(drop, seed=seed_for(self.seed, name), name=name)(y)
        return keras.layers.Add(name=f"{prefix}_add")([y, x])
