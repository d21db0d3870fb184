"""Scores of a classifier in numpy, float64 throughout. N pictures, C classes.

A confusion matrix has a row for each true class and a column for each predicted one. Where nothing is to be
divided by (a class that was never predicted, or has no pictures) precision, recall and F1 are 0, as
scikit-learn's zero_division=0; such a class counts in the macro mean.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class PerClass(NamedTuple):
    """Scores of each class, (..., C); support is the number of its pictures."""

    precision: Floats
    recall: Floats
    f1: Floats
    support: Floats


def log_softmax(logits: ArrayLike) -> Floats:
    """Logarithms of the probabilities over the last axis."""
    wide = np.asarray(logits, np.float64)
    wide = wide - wide.max(axis=-1, keepdims=True)
    result: Floats = wide - np.log(np.exp(wide).sum(axis=-1, keepdims=True))
    return result


def softmax(logits: ArrayLike) -> Floats:
    """Probabilities over the last axis; each row sums to 1."""
    result: Floats = np.exp(log_softmax(logits))
    return result


def cross_entropy(logits: ArrayLike, labels: ArrayLike, smoothing: float = 0.0) -> Floats:
    """Loss of each picture, (N,), with smoothed one-hot targets. logits (N, C), labels (N,)."""
    logs = log_softmax(logits)
    hit = np.take_along_axis(logs, np.asarray(labels, np.int64)[:, None], axis=-1)[:, 0]
    result: Floats = -(1 - smoothing) * hit - smoothing * logs.mean(axis=-1)
    return result


def confusion(labels: ArrayLike, predictions: ArrayLike, classes: int) -> NDArray[np.int64]:
    """Counts, (C, C): rows true, columns predicted.

    labels, predictions: whole numbers (N,). Raises ValueError for unequal lengths and for a number that is
    no class.
    """
    true, given = np.asarray(labels), np.asarray(predictions)
    if true.shape != given.shape or true.ndim != 1:
        raise ValueError(
            f"labels and predictions must be equally long lists, got shapes {true.shape} and {given.shape}"
        )
    for what, values in (("labels", true), ("predictions", given)):
        if values.size and not np.issubdtype(values.dtype, np.integer):
            raise ValueError(f"{what} must be whole numbers, got {values.dtype}")
        if values.size and not (values.min() >= 0 and values.max() < classes):
            raise ValueError(f"{what} must be from 0 to {classes - 1}, got {values.min()} to {values.max()}")
    cells = true.astype(np.int64) * classes + given.astype(np.int64)
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes).astype(np.int64)


def per_class(matrix: NDArray[Any]) -> PerClass:
    """Precision, recall, F1 and support from counts (..., C, C)."""
    counts = np.asarray(matrix, np.float64)
    right = np.diagonal(counts, axis1=-2, axis2=-1)
    support, given = counts.sum(axis=-1), counts.sum(axis=-2)
    return PerClass(_ratio(right, given), _ratio(right, support), _ratio(2 * right, support + given), support)


def f1_per_class(matrix: NDArray[Any]) -> Floats:
    """F1 of each class, (..., C), from counts (..., C, C)."""
    return per_class(matrix).f1


def macro_f1(matrix: NDArray[Any], *, present_only: bool = False) -> Any:
    """Mean F1 of the classes from counts (..., C, C): a number, or an array of the leading shape.

    present_only: of the classes that have pictures only, for subsets in which others cannot occur. NaN where
    there are none.
    """
    scores = per_class(matrix)
    if not present_only:
        return scores.f1.mean(axis=-1)
    present = scores.support > 0
    return _ratio((scores.f1 * present).sum(axis=-1), present.sum(axis=-1), np.nan)[()]


def accuracy(matrix: NDArray[Any]) -> Any:
    """Share of pictures on the diagonal of counts (..., C, C); NaN without pictures."""
    counts = np.asarray(matrix, np.float64)
    right = np.diagonal(counts, axis1=-2, axis2=-1).sum(axis=-1)
    return _ratio(right, counts.sum(axis=(-2, -1)), np.nan)[()]


def _ratio(above: Any, below: Any, without: float = 0.0) -> Floats:
    above, below = np.asarray(above, np.float64), np.asarray(below, np.float64)
    return np.divide(above, below, out=np.full(below.shape, without), where=below > 0)
