"""Intervals against the plain way of getting them, and against what theory says of them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

from tests.training.evaluators.planted import drawn, scored
from training.evaluators.aucpr import aucpr
from training.evaluators.bootstrap import bootstrap, draws
from training.evaluators.classification import classification
from training.evaluators.scored import Scored


def taken(data: Scored, which: np.ndarray) -> Scored:
    names = tuple("x" * len(which))
    return Scored(data.logits[which], data.labels[which], data.classes, names, names, names)


@pytest.mark.parametrize("stratified", [False, True])
def test_the_same_as_scoring_every_resample(stratified: bool) -> None:
    """61 resamples: more than are held together, and not a multiple of them."""
    data = drawn(120)
    found = bootstrap(data, resamples=61, seed=5, stratified=stratified, level=0.9)
    plain = [taken(data, which) for which in draws(data.labels, 61, 5, stratified)]
    ends = [0.05, 0.95]
    for key in ("loss", "accuracy", "macro_f1"):
        assert found[key] == pytest.approx(np.quantile([classification(one)[key] for one in plain], ends))
    for key in ("softmax", "sigmoid"):
        areas = [aucpr(one)[key] for one in plain]
        assert found[f"aucpr_{key}"] == pytest.approx(np.quantile(areas, ends), abs=1e-6)
    of_b = [f1_score(one.labels, one.predictions, average=None, labels=range(4))[1] for one in plain]
    assert found["f1_per_class"][1]["interval"] == pytest.approx(np.quantile(of_b, ends))


def test_as_wide_as_theory_says() -> None:
    """A binomial share of .75 in 1,000: half a width of 1.96 standard errors, 2.7 percent."""
    logits = [[1, 0]] * 1000
    low, high = bootstrap(scored(logits, [0] * 750 + [1] * 250), resamples=2000, seed=1)["accuracy"]
    assert (low, high) == pytest.approx((0.75 - 0.0268, 0.75 + 0.0268), abs=0.004)


def test_strata_keep_the_number_of_each_class() -> None:
    labels = np.array([2] * 5 + [0] * 7 + [1])
    for which in draws(labels, 5, 0, True):
        assert np.bincount(labels[which]).tolist() == [7, 1, 5]
        assert len(set(which.tolist())) < len(labels), "drawn with replacement"
    assert any(
        np.bincount(labels[one], minlength=3).tolist() != [7, 1, 5] for one in draws(labels, 5, 0, False)
    )


def test_strata_take_out_what_the_numbers_of_classes_add() -> None:
    """All of a right, all of b wrong: with fixed numbers accuracy does not vary at all."""
    data = scored([[1, 0]] * 40, [0] * 20 + [1] * 20)
    assert bootstrap(data, resamples=50, stratified=True)["accuracy"] == [0.5, 0.5]
    low, high = bootstrap(data, resamples=50)["accuracy"]
    assert low < 0.5 < high


def test_a_seed_gives_the_same_again() -> None:
    data = drawn(60)
    assert bootstrap(data, resamples=20, seed=1) == bootstrap(data, resamples=20, seed=1)
    assert bootstrap(data, resamples=20, seed=1) != bootstrap(data, resamples=20, seed=2)


def test_a_class_without_pictures_has_no_interval() -> None:
    found = bootstrap(scored([[3, 0, 0], [0, 3, 0]] * 10, [0, 1] * 10), resamples=20)
    assert found["f1_per_class"][2] == {"class": "c", "interval": None}
    assert found["macro_f1_present"] == [1, 1]
    assert found["macro_f1"] == pytest.approx([2 / 3, 2 / 3])
