"""Brings a model in: the published Herbariograph archive, or a model folder made elsewhere.

The published ConvNeXt-N is a Keras 2.13 archive, which Keras 3 refuses: class paths and weight names
changed. Its weights load into the same architecture built anew. In the archive every layer class keeps its
own series of weights (``conv2d``, ``conv2d_2``, ...); sorted by number, a series gives the layers of that
class in network order.
"""

import dataclasses
import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from inference.errors import ModelError
from inference.export_engine import copy_model_folder, refuse_existing, save_model_folder
from inference.files import sha256_of
from inference.folder import (
    DESCRIPTION_FILE,
    RUN_MODEL,
    ModelClass,
    as_classes,
    check_name,
    check_same_classes,
    load_folder,
    models_root,
)

PUBLISHED_SHA256 = "d987950a01fee8978a6b7708571d37020b9b84e64db9b9819575cef2f9040fa3"
PUBLISHED_ADDRESS = "https://github.com/dpl10/herbariograph/raw/refs/heads/main/ConvNeXt-distilled.keras"
PUBLISHED_LICENCE = "MIT"
# The order of the published model's outputs; it is not written in the archive.
PUBLISHED_CLASSES = (
    "Animal",
    "Biocultural",
    "Corrupted",
    "Fragmentary",
    "Color illustration",
    "Grayscale illustration",
    "Live plant",
    "Electron Micrograph",
    "Reflected Light Micrograph",
    "Transmission Light Micrograph",
    "Microscope slide",
    "Mixed",
    "Occluded",
    "Ordinary",
    "Reproduction",
    "Text",
    "Unpressed",
)

_WEIGHTS_GROUP = "_layer_checkpoint_dependencies"
_SERIES = re.compile(r"(?P<kind>.+?)(?:_(?P<number>\d+))?")
_KERAS_CLASS = {
    "conv2d": "Conv2D",
    "depthwise_conv2d": "DepthwiseConv2D",
    "layer_normalization": "LayerNormalization",
    "dense": "Dense",
}


def import_model(
    path: Path,
    name: str,
    out_root: Path | None = None,
    classes: Iterable[str | ModelClass | Mapping[str, Any]] | None = None,
    *,
    any_checksum: bool = False,
    replace: bool = False,
) -> Path:
    """Bring in the published archive, a model folder or the model of a training run as ``out_root/name`` and
    return that folder.

    ``classes``, in output order, may add keys and slugs; their names must be those of the model. Left out,
    they are those of the folder or the published ones. An archive with another SHA-256 than the published
    needs ``any_checksum`` and, unless it has the published classes, ``classes``. Raises ModelError.
    """
    target = (out_root or models_root()) / check_name(name)
    given = None if classes is None else as_classes(classes)
    # Loading the archive takes seconds; say that it is in vain before.
    refuse_existing(target, replace=replace)
    if path.is_dir():
        run = (path / RUN_MODEL / DESCRIPTION_FILE).is_file() and not (path / DESCRIPTION_FILE).is_file()
        folder = load_folder(path / RUN_MODEL if run else path)
        if given is not None:
            check_same_classes(folder.classes, given, str(path))
            folder = dataclasses.replace(folder, classes=given)
        return copy_model_folder(folder, target.parent, name, replace=replace)
    checksum = _check_archive(path, any_checksum=any_checksum)
    published = checksum == PUBLISHED_SHA256
    if published and given is not None:
        check_same_classes(as_classes(PUBLISHED_CLASSES), given, "the published model")
    return save_model_folder(
        load_published(path, any_checksum=True),
        target.parent,
        name,
        given or as_classes(PUBLISHED_CLASSES),
        licence=PUBLISHED_LICENCE if published else "",
        source=PUBLISHED_ADDRESS if published else path.name,
        source_sha256=checksum,
        replace=replace,
    )


def load_published(path: Path, *, any_checksum: bool = False) -> Any:
    """Rebuild the model of a published Keras 2.13 archive as a Keras 3 model with its weights.

    Raises ModelError when the file is missing, no zip, has another checksum (unless ``any_checksum``), or
    does not hold the weights its own architecture asks for.
    """
    _check_archive(path, any_checksum=any_checksum)
    try:
        with zipfile.ZipFile(path) as archive:
            config = json.loads(archive.read("config.json"))
            weights = archive.read("model.weights.h5")
    except KeyError as error:
        raise ModelError(f"{path} is not a Keras archive: {error.args[0]}") from error
    except (zipfile.BadZipFile, ValueError) as error:
        raise ModelError(f"{path} is damaged: {error}") from error
    from training.models.convnext import build_convnext

    try:
        model = build_convnext(**_architecture(config))
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"{path}: config.json does not describe a ConvNeXt as published: {error!r}"
        ) from error
    _load_series(model, weights, path)
    return model


def _check_archive(path: Path, *, any_checksum: bool) -> str:
    if not path.is_file():
        raise ModelError(f"{path} does not exist; the published model is at {PUBLISHED_ADDRESS}")
    if not zipfile.is_zipfile(path):
        raise ModelError(f"{path} is not a Keras archive: it is not a zip file")
    checksum = sha256_of(path)
    if checksum != PUBLISHED_SHA256 and not any_checksum:
        raise ModelError(
            f"{path}: SHA-256 must be {PUBLISHED_SHA256} (the published model), got {checksum}; "
            "fetch it again, or allow any checksum (--any-checksum) if you trust the file"
        )
    return checksum


def _architecture(config: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of ``build_convnext`` from a Keras 2 configuration, by the published layer names."""
    layers = {layer["name"]: layer["config"] for layer in config["config"]["layers"]}
    blocks: list[int] = []
    while f"convNeXt{len(blocks)}_downSample_conv2D" in layers:
        prefix = f"convNeXt{len(blocks)}_block"
        blocks.append(sum(one.startswith(prefix) and one.endswith("_expand_conv2D") for one in layers))
    width = layers["convNeXt0_downSample_conv2D"]["filters"]
    expand = layers["convNeXt0_block0_expand_conv2D"]
    depthwise = next(one for name, one in layers.items() if name.endswith("_dconv2D"))
    return {
        "classes": layers["output_dense"]["units"],
        # The published models crop at random to their training size, which is also the size they expect.
        "image_size": next(one["height"] for name, one in layers.items() if name.startswith("random_crop")),
        "blocks": blocks,
        "width": width,
        "expansion": expand["filters"] // width,
        "activation": expand["activation"],
        "kernel_size": depthwise["kernel_size"][0],
    }


def _load_series(model: Any, weights: bytes, path: Path) -> None:
    import h5py

    try:
        stored = h5py.File(io.BytesIO(weights), "r")
    except OSError as error:
        raise ModelError(f"{path}: model.weights.h5 is damaged: {error}") from error
    with stored:
        if _WEIGHTS_GROUP not in stored:
            raise ModelError(
                f"{path}: model.weights.h5 has no group {_WEIGHTS_GROUP!r}; is it a Keras 2.13 archive?"
            )
        group = stored[_WEIGHTS_GROUP]
        series: dict[str, list[tuple[int, str]]] = {}
        for entry in group:
            match = _SERIES.fullmatch(entry)
            if match and match["kind"] in _KERAS_CLASS and group[entry].get("vars"):
                series.setdefault(match["kind"], []).append((int(match["number"] or 0), entry))
        for kind, keras_class in _KERAS_CLASS.items():
            layers = [layer for layer in model.layers if type(layer).__name__ == keras_class]
            entries = [entry for _, entry in sorted(series.get(kind, []))]
            if len(entries) != len(layers):
                raise ModelError(
                    f"{path}: the network has {len(layers)} {keras_class} layers, got {len(entries)} weights"
                )
            for layer, entry in zip(layers, entries, strict=True):
                variables = group[entry]["vars"]
                values = [variables[str(number)][()] for number in range(len(variables))]
                shapes = [tuple(one.shape) for one in layer.weights]
                if [value.shape for value in values] != shapes:
                    raise ModelError(
                        f"{path}: {entry} must have the shapes {shapes} of {layer.name}, "
                        f"got {[value.shape for value in values]}"
                    )
                layer.set_weights(values)
