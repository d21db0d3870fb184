"""Accuracy, precision, recall and F1 out of stratified folds."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.progress import Progress
from training.representation.downstream.regression import fit
from training.representation.downstream.task import Task, TaskError, parts

MEASURES = ("accuracy", "precision", "recall", "f1")


def cross_validated(
    task: Task, folds: int, seed: int, max_iter: int, of: str | int, progress: Progress
) -> dict[str, Any]:
    """Figures of each fold, their mean and standard deviation. of: "macro", or the class that is positive."""
    from sklearn.metrics import precision_recall_fscore_support

    per_fold = []
    for training, test in parts(task.codes, folds, seed):
        progress.check()
        if len(np.unique(task.codes[training])) < 2:
            raise TaskError(f"each training part must have 2 classes, that of fold {len(per_fold)} has one")
        fitted = fit(task.features, task.codes, training, max_iter=max_iter, balanced=True)
        truth, predicted = task.codes[test], fitted.predict(task.features[test])
        how = {"average": "macro"} if of == "macro" else {"average": "binary", "pos_label": of}
        scores = precision_recall_fscore_support(truth, predicted, zero_division=0, **how)
        figures = [(truth == predicted).mean(), *scores[:3]]
        per_fold.append(
            {
                **dict(zip(MEASURES, map(float, figures), strict=True)),
                "pictures": len(test),
                "iterations": fitted.iterations,
                "converged": fitted.converged,
            }
        )
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
