"""Scores by source and by licence: here shows a model that knows a herbarium's paper and not its pictures."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np

from training.evaluators.scored import Scored
from training.metrics import confusion, macro_f1


def groups(scored: Scored, *, level: float = 0.95) -> dict[str, Any]:
    """Accuracy with its Wilson interval and macro F1 of each source and each licence, by their names.

    level: of the intervals. macro_f1: over the classes of which the group has pictures (``classes``).
    """
    if not 0 < level < 1:
        raise ValueError(f"groups: level must be above 0 and below 1, got {level!r}")
    return {
        "level": level,
        "sources": _table(scored, "source", scored.sources, level),
        "licences": _table(scored, "licence", scored.licences, level),
    }


def wilson(right: int, pictures: int, level: float = 0.95) -> tuple[float, float]:
    """The score interval of a share (Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953)."""
    z2 = NormalDist().inv_cdf((1 + level) / 2) ** 2
    share = right / pictures
    centre = (share + z2 / (2 * pictures)) / (1 + z2 / pictures)
    half = (z2 * (share * (1 - share) / pictures + z2 / (4 * pictures**2))) ** 0.5 / (1 + z2 / pictures)
    return max(0.0, centre - half), min(1.0, centre + half)


def _table(scored: Scored, what: str, values: Sequence[str], level: float) -> list[dict[str, Any]]:
    names, places = np.unique(np.array(values, dtype=object).astype(str), return_inverse=True)
    table = []
    for place, name in enumerate(names.tolist()):
        which = places == place
        matrix = confusion(scored.labels[which], scored.predictions[which], len(scored.classes))
        right, pictures = int(matrix.trace()), int(matrix.sum())
        low, high = wilson(right, pictures, level)
        table.append(
            {
                what: name,
                "pictures": pictures,
                "classes": int((matrix.sum(axis=1) > 0).sum()),
                "accuracy": right / pictures,
                "low": low,
                "high": high,
                "macro_f1": float(macro_f1(matrix, present_only=True)),
            }
        )
    return table
