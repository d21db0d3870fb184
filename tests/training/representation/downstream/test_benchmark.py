"""The benchmark does what it measures, and what it is held against does the same."""

from argparse import Namespace

import pytest

from benchmarks import mislabels


def test_both_ways_take_the_same_labels_for_wrong() -> None:
    pytest.importorskip("resource")
    options = {"pictures": 600, "classes": 3, "dimension": 8, "spread": 1.0, "seed": 89, "plain": True}
    found = mislabels.measure(Namespace(**options))
    assert found["agree"] > 0.995
    assert found["true_positive_rate_at_5_percent"] > 0.8
    assert len(found["iterations"]) == 5
