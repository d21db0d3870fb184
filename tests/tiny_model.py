"""A model folder small enough to be made in a test: the real builder, a real export, untrained weights."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from inference.export_engine import copy_model_folder, save_model_folder
from inference.folder import ModelFolder, load_folder

IMAGE_SIZE = 32


def make_tiny_model(root: Path, classes: Sequence[str], seed: int = 0, name: str = "tiny") -> Path:
    """Make ``root/name``, a ConvNeXt of a few hundred weights for 32-px pictures, and return that folder.

    It is built once a session for the same classes and seed (some seconds, TensorFlow's import) and then
    copied.
    """
    return copy_model_folder(_built(tuple(classes), seed), root, name)


@cache
def _built(classes: tuple[str, ...], seed: int) -> ModelFolder:
    from training.models.convnext import build_convnext

    cache = Path(tempfile.mkdtemp(prefix="tiny-model-"))
    atexit.register(shutil.rmtree, cache, ignore_errors=True)
    model = build_convnext(
        len(classes), IMAGE_SIZE, blocks=(1, 1, 1, 1), width=4, expansion=2, seed=seed, name="tiny"
    )
    return load_folder(save_model_folder(model, cache, "tiny", classes, licence="MIT", source="untrained"))
