"""ConvNeXt as published with the Herbariograph data set: a functional Keras 3 builder.

Liu et al. 2022, "A ConvNet for the 2020s" (https://arxiv.org/abs/2201.03545), with the changes of the
published models: 5x5 instead of 7x7 depthwise kernels, no bias in any convolution, no layer scale, no
stochastic depth. Layer names are those of the published models, because transplanting and staged unfreezing
go by name.
"""

from collections.abc import Sequence
from zlib import crc32

from training.backend import keras

LAYER_NORM_EPSILON = 1e-5
L2_PENALTY = 1e-4


class _Layers:
    """Makes the layers of one network, so that every layer gets the same regularisation and seeding."""

    def __init__(self, *, kernel_size: int, seed: int | None) -> None:
        self.kernel_size = kernel_size
        self.seed = seed

    def _initializer(self, name: str) -> keras.initializers.Initializer:
        # One seed for all layers would give layers of equal shape equal weights, hence the name in it.
        seed = None if self.seed is None else crc32(f"{self.seed}:{name}".encode())
        return keras.initializers.GlorotUniform(seed=seed)

    def conv(
        self, name: str, filters: int, size: int = 1, *, padding: str = "same", activation: str | None = None
    ) -> keras.layers.Layer:
        """A convolution without bias; its stride equals its size (1x1, or patches that do not overlap)."""
        return keras.layers.Conv2D(
            filters,
            size,
            strides=size,
            padding=padding,
            activation=activation,
            use_bias=False,
            kernel_initializer=self._initializer(name),
            kernel_regularizer=keras.regularizers.L2(L2_PENALTY),
            name=name,
        )

    def depthwise(self, name: str) -> keras.layers.Layer:
        return keras.layers.DepthwiseConv2D(
            self.kernel_size,
            padding="same",
            use_bias=False,
            depthwise_initializer=self._initializer(name),
            depthwise_regularizer=keras.regularizers.L2(L2_PENALTY),
            name=name,
        )

    def norm(self, name: str) -> keras.layers.Layer:
        return keras.layers.LayerNormalization(epsilon=LAYER_NORM_EPSILON, name=name)

    def logits(self, name: str, classes: int) -> keras.layers.Layer:
        # float32 also under a mixed-precision policy: a softmax over 21,000 float16 logits overflows.
        return keras.layers.Dense(
            classes, kernel_initializer=self._initializer(name), dtype="float32", name=name
        )

    def downsample(self, x: keras.KerasTensor, stage: int, filters: int) -> keras.KerasTensor:
        """Stage 0: the 4x4 stem, then the norm. Later stages: the norm, then 2x2 with stride 2."""
        prefix = f"convNeXt{stage}_downSample"
        if stage == 0:
            x = self.conv(f"{prefix}_conv2D", filters, 4, padding="valid")(x)
            return self.norm(f"{prefix}_layerNormalization")(x)
        x = self.norm(f"{prefix}_layerNormalization")(x)
        return self.conv(f"{prefix}_conv2D", filters, 2)(x)

    def block(
        self, x: keras.KerasTensor, prefix: str, filters: int, expansion: int, activation: str
    ) -> keras.KerasTensor:
        """Depthwise, norm, widen with the activation, narrow, add: an inverted bottleneck with a shortcut."""
        size = self.kernel_size
        y = self.depthwise(f"{prefix}_{size}x{size}_dconv2D")(x)
        y = self.norm(f"{prefix}_layerNormalization")(y)
        y = self.conv(f"{prefix}_expand_conv2D", filters * expansion, activation=activation)(y)
        y = self.conv(f"{prefix}_smooth_conv2D", filters)(y)
        return keras.layers.Add(name=f"{prefix}_add")([y, x])


def build_convnext(
    classes: int,
    image_size: int,
    *,
    blocks: Sequence[int] = (3, 3, 9, 3),
    width: int = 96,
    expansion: int = 4,
    activation: str = "gelu",
    kernel_size: int = 5,
    seed: int | None = None,
    name: str = "convnext",
) -> keras.Model:
    """Build an untrained ConvNeXt that turns RGB pictures into logits.

    Input (N, image_size, image_size, 3), float32 0-255: rescaling to -1..1 is the first layer. Output (N,
    classes), float32 logits. ``blocks`` are the blocks a stage; stage k has ``width * 2**k`` channels;
    ``expansion`` widens the inside of a block. With the same ``seed`` the weights are the same, whatever was
    drawn before.

    Raises ValueError naming the argument, the rule and the value.
    """
    _check_positive(
        classes=classes,
        width=width,
        expansion=expansion,
        kernel_size=kernel_size,
        **_numbered("blocks", blocks),
    )
    if not blocks:
        raise ValueError("blocks must name at least one stage, got an empty sequence")
    smallest = 4 * 2 ** (len(blocks) - 1)
    if image_size < smallest:
        raise ValueError(
            f"image_size must be at least {smallest} px for {len(blocks)} stages (each halves the picture), "
            f"got {image_size}"
        )
    layers = _Layers(kernel_size=kernel_size, seed=seed)
    inputs = keras.Input((image_size, image_size, 3), name="input")
    x = keras.layers.Rescaling(1 / 127.5, offset=-1, name="rescale")(inputs)
    for stage, count in enumerate(blocks):
        filters = width * 2**stage
        x = layers.downsample(x, stage, filters)
        for number in range(count):
            x = layers.block(x, f"convNeXt{stage}_block{number}", filters, expansion, activation)
    x = keras.layers.GlobalAveragePooling2D(name="output_gap")(x)
    x = layers.norm("output_layerNormalization")(x)
    outputs = layers.logits("output_dense", classes)(x)
    return keras.Model(inputs, outputs, name=name)


def _numbered(name: str, values: Sequence[int]) -> dict[str, int]:
    return {f"{name}[{i}]": value for i, value in enumerate(values)}


def _check_positive(**arguments: int) -> None:
    for name, value in arguments.items():
        if value < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, got {value!r}")
