"""From a Keras model to a model folder: the engine file is derived here and checked against its origin.

The functions that need TensorFlow or OpenVINO import it when called.
"""

import dataclasses
import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from inference.errors import ModelError
from inference.files import whole_folder
from inference.folder import (
    CARD_FILE,
    KERAS_FILE,
    OPENVINO_FILE,
    ModelClass,
    ModelFolder,
    as_classes,
    check_name,
    load_folder,
    write_description,
)
from inference.preprocess import make_preprocessing

# Float32 networks with sums in another order differ by some 1e-6; half precision differs by some 1e-2.
TOLERANCE = 1e-3


def export_openvino(model: Any, file: Path) -> dict[str, Any]:
    """Write a Keras model as float32 OpenVINO files (``file`` and ``.bin`` beside it), any batch size.

    Returns what the description says of it. Raises ModelError when the logits of two pictures of noise
    differ by more than ``TOLERANCE`` from those of Keras.
    """
    # OpenVINO's converter reports each use to its makers over the network; without this module it does not.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    from training.backend import tf

    _, height, width, channels = model.input_shape
    signature = tf.TensorSpec((None, height, width, channels), tf.float32, name="input")
    function = tf.function(lambda pictures: model(pictures, training=False)).get_concrete_function(signature)
    network = openvino.convert_model(function)
    network.inputs[0].get_tensor().set_names({"input"})
    network.outputs[0].get_tensor().set_names({"logits"})
    file.parent.mkdir(parents=True, exist_ok=True)
    openvino.save_model(network, file, compress_to_fp16=False)

    noise = np.random.default_rng(0).uniform(0, 255, (2, height, width, channels)).astype(np.float32)
    compiled = openvino.Core().compile_model(file, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    difference = float(np.abs(compiled(noise)[0] - model(noise, training=False).numpy()).max())
    if not difference <= TOLERANCE:
        raise ModelError(
            f"the OpenVINO network must agree with Keras to {TOLERANCE}, the logits differ by {difference:g}"
        )
    return {
        "kind": "openvino",
        "version": openvino.get_version(),
        "precision": "float32",
        "difference_from_keras": difference,
    }


def save_model_folder(
    model: Any,
    out_root: Path,
    name: str,
    classes: Iterable[str | ModelClass | Mapping[str, Any]],
    *,
    licence: str = "",
    source: str = "",
    source_sha256: str | None = None,
    training_release: str | None = None,
    metrics: Mapping[str, float] | None = None,
    openvino: bool = True,
    replace: bool = False,
) -> Path:
    """Write a Keras model (pictures 0-255 in, logits out) as the folder ``out_root/name``; return its path.

    Raises ModelError when the classes do not fit the outputs, or the folder exists and ``replace`` is not
    given.
    """
    order = as_classes(classes)
    _, height, width, channels = model.input_shape
    if height is None or height != width or channels != 3:
        raise ModelError(
            f"{name}: the input must be square with a fixed size and 3 channels, got {model.input_shape}"
        )
    outputs = model.output_shape[-1]
    if outputs != len(order):
        raise ModelError(f"{name}: the model has {outputs} outputs, got {len(order)} class names")
    target = out_root / check_name(name)
    refuse_existing(target, replace=replace)
    with whole_folder(target, replace=replace) as fresh:
        model.save(fresh / KERAS_FILE)
        engine = export_openvino(model, fresh / OPENVINO_FILE) if openvino else None
        description = ModelFolder(
            path=fresh,
            name=name,
            classes=order,
            image_size=height,
            parameters=model.count_params(),
            preprocessing=make_preprocessing(height).describe(),
            licence=licence,
            source=source,
            source_sha256=source_sha256,
            training_release=training_release,
            metrics=metrics or {},
            engine=engine,
        )
        write_description(description, fresh)
    return target


def copy_model_folder(source: ModelFolder, out_root: Path, name: str, *, replace: bool = False) -> Path:
    """Copy a verified model folder to ``out_root/name``, with the name and the classes ``source`` now has.

    The copy is verified too before it appears there. The model card goes along as it is.
    """
    target = out_root / check_name(name)
    refuse_existing(target, replace=replace)
    with whole_folder(target, replace=replace) as fresh:
        for file in source.files:
            (fresh / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source.path / file, fresh / file)
        if source.card_file:
            shutil.copyfile(source.card_file, fresh / CARD_FILE)
        written = write_description(dataclasses.replace(source, name=name), fresh)
        if written.files != {file: facts for file, facts in source.files.items() if file != CARD_FILE}:
            raise ModelError(f"{source.path} changed while it was being copied; nothing was kept")
        load_folder(fresh)
    return target


def refuse_existing(target: Path, *, replace: bool) -> None:
    if target.exists() and not replace:
        raise ModelError(f"{target} exists; choose another name or say that it may be replaced (--replace)")
