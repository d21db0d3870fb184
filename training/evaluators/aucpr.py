"""Area under the precision-recall curve, as Keras' AUC(curve="PR", summation_method="interpolation") has it.

Between two thresholds precision is interpolated through the counts, not along a straight line (Davis and
Goadrich 2006, https://doi.org/10.1145/1143844.1143874). All classes together are one curve: each picture is
one positive and C - 1 negatives.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.evaluators.scored import Scored, number

THRESHOLDS = 200
ACTIVATIONS = ("softmax", "sigmoid")


def aucpr(scored: Scored, *, thresholds: int = THRESHOLDS) -> dict[str, Any]:
    """The area over all classes and of each class.

    softmax: of the probabilities. sigmoid: of the sigmoid of each logit, which is what Keras computes where
    it is told ``from_logits=True``, and so what was published for Herbariograph models; the two can differ by
    tenths of a percent. per_class: softmax, None for a class without pictures or without others.
    """
    if thresholds < 2:
        raise ValueError(f"aucpr: thresholds must be at least 2, got {thresholds!r}")
    found: dict[str, Any] = {"thresholds": thresholds}
    for activation in ACTIVATIONS:
        steps = buckets(scored, activation, thresholds)
        hits = np.take_along_axis(steps, scored.labels[:, None], axis=1)[:, 0]
        found[activation] = float(
            area(np.bincount(hits, minlength=thresholds), np.bincount(steps.ravel(), minlength=thresholds))
        )
    steps = buckets(scored, "softmax", thresholds)
    found["per_class"] = [
        {"class": name, "aucpr": _of_class(steps[:, place], scored.labels == place, thresholds)}
        for place, name in enumerate(scored.classes)
    ]
    return found


def buckets(scored: Scored, activation: str, thresholds: int = THRESHOLDS) -> NDArray[np.int64]:
    """Between which thresholds each value lies, (N, C): k where it is above threshold k and not above k + 1.

    Computed in float32 as Keras does, so that values on a threshold fall to the same side.
    """
    if activation == "sigmoid":
        values = (0.5 * (1 + np.tanh(0.5 * scored.logits.astype(np.float64)))).astype(np.float32)
    else:
        values = scored.probabilities.astype(np.float32)
    steps: NDArray[np.int64] = np.ceil(values * np.float32(thresholds - 1)).astype(np.int64) - 1
    return np.maximum(steps, 0)


def area(positives: NDArray[Any], every: NDArray[Any]) -> NDArray[np.float64]:
    """The area from histograms over the thresholds, (..., T): of the positives, and of all values."""
    # At each threshold: true positives, and all that are called positive.
    true = _above(positives)
    called = _above(every)
    fewer_true, fewer = true[..., 1:], called[..., 1:]
    gained = true[..., :-1] - fewer_true
    step = called[..., :-1] - fewer
    slope = np.divide(gained, step, out=np.zeros_like(gained), where=step > 0)
    start = fewer_true - slope * fewer
    ratio = np.divide(called[..., :-1], fewer, out=np.ones_like(fewer), where=fewer > 0)
    total = true[..., :1]
    parts = np.divide(
        slope * (gained + start * np.log(ratio)), total, out=np.zeros_like(step), where=total > 0
    )
    result: NDArray[np.float64] = parts.sum(axis=-1)
    return result


def _above(histogram: NDArray[Any]) -> NDArray[np.float64]:
    counts = np.asarray(histogram, np.float64)
    result: NDArray[np.float64] = counts[..., ::-1].cumsum(axis=-1)[..., ::-1]
    return result


def _of_class(steps: NDArray[np.int64], positive: NDArray[np.bool_], thresholds: int) -> float | None:
    if positive.all() or not positive.any():
        return None
    every = np.bincount(steps, minlength=thresholds)
    return number(area(np.bincount(steps[positive], minlength=thresholds), every))
