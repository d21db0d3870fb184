"""How right a model is on what it is surest of, when the rest goes to people.

Risk against coverage and the area under it: Geifman and El-Yaniv 2017 (https://arxiv.org/abs/1705.08500),
Geifman et al. 2019 (https://arxiv.org/abs/1805.08206). Pictures of the same confidence cannot be told apart,
so they are taken in together: each counts as the mean of them, and no coverage ends among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from training.evaluators.scored import Scored
from training.metrics import confusion, macro_f1

COVERAGES = (1.0, 0.99, 0.98, 0.97, 0.95, 0.925, 0.9, 0.85, 0.8, 0.75, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)


def coverage(
    scored: Scored, *, target: float = 0.99, coverages: Sequence[float] = COVERAGES
) -> dict[str, Any]:
    """Accuracy and macro F1 of the surest pictures.

    target: an accuracy; ``at_target`` is the largest share of pictures on which it is reached, with the
    confidence from which on they are kept, or None where it never is. curve: at the largest coverages that
    are not above those asked for; macro F1 over the classes with kept pictures. aurc: the mean error over all
    coverages, the smaller the better.
    """
    if not 0 < target <= 1:
        raise ValueError(f"coverage: target must be above 0 and at most 1, got {target!r}")
    if not coverages or not all(0 < one <= 1 for one in coverages):
        raise ValueError(f"coverage: coverages must be above 0 and at most 1, got {list(coverages)!r}")
    order = np.argsort(-scored.confidence, kind="stable")
    sure, right = scored.confidence[order], scored.right[order].astype(np.float64)
    n = len(order)
    first = np.flatnonzero(np.concatenate([[True], sure[1:] != sure[:-1]]))
    sizes = np.diff(np.append(first, n))
    ends = first + sizes  # pictures kept when a group of equals is the last to be
    even = np.repeat(np.add.reduceat(right, first) / sizes, sizes)
    accuracies = even.cumsum() / np.arange(1, n + 1)
    reached = np.flatnonzero(accuracies[ends - 1] >= target - 1e-12)
    at_target = None
    if len(reached):
        at_target = _point(scored, order, int(ends[reached[-1]]))
    kept = {int(fitting[-1]) for one in coverages if len(fitting := ends[ends <= one * n + 1e-9])}
    return {
        "aurc": float((1 - accuracies).mean()),
        "target": target,
        "at_target": at_target,
        "curve": [_point(scored, order, k) for k in sorted(kept, reverse=True)],
    }


def _point(scored: Scored, order: np.ndarray, kept: int) -> dict[str, Any]:
    which = order[:kept]
    matrix = confusion(scored.labels[which], scored.predictions[which], len(scored.classes))
    return {
        "coverage": kept / len(order),
        "pictures": kept,
        "confidence": float(scored.confidence[which[-1]]),
        "accuracy": float(scored.right[which].mean()),
        "macro_f1": float(macro_f1(matrix, present_only=True)),
    }
