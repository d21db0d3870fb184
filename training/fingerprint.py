"""SHA-256 of weights: what two copies of a network are compared by, and what a record names them by."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np


def sha256_of_arrays(arrays: Iterable[np.ndarray]) -> str:
    """SHA-256 over kind, shape and all bytes of the arrays, in their order; lower-case hexadecimal.

    Names are left out: Keras numbers the layers that were given none anew in every process.
    """
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape};".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def sha256_of_weights(model: Any) -> str:
    """The same of all weights of a Keras model, those that are not trained included."""
    return sha256_of_arrays(np.asarray(value) for value in model.get_weights())
