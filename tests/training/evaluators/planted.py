"""Scored pictures with what is known of them planted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from training.evaluators import Scored


def scored(logits: Any, labels: Sequence[int], **more: Any) -> Scored:
    """Of these logits; classes a, b, c…, one source and one licence unless others are given."""
    values = np.asarray(logits, np.float32)
    n = len(labels)
    facts = {
        "classes": tuple("abcdefghijklmnopq"[: values.shape[1]]),
        "ids": tuple(f"p{place}" for place in range(n)),
        "sources": ("NY",) * n,
        "licences": ("CC0-1.0",) * n,
        **more,
    }
    return Scored(values, np.asarray(labels, np.int64), **facts)


def of_probabilities(probabilities: Any, labels: Sequence[int], **more: Any) -> Scored:
    return scored(np.log(np.asarray(probabilities, np.float64)), labels, **more)


def drawn(n: int = 400, classes: int = 4, seed: int = 0, **more: Any) -> Scored:
    """A model that is mostly right and not quite as sure as it should be."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, n)
    logits = random.normal(0, 1.5, (n, classes))
    logits[np.arange(n), labels] += 2
    return scored(logits, labels.tolist(), **more)
