"""What a model said of the pictures of a split, and what they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.metrics import confusion, softmax


@dataclass(frozen=True)
class Scored:
    """Logits and labels of N pictures and C classes.

    logits: float32 (N, C). labels: int64 (N,). classes: C names in output order. ids, sources, licences: one
    a picture. Raises ValueError where they do not fit together, for no picture at all, for a label that is no
    class and for a logit that is not finite.
    """

    logits: NDArray[np.float32]
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    ids: tuple[str, ...]
    sources: tuple[str, ...]
    licences: tuple[str, ...]

    def __post_init__(self) -> None:
        n, c = len(self.labels), len(self.classes)
        if not n or not c:
            raise ValueError(f"scored: there must be pictures and classes, got {n} and {c}")
        if self.logits.shape != (n, c):
            raise ValueError(f"scored: logits must be of shape ({n}, {c}), got {self.logits.shape}")
        for what in ("ids", "sources", "licences"):
            if len(getattr(self, what)) != n:
                raise ValueError(f"scored: {what} must be one a picture, {n}, got {len(getattr(self, what))}")
        if self.labels.min() < 0 or self.labels.max() >= c:
            raise ValueError(
                f"scored: labels must be from 0 to {c - 1}, got {self.labels.min()} to {self.labels.max()}"
            )
        finite = np.isfinite(self.logits).all(axis=1)
        if not finite.all():
            raise ValueError(
                f"scored: logits must be finite, those of {self.ids[int(finite.argmin())]!r} are not "
                f"({int((~finite).sum())} of {n} pictures)"
            )

    @cached_property
    def probabilities(self) -> NDArray[np.float64]:
        """(N, C), each row sums to 1."""
        return softmax(self.logits)

    @cached_property
    def predictions(self) -> NDArray[np.int64]:
        """The class with the highest logit, the first of equals; (N,)."""
        return self.logits.argmax(axis=1).astype(np.int64)

    @cached_property
    def right(self) -> NDArray[np.bool_]:
        """Whether the prediction is the label, (N,)."""
        result: NDArray[np.bool_] = self.predictions == self.labels
        return result

    @cached_property
    def confidence(self) -> NDArray[np.float64]:
        """The probability of the predicted class, (N,)."""
        result: NDArray[np.float64] = self.probabilities.max(axis=1)
        return result

    @cached_property
    def matrix(self) -> NDArray[np.int64]:
        """Confusion counts, (C, C): rows true, columns predicted."""
        return confusion(self.labels, self.predictions, len(self.classes))


def number(value: Any) -> float | None:
    """A float as JSON can hold it: None for what is not a number."""
    return None if value is None or np.isnan(value) else float(value)
