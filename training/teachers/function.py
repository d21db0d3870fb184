"""A teacher that is a Python function: for networks that are no file TensorFlow can read."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from inference.errors import ModelError
from inference.files import sha256_of
from training.teachers.pictures import Preparation
from training.teachers.teacher import Teacher

if TYPE_CHECKING:
    import tensorflow as tf


def load_function(path: str, config: Mapping[str, Any]) -> Teacher:
    """path: "module:function", importable here. This runs code of your choice.

    The function is given a numpy array of prepared pictures, float32 (B, *shape), and returns logits
    (B, C), so that PyTorch, ONNX or a service can stand behind it. Its weights are out of reach: that it does
    not learn is shown by its answers, and ``sha256`` is that of the file the function is written in.
    """
    from training.backend import tf

    module_name, _, name = path.partition(":")
    try:
        found: Any = import_module(module_name)
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise ModelError(f"teacher.path {path!r} cannot be imported: {error}") from error
    if not callable(found):
        raise ModelError(f"teacher.path {path!r} must be a function, got {type(found).__name__}")

    def answer(pictures: np.ndarray) -> np.ndarray:
        return np.asarray(found(pictures), np.float32)

    def forward(pictures: tf.Tensor) -> tf.Tensor:
        return tf.numpy_function(answer, [pictures], tf.float32, stateful=False)

    if "image_size" not in config:
        raise ModelError(f"teacher.image_size must be given for a function, as for {path!r}")
    source = inspect.getsourcefile(found if inspect.isroutine(found) else type(found))
    if source is None:
        raise ModelError(f"teacher.path {path!r} must be written in a file of Python")
    return Teacher(
        name=path,
        kind="function",
        forward=forward,
        preparation=Preparation.from_config(config),
        sha256=sha256_of(Path(source)),
        keep=found,
    )
