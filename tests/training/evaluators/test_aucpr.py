"""The area under the precision-recall curve is that of Keras."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from tests.training.evaluators.planted import drawn, of_probabilities, scored
from training.evaluators.aucpr import aucpr
from training.evaluators.scored import Scored


def keras_area(targets: Any, values: Any, **options: Any) -> float:
    from training.backend import keras

    metric = keras.metrics.AUC(curve="PR", num_thresholds=200, summation_method="interpolation", **options)
    metric.update_state(targets, values)
    return float(metric.result())


@pytest.mark.parametrize("data", [drawn(), drawn(50, 17, 3), drawn(2000, 3, 4)])
def test_equal_to_keras_over_all_classes(data: Scored) -> None:
    targets = np.eye(len(data.classes), dtype=np.float32)[data.labels]
    found = aucpr(data)
    assert found["softmax"] == pytest.approx(
        keras_area(targets.ravel(), data.probabilities.ravel()), abs=2e-6
    )
    # What the published evaluation asked for; Keras takes a sigmoid here.
    assert found["sigmoid"] == pytest.approx(keras_area(targets, data.logits, from_logits=True), abs=2e-6)
    assert found["sigmoid"] != pytest.approx(found["softmax"], abs=1e-3)


def test_equal_to_keras_class_by_class() -> None:
    data = drawn()
    for place, found in enumerate(aucpr(data)["per_class"]):
        theirs = keras_area(data.labels == place, data.probabilities[:, place])
        assert found == {"class": data.classes[place], "aucpr": pytest.approx(theirs, abs=2e-6)}


def test_near_average_precision() -> None:
    """Another way to the same area, without thresholds."""
    data = drawn(3000)
    theirs = average_precision_score(np.eye(4)[data.labels].ravel(), data.probabilities.ravel())
    assert aucpr(data)["softmax"] == pytest.approx(theirs, abs=3e-3)


def test_planted_ends() -> None:
    """All right and sure: 1. One value for all: no more than the share of the positives."""
    perfect = scored([[50, 0, 0], [0, 50, 0], [0, 0, 50]], [0, 1, 2])
    assert aucpr(perfect)["softmax"] == pytest.approx(1)
    even = of_probabilities(np.full((6, 2), 0.5), [0, 1, 0, 1, 0, 0])
    assert aucpr(even)["softmax"] == pytest.approx(0.5)
    assert [one["aucpr"] for one in aucpr(even)["per_class"]] == pytest.approx([4 / 6, 2 / 6])


def test_extreme_logits_and_absent_classes() -> None:
    found = aucpr(scored([[1e4, -1e4, 0], [1e4, -1e4, -1e4]], [0, 0]))
    assert found["softmax"] == pytest.approx(1)
    assert [one["aucpr"] for one in found["per_class"]] == [None, None, None]
