"""Cells of the table: each is worked out once, kept, and read back by a comparison that goes on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.files import whole_file
from training.representation.downstream.task import TaskError

PACKAGES = ("numpy", "scikit-learn", "cleanlab")
FOLDER = "cells"
FORM = 1  # of what a cell holds; another number has all worked out anew


def versions() -> dict[str, str]:
    """What the figures depend on besides data, config and machine."""
    return {name: version(name) for name in PACKAGES}


def digest(ids: Sequence[str], features: NDArray[np.float32]) -> str:
    found = hashlib.sha256("\n".join(ids).encode())
    found.update(np.ascontiguousarray(features).data)
    return found.hexdigest()


def cell(
    out: Path,
    task: str,
    data: str,
    labels: Sequence[str],
    options: Mapping[str, Any],
    work: Callable[[], dict[str, Any]],
) -> dict[str, Any]:
    """What work() gives, or {"refused": why} where nothing can be learned.

    Kept in out/cells under all that it follows from: task, options, the digest of the features, the labels,
    and the versions of the libraries.
    """
    of = json.dumps([FORM, task, data, dict(options), versions()], sort_keys=True)
    key = hashlib.sha256(f"{of}\n{chr(10).join(labels)}".encode()).hexdigest()
    path = out / FOLDER / f"{task}-{key[:24]}.json"
    if path.is_file():
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found
    try:
        found = work()
    except TaskError as error:
        found = {"refused": str(error)}
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(found, allow_nan=False) + "\n", encoding="utf-8")
    return found
