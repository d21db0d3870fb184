"""Whether a model is as often right as it says it is.

Expected and maximum calibration error: Naeini et al. 2015 (https://doi.org/10.1609/aaai.v29i1.9602), Guo et
al. 2017 (https://arxiv.org/abs/1706.04599); of the predicted class. Brier score: Brier 1950, the sum over the
classes, from 0 to 2.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.evaluators.scored import Scored
from training.metrics import cross_entropy

METHODS = ("equal-width", "equal-mass")


def calibration(scored: Scored, *, bins: int = 15, method: str = "equal-width") -> dict[str, Any]:
    """ECE, MCE, Brier score, negative log-likelihood and the table of reliability.

    bins: number of bins of the confidence. method: equal-width (from 0 to 1, each without its lower and with
    its upper end) or equal-mass (as many pictures in each as can be). reliability: a row a bin with pictures.
    """
    if bins < 1:
        raise ValueError(f"calibration: bins must be at least 1, got {bins!r}")
    if method not in METHODS:
        raise ValueError(f"calibration: method must be one of {', '.join(METHODS)}, got {method!r}")
    table = [_row(scored, *one) for one in _bins(scored.confidence, bins, method) if len(one[2])]
    gaps = [abs(row["accuracy"] - row["confidence"]) for row in table]
    shares = [row["pictures"] / len(scored.labels) for row in table]
    wrong = scored.probabilities.copy()
    wrong[np.arange(len(scored.labels)), scored.labels] -= 1
    return {
        "method": method,
        "bins": bins,
        "ece": float(np.dot(gaps, shares)),
        "mce": max(gaps),
        "brier": float((wrong**2).sum(axis=1).mean()),
        "nll": float(cross_entropy(scored.logits, scored.labels).mean()),
        "confidence": float(scored.confidence.mean()),
        "accuracy": float(scored.right.mean()),
        "reliability": table,
    }


def _bins(
    confidence: NDArray[np.float64], bins: int, method: str
) -> list[tuple[float, float, NDArray[np.intp]]]:
    """Lower end, upper end and pictures of each bin."""
    order = np.argsort(confidence, kind="stable")
    if method == "equal-mass":
        parts = [part for part in np.array_split(order, bins) if len(part)]
        return [(float(confidence[part[0]]), float(confidence[part[-1]]), part) for part in parts]
    ends = np.linspace(0, 1, bins + 1)
    cuts = np.searchsorted(confidence[order], ends[1:-1], side="right")
    return list(zip(ends[:-1].tolist(), ends[1:].tolist(), np.split(order, cuts), strict=True))


def _row(scored: Scored, low: float, high: float, members: NDArray[np.intp]) -> dict[str, Any]:
    return {
        "low": low,
        "high": high,
        "pictures": len(members),
        "confidence": float(scored.confidence[members].mean()),
        "accuracy": float(scored.right[members].mean()),
    }
