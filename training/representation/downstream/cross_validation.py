"""Accuracy, precision, recall and F1 out of stratified folds."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.progress import Progress
from training.representation.downstream.folds import each_fold
from training.representation.downstream.regression import fit
from training.representation.downstream.task import Task, TaskError

MEASURES = ("accuracy", "precision", "recall", "f1")


def cross_validated(
    task: Task, folds: int, seed: int, max_iter: int, of: str | int, progress: Progress
) -> dict[str, Any]:
    """Figures of each fold, their mean and standard deviation. of: "macro", or the class that is positive."""
    from sklearn.metrics import precision_recall_fscore_support

    def work(training: NDArray[np.int64], test: NDArray[np.int64]) -> dict[str, Any]:
        if len(np.unique(task.codes[training])) < 2:
            raise TaskError(f"each training part must have 2 classes, got one in {len(training)} pictures")
        fitted = fit(task.features, task.codes, training, max_iter=max_iter, balanced=True)
        truth, predicted = task.codes[test], fitted.predict(task.features[test])
        how = {"average": "macro"} if of == "macro" else {"average": "binary", "pos_label": of}
        scores = precision_recall_fscore_support(truth, predicted, zero_division=0, **how)
        figures = [(truth == predicted).mean(), *scores[:3]]
        return {
            **dict(zip(MEASURES, map(float, figures), strict=True)),
            "pictures": len(test),
            "iterations": fitted.iterations,
            "converged": fitted.converged,
        }

    per_fold = each_fold(work, task.features, task.codes, folds, seed, progress)
    found = np.array([[one[name] for name in MEASURES] for one in per_fold])
    return {
        "mean": dict(zip(MEASURES, found.mean(axis=0).tolist(), strict=True)),
        "sd": dict(zip(MEASURES, found.std(axis=0, ddof=1).tolist(), strict=True)),
        "per_fold": per_fold,
        "converged": all(one["converged"] for one in per_fold),
        "folds": folds,
        "seed": seed,
        "max_iter": max_iter,
    }
