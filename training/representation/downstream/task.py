"""Features and labels made ready for folds: what cannot be used is counted, the rest goes on."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Small = Literal["drop", "keep"]


class TaskError(ValueError):
    """Features and labels that nothing can be learned from; the message names the rule and the value."""


@dataclass(frozen=True)
class Task:
    """What can be learned from.

    features: (n, D) float32, not to be written to. codes: (n,) places in classes. rows: places of the n
    pictures in what was given. left_out: pictures of classes that are too small, by class. unlabelled:
    pictures without a label. constant: features that are the same everywhere.
    """

    features: NDArray[np.float32]
    codes: NDArray[np.int64]
    classes: tuple[str, ...]
    rows: NDArray[np.int64]
    left_out: Mapping[str, int]
    unlabelled: int
    constant: int

    def facts(self) -> dict[str, Any]:
        return {
            "pictures": len(self.codes),
            "classes": len(self.classes),
            "left_out": dict(self.left_out),
            "unlabelled": self.unlabelled,
            "constant_features": self.constant,
            "dimension": self.features.shape[1],
        }


def prepare(features: ArrayLike, labels: ArrayLike, *, folds: int, small: Small = "drop") -> Task:
    """Check, and leave out what has no label (""). small: `drop` leaves out classes of fewer pictures than
    folds, too; `keep` keeps them, and a class may then be missing in the training part of a fold.

    Raises TaskError for shapes that do not go together, numbers that are not finite, fewer than two classes,
    and features that are the same for all pictures.
    """
    values = np.asarray(features)
    names = np.asarray(labels).astype(str)
    if values.ndim != 2 or not values.shape[1] or values.dtype.kind not in "fiu":
        raise TaskError(f"features must be numbers (N, D), got {values.dtype} {values.shape}")
    if names.shape != values.shape[:1]:
        raise TaskError(f"labels must be one a row of {values.shape[0]}, got {names.shape}")
    if small not in ("drop", "keep"):
        raise TaskError(f"small must be 'drop' or 'keep', got {small!r}")
    if folds < 2:
        raise TaskError(f"folds must be at least 2, got {folds}")
    counts = Counter(names.tolist())
    unlabelled = counts.pop("", 0)
    few = {name: n for name, n in sorted(counts.items()) if n < folds and small == "drop"}
    classes = sorted(set(counts) - set(few))
    if len(classes) < 2 or max(counts[name] for name in classes) < folds:
        raise TaskError(
            f"labels must be of at least 2 classes with at least {folds} pictures each, got "
            f"{len(classes)} of {len(counts)} classes ({len(names):,} pictures, {unlabelled:,} unlabelled)"
        )
    rows = np.flatnonzero(np.isin(names, classes))
    # A copy only where it must be: of 200,000 pictures and 512 features it is 400 MB.
    used = values if len(rows) == len(values) else values[rows]
    used = used.astype(np.float32, copy=False)
    if (bad := np.flatnonzero(~np.isfinite(used).all(axis=1))).size:
        raise TaskError(f"features must be finite numbers, those of row {rows[bad[0]]} are not")
    codes = np.searchsorted(np.array(classes), names[rows]).astype(np.int64)
    constant = int((used.max(axis=0) == used.min(axis=0)).sum())
    if constant == used.shape[1]:
        raise TaskError(
            f"features must differ between pictures, all {constant} are the same for all {len(used):,}"
        )
    return Task(used, codes, tuple(classes), rows, few, unlabelled, constant)


def parts(
    codes: Sequence[int] | NDArray[np.int64], folds: int, seed: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Rows of the training and of the test part of each fold: stratified, shuffled by the seed.

    The same codes in the same order give the same folds.
    """
    from sklearn.model_selection import StratifiedKFold

    splitter = StratifiedKFold(n_splits=folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():  # classes of fewer pictures than folds were kept on purpose
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        yield from splitter.split(np.zeros(len(codes)), codes)
