"""Finding wrong labels, tried on labels that were made wrong on purpose.

Published protocol: a tenth of each genus flipped, probabilities out of five folds of a logistic regression
(at most 2,500 iterations, classes not balanced), issues pruned by noise rate. There the flips were not
seeded and the folds not stratified; here both are.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from training.progress import Progress
from training.representation.downstream.finding import find_issues, out_of_fold
from training.representation.downstream.regression import SOLVER
from training.representation.downstream.task import Small, TaskError, prepare

MOST_POINTS = 500  # of a curve


def mislabels(
    features: ArrayLike,
    labels: ArrayLike,
    *,
    ids: Sequence[str] | None = None,
    share: float = 0.1,
    folds: int = 5,
    seed: int = 89,
    max_iter: int = 2500,
    small: Small = "drop",
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Flip a share of the labels and say how many of them are found: rates, precision, recall, curve.

    ids: N names that the flips follow from, by default the places of the rows. true_positive_rate (and
    recall): of the flipped those flagged; false_positive_rate: of the others. curve: the same for each cut
    of the ranking by quality, worst first. true_positive_rate_at_5_percent: of the best cut with a false
    positive rate of at most 0.05, which does not depend on where cleanlab cuts. Raises TaskError.
    """
    task = prepare(features, labels, folds=folds, small=small)
    names = [str(row) if ids is None else ids[row] for row in task.rows]
    given, flipped = flip(task.codes, share, seed, ids=names)
    if not flipped.any():
        raise TaskError(f"share must flip at least one label, {share} of any class flips none")
    found = out_of_fold(
        task.features, given, len(task.classes), folds=folds, seed=seed, max_iter=max_iter, progress=progress
    )
    issues = find_issues(found.probabilities, given)
    return {
        **task.facts(),
        "flipped": int(flipped.sum()),
        **rates(flipped, issues.flagged),
        "true_positive_rate_at_5_percent": found_at(flipped, issues.quality, 0.05),
        **_areas(flipped, issues.quality),
        "curve": curve(flipped, issues.quality),
        "share": share,
        "iterations": list(found.iterations),
        "converged": found.converged,
        "solver": SOLVER,
        "folds": folds,
        "seed": seed,
        "max_iter": max_iter,
    }


def flip(
    codes: ArrayLike, share: float, seed: int, *, ids: Sequence[str] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The labels with a share of each class moved to another, and which those are.

    codes: (n,) 0 to K - 1, K at least 2. Of each class the share is rounded to the nearest (halves up); which
    pictures, and to which class, follows from the SHA-256 of seed and id, so not from their order.
    """
    true = np.asarray(codes, np.int64)
    if not 0 < share < 1:
        raise TaskError(f"share must be more than 0 and less than 1, got {share}")
    classes = int(true.max()) + 1 if len(true) else 0
    if classes < 2:
        raise TaskError(f"labels must be of at least 2 classes to be flipped, got {classes}")
    names = [str(place) for place in range(len(true))] if ids is None else ids
    given, flipped = true.copy(), np.zeros(len(true), bool)
    for code in range(classes):
        draws = sorted((_draw(seed, names[row]), row) for row in np.flatnonzero(true == code).tolist())
        for draw, row in draws[: math.floor(share * len(draws) + 0.5)]:
            away = int.from_bytes(draw[-8:]) % (classes - 1)
            given[row] = away + (away >= code)
            flipped[row] = True
    return given, flipped


def _draw(seed: int, name: str) -> bytes:
    return hashlib.sha256(f"{seed}:flip:{name}".encode()).digest()


def rates(flipped: NDArray[np.bool_], flagged: NDArray[np.bool_]) -> dict[str, Any]:
    """Shares and counts of what was flagged; None where there is nothing to take a share of."""
    both, wrong, marked = (int(each.sum()) for each in (flipped & flagged, flipped, flagged))
    right = len(flipped) - wrong
    return {
        "flagged": marked,
        "found": both,
        "true_positive_rate": both / wrong if wrong else None,
        "false_positive_rate": (marked - both) / right if right else None,
        "precision": both / marked if marked else None,
        "recall": both / wrong if wrong else None,
    }


def curve(flipped: NDArray[np.bool_], quality: NDArray[np.float64]) -> list[dict[str, Any]]:
    """Rates at each cut of the ranking, worst label first; pictures of the same quality are never parted.

    Of more than 500 cuts every n-th is given, the first and the last among them.
    """
    ends, hits = _cuts(flipped, quality)
    if len(ends) > MOST_POINTS:
        some = np.unique(np.linspace(0, len(ends) - 1, MOST_POINTS).round().astype(int))
        ends, hits = ends[some], hits[some]
    ranked = np.sort(quality)
    wrong, right = int(flipped.sum()), int((~flipped).sum())
    return [
        {
            "flagged": int(end) + 1,
            "quality": float(ranked[end]),
            "true_positive_rate": float(hit / wrong) if wrong else None,
            "false_positive_rate": float((end + 1 - hit) / right) if right else None,
            "precision": float(hit / (end + 1)),
        }
        for end, hit in zip(ends, hits, strict=True)
    ]


def _cuts(
    flipped: NDArray[np.bool_], quality: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Place of the last picture of each cut in the ranking, and how many up to there are flipped."""
    order = np.argsort(quality, kind="stable")
    ranked = quality[order]
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    return ends.astype(np.int64), np.cumsum(flipped[order])[ends].astype(np.int64)


def found_at(flipped: NDArray[np.bool_], quality: NDArray[np.float64], most_false: float) -> float:
    """The largest true positive rate of a cut whose false positive rate is not above `most_false`."""
    ends, hits = _cuts(flipped, quality)
    allowed = (ends + 1 - hits) / max(1, (~flipped).sum()) <= most_false
    return float(hits[allowed].max(initial=0) / flipped.sum())


def _areas(flipped: NDArray[np.bool_], quality: NDArray[np.float64]) -> dict[str, float]:
    from sklearn.metrics import average_precision_score, roc_auc_score

    return {
        "area_under_rates": float(roc_auc_score(flipped, -quality)),
        "average_precision": float(average_precision_score(flipped, -quality)),
    }
