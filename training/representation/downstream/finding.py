"""Which labels are wrong? Found by confident learning, out of folds.

Confident learning: Northcutt, Jiang and Chuang 2021, https://doi.org/10.1613/jair.1.12125, as in cleanlab.
Each picture gets the probabilities of a model that did not see it; too sure a contradiction of the given
label is an issue.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.progress import Progress, Silent
from training.representation.downstream.folds import each_fold
from training.representation.downstream.regression import Fitted, fit


class Issues(NamedTuple):
    """flagged: (n,) whether the label is taken for wrong. quality: (n,) probability of the given label."""

    flagged: NDArray[np.bool_]
    quality: NDArray[np.float64]


class OutOfFold(NamedTuple):
    """probabilities: (n, K), each row of a model that did not see it."""

    probabilities: NDArray[np.float64]
    iterations: tuple[int, ...]
    converged: bool


def out_of_fold(
    features: NDArray[np.float32],
    codes: NDArray[np.int64],
    classes: int,
    *,
    folds: int = 5,
    seed: int = 89,
    max_iter: int = 2500,
    progress: Progress | None = None,
) -> OutOfFold:
    """The probabilities (n, classes) of each picture by the model of the fold that did not train on it."""
    probabilities = np.empty((len(codes), classes))

    def work(training: NDArray[np.int64], test: NDArray[np.int64]) -> Fitted:
        fitted = fit(features, codes, training, max_iter=max_iter, balanced=False)
        probabilities[test] = fitted.probabilities(features[test], classes)
        return fitted

    fits = each_fold(work, features, codes, folds, seed, progress or Silent())
    return OutOfFold(probabilities, tuple(one.iterations for one in fits), all(one.converged for one in fits))


def find_issues(probabilities: NDArray[np.float64], codes: NDArray[np.int64]) -> Issues:
    """What cleanlab takes for wrong labels, pruned by noise rate, and the quality of every label."""
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    # One process: workers of a job queue may not have children, and it takes seconds for 200,000 pictures.
    flagged = find_label_issues(codes, probabilities, filter_by="prune_by_noise_rate", n_jobs=1)
    return Issues(np.asarray(flagged, bool), np.asarray(get_label_quality_scores(codes, probabilities)))
