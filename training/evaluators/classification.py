"""Loss, accuracy, precision, recall and F1, and which classes are taken for which."""

from __future__ import annotations

from typing import Any

from training.evaluators.scored import Scored
from training.metrics import accuracy, cross_entropy, macro_f1, per_class


def classification(scored: Scored, *, smoothing: float = 0.1) -> dict[str, Any]:
    """The scores of a classifier, as published with the Herbariograph data set: loss with smoothing .1.

    per_class: precision, recall, F1 and support of each class; recall is None for a class without pictures,
    precision for one that was never predicted; F1 is 0 in both cases, as it is in the macro mean.
    macro_f1_present: the mean of the classes that have pictures. confusion: rows true, columns predicted.
    """
    if not 0 <= smoothing < 1:
        raise ValueError(f"classification: smoothing must be at least 0 and below 1, got {smoothing!r}")
    scores, given = per_class(scored.matrix), scored.matrix.sum(axis=0)
    return {
        "pictures": len(scored.labels),
        "smoothing": smoothing,
        "loss": float(cross_entropy(scored.logits, scored.labels, smoothing).mean()),
        "accuracy": float(accuracy(scored.matrix)),
        "macro_f1": float(macro_f1(scored.matrix)),
        "macro_f1_present": float(macro_f1(scored.matrix, present_only=True)),
        "per_class": [
            {
                "class": name,
                "precision": float(scores.precision[place]) if given[place] else None,
                "recall": float(scores.recall[place]) if scores.support[place] else None,
                "f1": float(scores.f1[place]),
                "support": int(scores.support[place]),
            }
            for place, name in enumerate(scored.classes)
        ],
        "confusion": scored.matrix.tolist(),
    }
