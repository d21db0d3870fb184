"""How many parameters a ConvNeXt has, from its options alone: nothing is built, TensorFlow stays out."""

from training.models.options import STEM, ConvNeXtOptions

COLOURS = 3


def count_parameters(options: ConvNeXtOptions) -> int:
    """Weights of all layers, as ``count_params()`` of the built model gives them."""
    total = 0
    before = COLOURS
    for stage, channels, blocks in options.stages():
        if stage == 0:
            total += STEM * STEM * before * channels + _norm(channels)
        else:
            side = 1 if options.reduce == "max-pool" else 2
            total += _norm(before) + side * side * before * channels
        total += blocks * _block(options, channels)
        before = channels
    return total + _norm(before) + (before + 1) * options.classes


def _norm(channels: int) -> int:
    return 2 * channels  # gain and offset


def _block(options: ConvNeXtOptions, channels: int) -> int:
    depthwise = options.kernel_size**2 * channels
    widen_and_narrow = 2 * channels * channels * options.expansion
    squeeze_and_excite = 2 * channels * options.squeezed(channels)
    scale = channels if options.layer_scale is not None else 0
    return depthwise + _norm(channels) + widen_and_narrow + squeeze_and_excite + scale
