"""Which of two genera is it? Asked of similar ones, and of ones that are not.

Published protocol: as identification, with at most 2,500 iterations. Its folds were not stratified; these
are, so that each has both genera.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from training.progress import Progress, Silent
from training.representation.downstream.cross_validation import cross_validated
from training.representation.downstream.task import TaskError, prepare


def discrimination(
    features: ArrayLike,
    labels: ArrayLike,
    first: str,
    second: str,
    *,
    folds: int = 5,
    seed: int = 89,
    max_iter: int = 2500,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Two genera told apart: accuracy, and precision, recall and F1 of the first.

    features: (N, D). labels: N names; pictures of other genera are not looked at. Raises TaskError.
    """
    names = np.asarray(labels).astype(str)
    check_pair(names, first, second, folds)
    rows = np.flatnonzero((names == first) | (names == second))
    task = prepare(np.asarray(features)[rows], names[rows], folds=folds)
    positive = task.classes.index(first)
    found = cross_validated(task, folds, seed, max_iter, positive, progress or Silent())
    counts = {"first_pictures": int((names == first).sum()), "second_pictures": int((names == second).sum())}
    return {"first": first, "second": second, **counts, **task.facts(), **found}


def check_pair(names: NDArray[np.str_], first: str, second: str, folds: int) -> None:
    """TaskError unless both are there, with a picture for each fold."""
    if first == second:
        raise TaskError(f"a pair must be of two genera, got {first!r} twice")
    for name in (first, second):
        if (n := int((names == name).sum())) < folds:
            raise TaskError(f"{name} must have at least {folds} pictures, one a fold, got {n}")
