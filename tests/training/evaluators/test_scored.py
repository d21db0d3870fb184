"""What does not fit together is refused before anything is computed of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.training.evaluators.planted import drawn, scored
from training.evaluators import EVALUATORS


@pytest.mark.parametrize(
    ("logits", "labels", "more", "reason"),
    [
        (np.zeros((0, 2)), [], {}, "there must be pictures and classes, got 0 and 2"),
        (np.zeros((2, 2)), [0], {}, r"logits must be of shape \(1, 2\), got \(2, 2\)"),
        (np.zeros((2, 2)), [0, 2], {}, "labels must be from 0 to 1, got 0 to 2"),
        (np.zeros((2, 2)), [0, 1], {"sources": ("NY",)}, "sources must be one a picture, 2, got 1"),
        ([[0, 0], [np.nan, 0], [0, 0]], [0, 1, 1], {}, r"those of 'p1' are not \(1 of 3 pictures\)"),
        ([[0, 0], [0, np.inf], [0, np.inf]], [0, 1, 1], {}, r"those of 'p1' are not \(2 of 3 pictures\)"),
    ],
)
def test_refused(logits: Any, labels: list[int], more: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        scored(logits, labels, **more)


@pytest.mark.parametrize(
    ("name", "options", "reason"),
    [
        ("classification", {"smoothing": 1.0}, "smoothing must be at least 0 and below 1, got 1.0"),
        ("aucpr", {"thresholds": 1}, "thresholds must be at least 2, got 1"),
        ("calibration", {"bins": 0}, "bins must be at least 1, got 0"),
        ("calibration", {"method": "quantile"}, "method must be one of equal-width, equal-mass"),
        ("coverage", {"target": 0.0}, "target must be above 0"),
        ("coverage", {"coverages": [0.5, 1.5]}, "coverages must be above 0 and at most 1"),
        ("groups", {"level": 1.0}, "level must be above 0 and below 1, got 1.0"),
        ("bootstrap", {"resamples": 0}, "resamples must be at least 1, got 0"),
        ("bootstrap", {"level": 0.0}, "level must be above 0 and below 1"),
    ],
)
def test_wrong_options(name: str, options: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        EVALUATORS[name](drawn(10), **options)


@pytest.mark.parametrize("name", sorted(EVALUATORS))
def test_one_picture_of_one_class_is_enough(name: str) -> None:
    assert EVALUATORS[name](scored([[0.5]], [0]))
