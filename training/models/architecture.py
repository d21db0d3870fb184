"""The options of a ConvNeXt that is already built, read from its layers by their published names."""

import re
from typing import Any

from inference.errors import ModelError
from training.models.options import ConvNeXtOptions

_BLOCK = re.compile(r"convNeXt(\d+)_block(\d+)_expand_conv2D")


def options_of(model: Any) -> ConvNeXtOptions:
    """The options that build a network like ``model``.

    Raises ModelError when the layers are not those of a ConvNeXt as :mod:`training.models.convnext` builds.
    """
    layers = {layer.name: layer for layer in model.layers}
    try:
        return ConvNeXtOptions(
            classes=layers["output_dense"].units,
            image_size=_image_size(model),
            **_core(layers),
            **_extras(layers),
        )
    except KeyError as error:
        raise ModelError(
            f"{model.name} is no ConvNeXt as this library builds: it has no layer {error}"
        ) from error
    except (AttributeError, TypeError, ValueError) as error:
        raise ModelError(f"{model.name} is no ConvNeXt as this library builds: {error}") from error


def _image_size(model: Any) -> int:
    _, height, width, channels = model.input_shape
    if height != width or channels != 3:
        raise ValueError(f"the input must be square with 3 channels, got {model.input_shape}")
    size: int = height
    return size


def _core(layers: dict[str, Any]) -> dict[str, Any]:
    counts: dict[int, int] = {}
    for name in layers:
        if match := _BLOCK.fullmatch(name):
            stage, number = int(match[1]), int(match[2])
            counts[stage] = max(counts.get(stage, 0), number + 1)
    stem = layers["convNeXt0_downSample_conv2D"]
    expand = layers["convNeXt0_block0_expand_conv2D"]
    depthwise = next((one for name, one in layers.items() if name.endswith("_dconv2D")), None)
    if depthwise is None:
        raise KeyError("convNeXt0_block0_5x5_dconv2D")
    penalty = expand.kernel_regularizer
    return {
        "blocks": tuple(counts.get(stage, 0) for stage in range(max(counts) + 1)),
        "width": stem.filters,
        "expansion": expand.filters // stem.filters,
        "activation": expand.get_config()["activation"],
        "kernel_size": depthwise.kernel_size[0],
        # Keras keeps it as float32, which is not the number that was asked for.
        "l2": float(f"{float(penalty.l2):.6g}") if penalty is not None else 0.0,
    }


def _extras(layers: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if scale := layers.get("convNeXt0_block0_layerScale"):
        found["layer_scale"] = scale.initial
    if excitation := layers.get("convNeXt0_block0_squeezeExcitation"):
        found["squeeze_excitation"] = excitation.reduction
    if noise := layers.get("rescale_gaussianNoise"):
        found["noise"] = noise.stddev
    if any(name.endswith("_downSample_maxPool") for name in layers):
        found["reduce"] = "max-pool"
    drops = [one.rate for name, one in layers.items() if name.endswith("_stochasticDepth")]
    if drops:
        found["stochastic_depth"] = max(drops)
    return found
