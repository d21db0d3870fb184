"""A ResNet up to its pooled features (He et al. 2016, https://arxiv.org/abs/1512.03385), built by keras-hub.

The network is made of Keras' own layers, so that a file of it is read without keras-hub. Pictures 0-255 go
in; the means and deviations of ImageNet, which the pretrained weights expect, are taken off inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from inference.errors import ModelError
from training.config import ConfigError

PRESET = "preset:"
PRESETS = ("resnet_18_imagenet",)
FEATURES = "features"
FILTERS = (64, 128, 256, 512)
BLOCKS = (2, 2, 2, 2)
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


def build_resnet18(
    image_size: int = 256,
    weights: str | Path | None = None,
    *,
    filters: Sequence[int] = FILTERS,
    blocks: Sequence[int] = BLOCKS,
    seed: int | None = None,
) -> Any:
    """A Keras model: pictures (N, image_size, image_size, 3) with values 0-255 in, (N, filters[-1]) out.

    weights: none for new ones; a .weights.h5 of keras-hub's backbone, a folder of one of its presets (with
    "preset:" before it or without), an encoder, a run or a .keras of one; or "preset:resnet_18_imagenet",
    which is downloaded. filters, blocks: of each stage; the first has 64 filters. seed: of new weights.
    Raises ConfigError, or ModelError where the weights cannot be had or are of another network.
    """
    _check(image_size, filters, blocks)
    from training.backend import keras

    if seed is not None:
        keras.utils.set_random_seed(seed)
    backbone = _backbone(image_size, filters, blocks)
    text = str(weights or "")
    if text.startswith(PRESET):
        _from_preset(backbone, text.removeprefix(PRESET))
    elif text and not _is_encoder(Path(text)):
        _from_file(backbone, Path(text))
    model = _with_pixels(backbone)
    if text and not text.startswith(PRESET) and _is_encoder(Path(text)):
        _from_encoder(model, Path(text))
    return model


def _check(image_size: int, filters: Sequence[int], blocks: Sequence[int]) -> None:
    whole = all(isinstance(n, int) and not isinstance(n, bool) and n > 0 for n in (*filters, *blocks))
    if not whole or not filters or filters[0] != 64 or len(filters) != len(blocks):
        raise ConfigError(
            f"filters and blocks must have a whole number for each stage, the first with 64 filters, "
            f"got {list(filters)} and {list(blocks)}"
        )
    if image_size < 32:
        raise ConfigError(f"image_size must be at least 32, got {image_size}")


def _backbone(image_size: int, filters: Sequence[int], blocks: Sequence[int]) -> Any:
    from keras_hub.models import ResNetBackbone

    return ResNetBackbone(
        input_conv_filters=[64],
        input_conv_kernel_sizes=[7],
        stackwise_num_filters=list(filters),
        stackwise_num_blocks=list(blocks),
        stackwise_num_strides=[1] + [2] * (len(filters) - 1),
        block_type="basic_block",
        image_shape=(image_size, image_size, 3),
    )


def _with_pixels(backbone: Any) -> Any:
    """The layers of the backbone with their weights; pixels scaled before, places averaged after."""
    from training.backend import keras

    scaling = keras.layers.Rescaling(
        [1 / (255 * std) for std in STD], [-m / std for m, std in zip(MEAN, STD, strict=True)], name="pixels"
    )

    def call(layer: Any, *inputs: Any, **options: Any) -> Any:
        if layer.name == "conv1_pad":
            inputs = (scaling(inputs[0]), *inputs[1:])
        return layer(*inputs, **options)

    network = keras.models.clone_model(backbone, call_function=call)
    network.set_weights(backbone.get_weights())
    features = keras.layers.GlobalAveragePooling2D(name=FEATURES)(network.output)
    return keras.Model(network.inputs[0], features, name="resnet")


def _is_encoder(path: Path) -> bool:
    from training.representation.encoders.folder import encoder_at

    return path.suffix == ".keras" or encoder_at(path, verify=False) is not None


def _from_preset(backbone: Any, name: str) -> None:
    """name: one of PRESETS, which is downloaded, or a folder that a preset was saved in."""
    if "/" in name or Path(name).is_dir():
        _from_file(backbone, Path(name))
        return
    if name not in PRESETS:
        raise ConfigError(
            f"weights: the preset must be one of {', '.join(PRESETS)}, or the folder of one; got {name!r}"
        )
    try:
        given = _keras_hub_preset(name)
    # What a download can end with is up to several libraries; the reason goes along.
    except Exception as error:
        raise ModelError(
            f"the preset {name} cannot be downloaded: {_short(error)}. Where there is a network, save it by "
            f'keras_hub.models.ResNetBackbone.from_preset("{name}").save_to_preset("FOLDER") and give that '
            'folder, weights = "FOLDER", or a .weights.h5 file of it; weights = "" begins from scratch'
        ) from error
    _take(backbone, given, name)


def _keras_hub_preset(name: str) -> Any:
    from keras_hub.models import ResNetBackbone

    return ResNetBackbone.from_preset(name)


def _from_file(backbone: Any, path: Path) -> None:
    if not path.exists():
        raise ModelError(f"weights: {path} does not exist")
    try:
        if path.is_dir():
            _take(backbone, _keras_hub_preset(str(path.resolve())), str(path))
        else:
            backbone.load_weights(path)
    except ModelError:
        raise
    except Exception as error:
        raise ModelError(
            f"weights: {path} cannot be read as those of this ResNet: {_short(error)}"
        ) from error


def _from_encoder(model: Any, path: Path) -> None:
    from training.load import load_trainable
    from training.representation.encoders.folder import encoder_at

    encoder = encoder_at(path)
    _take(model, load_trainable(encoder.keras_file if encoder else path), str(path))


def _take(model: Any, given: Any, what: str) -> None:
    own, theirs = ([tuple(one.shape) for one in each.weights] for each in (model, given))
    if own != theirs:
        raise ModelError(
            f"weights: {what} must have the {len(own)} weights of this ResNet in their shapes, it has "
            f"{len(theirs)} of others; filters and blocks must be those it was made with"
        )
    model.set_weights(given.get_weights())


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
