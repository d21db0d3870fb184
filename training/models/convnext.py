"""ConvNeXt as published with the Herbariograph data set: a functional Keras 3 builder.

Liu et al. 2022, "A ConvNet for the 2020s" (https://arxiv.org/abs/2201.03545), with the changes of the
published models: 5x5 instead of 7x7 depthwise kernels, no bias in any convolution, no layer scale, no
stochastic depth. Layer names are those of the published models, because transplanting and staged unfreezing
go by name.
"""

from typing import Any

from training.backend import keras
from training.models.factory import LayerFactory
from training.models.options import ConvNeXtOptions


def build_convnext(
    classes: int, image_size: int, *, seed: int | None = None, name: str = "convnext", **options: Any
) -> keras.Model:
    """Build an untrained ConvNeXt that turns RGB pictures into logits.

    Input (N, image_size, image_size, 3), float32 0-255: rescaling to -1..1 is the first layer. Output (N,
    classes), float32 logits, under mixed precision too. ``options`` are those of
    :class:`~training.models.options.ConvNeXtOptions`. With the same ``seed`` the weights are the same,
    whatever was drawn before; so are the noise and the blocks left out of each training step.

    Raises ValueError naming the argument, the rule and the value.
    """
    return build(ConvNeXtOptions(classes, image_size, **options), seed=seed, name=name)


def build(options: ConvNeXtOptions, *, seed: int | None = None, name: str = "convnext") -> keras.Model:
    """The network that ``options`` describe, as :func:`build_convnext` says."""
    _check_activation(options.activation)
    layers = LayerFactory(options, seed)
    size = options.image_size
    inputs = keras.Input((size, size, 3), name="input")
    x = layers.scaled_pictures(inputs)
    total, done = sum(options.blocks), 0
    for stage, filters, count in options.stages():
        x = layers.downsample(x, stage, filters)
        for number in range(count):
            done += 1
            drop = options.stochastic_depth * (done / total)
            x = layers.block(x, f"convNeXt{stage}_block{number}", filters, drop)
    x = keras.layers.GlobalAveragePooling2D(name="output_gap")(x)
    x = layers.norm("output_layerNormalization")(x)
    return keras.Model(inputs, layers.logits("output_dense")(x), name=name)


def _check_activation(name: str) -> None:
    try:
        keras.activations.get(name)
    except ValueError as error:
        raise ValueError(f"activation must be the name of a Keras activation, got {name!r}") from error
