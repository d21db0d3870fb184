"""Models that know one thing: the darker a picture, the likelier it is contaminated."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import openvino
from openvino import opset8
from PIL import Image, ImageDraw

from inference.condition.tile_model import write_tile_model
from inference.export_engine import copy_model_folder
from inference.folder import KERAS_FILE, OPENVINO_FILE, ModelFolder, as_classes, write_description
from inference.preprocess import make_preprocessing
from inference.tiles import Tiling

CLASSES = ("clean", "contaminated", "mouldy")
SIZE = 64
MIDDLE = 170  # the mean grey at which both are as likely


def make_dark_model(root: Path, classes: Sequence[str] = CLASSES, size: int = SIZE) -> Path:
    """A model of whole pictures: P(clean) is 0.5 where the mean of all channels is ``MIDDLE``, 0.88 where it
    is 20 above, 0.12 where 20 below. The second class takes the rest; further ones get next to none."""
    return copy_model_folder(_built(tuple(classes), size), root, "dark")


def make_dark_tile_model(
    root: Path, tiling: Tiling | None = None, classes: Sequence[str] = CLASSES, sound: int = 0
) -> Path:
    """The same for tiles; by default of 64 px, side by side."""
    tiling = tiling or Tiling(SIZE, SIZE)
    folder = make_dark_model(root, classes, tiling.size)
    write_tile_model(folder, tiling, sound)
    return folder


@cache
def _built(classes: tuple[str, ...], size: int) -> ModelFolder:
    """For OpenVINO alone: what takes seconds is to import TensorFlow. The Keras file holds nothing."""
    cache = Path(tempfile.mkdtemp(prefix="dark-model-"))
    atexit.register(shutil.rmtree, cache, ignore_errors=True)
    weights = np.zeros((3, len(classes)), np.float32)
    weights[:, 0] = 0.1 / 3
    bias = np.full((1, len(classes)), -9, np.float32)
    bias[0, :2] = -0.1 * MIDDLE, 0
    pictures = opset8.parameter([-1, size, size, 3], np.float32, name="input")
    means = opset8.reduce_mean(pictures, np.array([1, 2]))
    logits = opset8.add(opset8.matmul(means, weights, False, False), bias)
    (cache / OPENVINO_FILE).parent.mkdir()
    openvino.save_model(openvino.Model([logits], [pictures]), cache / OPENVINO_FILE, compress_to_fp16=False)
    (cache / KERAS_FILE).write_bytes(b"")
    described = ModelFolder(
        path=cache,
        name="dark",
        classes=as_classes(classes),
        image_size=size,
        parameters=bias.size + weights.size,
        preprocessing=make_preprocessing(size).describe(),
        source="made by hand",
    )
    return write_description(described, cache)


def stained(
    size: tuple[int, int] = (300, 200), box: tuple[int, int, int, int] | None = (64, 64, 128, 128)
) -> Image.Image:
    """A sheet of rough paper, with one dark rectangle (left, top, right, bottom) where ``box`` is given."""
    noise = np.random.default_rng(0).integers(220, 250, (size[1], size[0], 1), dtype=np.uint8)
    picture = Image.fromarray(np.repeat(noise, 3, axis=2))
    if box:
        dark = Image.eval(picture.crop(box), lambda value: value // 4)
        picture.paste(dark, box[:2])
        ImageDraw.Draw(picture).point((box[0], box[1]), (1, 2, 3))
    return picture
