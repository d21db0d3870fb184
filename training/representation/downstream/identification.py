"""Which taxon is it? At any level, within one set of pictures.

Published protocol: StandardScaler and logistic regression (L2, C = 1, at most 5,000 iterations, classes
balanced), five stratified folds with seed 89 within the set; accuracy, macro precision, recall and F1.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from training.progress import Progress, Silent
from training.representation.downstream.cross_validation import cross_validated
from training.representation.downstream.task import Small, prepare


def identification(
    features: ArrayLike,
    labels: ArrayLike,
    *,
    folds: int = 5,
    seed: int = 89,
    max_iter: int = 5000,
    small: Small = "drop",
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Accuracy and macro figures, mean and standard deviation (of a sample) over the folds.

    features: (N, D). labels: N names, "" for unknown. small: what happens to classes of fewer pictures than
    folds; the study kept them. A macro figure is the mean over the classes that are in the test part of the
    fold or predicted there. Raises TaskError.
    """
    task = prepare(features, labels, folds=folds, small=small)
    return {**task.facts(), **cross_validated(task, folds, seed, max_iter, "macro", progress or Silent())}
