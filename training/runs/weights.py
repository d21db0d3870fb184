"""Weights on the disk: an .npz with the variables of a model in their order.

All variables and not only the weights: the states of noise and dropout are among them, and an exact resume
needs those. Not Keras' own weights file, which leaves them out and takes names made up by the process.
Importing this needs no TensorFlow.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from inference.errors import ModelError
from inference.files import whole_file


def named_values(variables: Sequence[Any]) -> dict[str, np.ndarray]:
    """Values of Keras variables under "00012 layer/kernel": the place makes each name one of its own."""
    return {f"{place:05d} {one.path}": np.asarray(one.value.numpy()) for place, one in enumerate(variables)}


def assign(variables: Sequence[Any], values: Mapping[str, np.ndarray], what: str) -> None:
    """Give variables the values saved for them. Raises ModelError naming the first that does not fit."""
    if len(variables) != len(values):
        raise ModelError(f"{what} must have {len(variables)} variables, got {len(values)}")
    # All are looked at before the first is changed.
    for variable, (name, value) in zip(variables, values.items(), strict=True):
        if tuple(variable.shape) != value.shape or _last_word(variable.path) != _last_word(name):
            raise ModelError(
                f"{what}: {variable.path} must have shape {tuple(variable.shape)}, "
                f"got {name.rpartition(' ')[2]} with {value.shape}"
            )
    for variable, value in zip(variables, values.values(), strict=True):
        variable.assign(value)


def _last_word(path: str) -> str:
    """Layers without a name of their own are numbered by the process, so only this is compared."""
    return re.split(r"[/_ ]", path)[-1]


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write an .npz whole."""
    with whole_file(path) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def read_arrays(path: Path, only: str | None = None) -> dict[str, np.ndarray]:
    """The arrays of an .npz in the order they were written; with ``only`` no others are read.

    Raises ModelError when it cannot be read.
    """
    try:
        with np.load(path, allow_pickle=False) as found:
            return {name: found[name] for name in found.files if only in (None, name)}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(f"{path} cannot be read as an .npz of weights: {error}") from error


def save_weights(model: Any, path: Path) -> None:
    write_arrays(path, named_values(model.variables))


def load_weights_into(model: Any, path: Path) -> None:
    """Give a model the weights of a checkpoint. Raises ModelError when they are not of this network."""
    assign(model.variables, read_arrays(path), str(path))
