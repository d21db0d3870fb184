"""Identification and discrimination: planted structure is found, and no fold sees its test part."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from tests.training.representation.planted import planted_features
from training.progress import Silent
from training.representation.downstream import cross_validation, regression
from training.representation.downstream import folds as module
from training.representation.downstream.discrimination import discrimination
from training.representation.downstream.folds import each_fold
from training.representation.downstream.identification import identification
from training.representation.downstream.task import TaskError, parts, prepare

NAMES = np.array(["Acer", "Betula", "Carex", "Drosera"])


def planted(spread: float = 0.2, per_class: int = 15, seed: int = 0):  # type: ignore[no-untyped-def]
    features, codes = planted_features(4, per_class, 8, spread, seed)
    return features, NAMES[codes]


def test_planted_genera_are_named_and_noise_is_not() -> None:
    found = identification(*planted())
    assert found["mean"] == {"accuracy": 1.0, "precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert found["sd"]["f1"] == 0
    assert found["converged"]
    features, labels = planted()
    noise = np.random.default_rng(1).normal(size=features.shape)
    assert identification(noise, labels)["mean"]["accuracy"] < 0.5


def test_the_figures_are_those_of_the_folds(monkeypatch: pytest.MonkeyPatch) -> None:
    """With predictions that are known, every figure can be worked out by hand."""

    class Constant:
        iterations, converged = 7, False

        def predict(self, features):  # type: ignore[no-untyped-def]
            return np.zeros(len(features), int)

    monkeypatch.setattr(cross_validation, "fit", lambda *_, **__: Constant())
    labels = ["Acer"] * 10 + ["Betula"] * 30
    features = np.arange(80.0).reshape(40, 2)
    found = identification(features, labels)
    assert found["mean"] == pytest.approx({"accuracy": 0.25, "precision": 0.125, "recall": 0.5, "f1": 0.2})
    assert not found["converged"]
    assert [one["iterations"] for one in found["per_fold"]] == [7] * 5
    acer = discrimination(features, labels, "Acer", "Betula")
    assert acer["mean"] == pytest.approx({"accuracy": 0.25, "precision": 0.25, "recall": 1.0, "f1": 0.4})
    betula = discrimination(features, labels, "Betula", "Acer")
    assert betula["mean"] == {"accuracy": 0.25, "precision": 0.0, "recall": 0.0, "f1": 0.0}
    assert (betula["first_pictures"], betula["second_pictures"]) == (30, 10)
    uneven = identification(features[:12], ["Acer"] * 6 + ["Betula"] * 6)  # folds of 3, 3, 2, 2, 2 pictures
    scores = [one["accuracy"] for one in uneven["per_fold"]]
    assert uneven["sd"]["accuracy"] == pytest.approx(np.std(scores, ddof=1))
    assert uneven["sd"]["accuracy"] > 0


def test_scaler_and_regression_see_the_training_part_only() -> None:
    """Whatever the pictures of the test part are, nothing that is fitted moves."""
    features, labels = planted()
    task = prepare(features, labels, folds=5)
    for training, test in parts(task.codes, 5, 89):
        betrayed = task.features.copy()
        betrayed[test] = 1e6
        one, other = (
            regression.fit(each, task.codes, training, max_iter=100, balanced=True).pipeline
            for each in (task.features, betrayed)
        )
        np.testing.assert_allclose(one[0].mean_, task.features[training].mean(axis=0), rtol=1e-4)
        np.testing.assert_array_equal(one[0].mean_, other[0].mean_)
        np.testing.assert_array_equal(one[0].scale_, other[0].scale_)
        np.testing.assert_array_equal(one[-1].coef_, other[-1].coef_)


def test_every_fold_is_fitted_on_what_it_is_not_tested_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """One feature gives each picture its own number: what was fitted and what was asked for never meet."""
    seen: list[set[float]] = []

    class Spy:
        iterations, converged = 1, True

        def __init__(self, fitted: set[float]) -> None:
            self.fitted = fitted

        def predict(self, features):  # type: ignore[no-untyped-def]
            asked = set(features[:, 0].tolist())
            assert not asked & self.fitted
            assert asked | self.fitted == set(range(40))
            seen.append(asked)
            return np.zeros(len(features), int)

    monkeypatch.setattr(
        cross_validation, "fit", lambda features, _, rows, **__: Spy(set(features[rows, 0].tolist()))
    )
    features = np.stack([np.arange(40.0), np.zeros(40)], axis=1)
    identification(features, ["Acer", "Betula"] * 20)
    assert sorted(number for each in seen for number in each) == list(range(40))


@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
def test_the_protocol_is_the_published_one(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def spy(features, codes, rows, **options):  # type: ignore[no-untyped-def]
        asked.append(options)
        return regression.fit(features, codes, rows, **options)

    monkeypatch.setattr(cross_validation, "fit", spy)
    features, labels = planted()
    identification(features, labels)
    discrimination(features, labels, "Acer", "Carex")
    assert asked == [{"max_iter": 5000, "balanced": True}] * 5 + [{"max_iter": 2500, "balanced": True}] * 5
    pipeline = regression.fit(features, np.arange(60) % 4, np.arange(60), max_iter=9, balanced=True).pipeline
    options = pipeline[-1].get_params()
    assert (options["C"], options["class_weight"], options["l1_ratio"]) == (1.0, "balanced", 0.0)
    assert (pipeline[0].with_mean, pipeline[0].with_std) == (True, True)


def test_folds_are_stratified_and_follow_from_the_seed() -> None:
    codes = np.repeat([0, 1], [10, 40])
    one, again, other = (list(parts(codes, 5, seed)) for seed in (89, 89, 90))
    assert all(np.bincount(codes[test]).tolist() == [2, 8] for _, test in one)
    assert all((a[1] == b[1]).all() for a, b in zip(one, again, strict=True))
    assert any((a[1] != b[1]).any() for a, b in zip(one, other, strict=True))
    features, labels = planted(spread=2.0)
    assert identification(features, labels) == identification(features, labels)
    assert (
        identification(features, labels)["per_fold"] != identification(features, labels, seed=1)["per_fold"]
    )


def test_a_class_with_fewer_pictures_than_folds_is_left_out_and_said() -> None:
    features, labels = planted()
    labels = labels.copy()
    labels[:3], labels[3:5] = "Erica", ""
    found = identification(features, labels)
    assert found["left_out"] == {"Erica": 3}
    assert (found["pictures"], found["classes"], found["unlabelled"]) == (55, 4, 2)
    kept = identification(features, labels, small="keep")
    assert kept["left_out"] == {}
    assert (kept["pictures"], kept["classes"]) == (58, 5)
    assert kept["mean"]["recall"] < found["mean"]["recall"]


def test_constant_features_are_counted_and_the_rest_goes_on() -> None:
    features, labels = planted()
    features[:, 2] = 3
    found = identification(features, labels)
    assert found["constant_features"] == 1
    assert found["mean"]["accuracy"] == 1
    with pytest.raises(TaskError, match="features must differ between pictures, all 3 are the same for all"):
        identification(np.ones((60, 3)), labels)


def test_the_figures_do_not_depend_on_the_number_of_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    features, labels = planted(spread=2.0)
    one = identification(features, labels)
    monkeypatch.setattr(module, "cpus", lambda: 4)
    assert identification(features, labels) == one
    monkeypatch.setattr(module, "MOST_BYTES", 0)
    assert identification(features, labels) == one


def test_who_stops_waits_for_no_more_folds(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stopped(Silent):
        checks = 0

        def check(self) -> None:
            self.checks += 1
            if self.checks > 1:
                first.set()  # the fold under way may end
                raise KeyboardInterrupt

    asked = []
    first = threading.Event()

    def work(training: object, test: object) -> None:
        asked.append(test)
        first.wait(60)

    monkeypatch.setattr(module, "CHECK_SECONDS", 0.01)
    monkeypatch.setattr(module, "cpus", lambda: 1)
    with pytest.raises(KeyboardInterrupt):
        each_fold(work, np.ones((10, 1), np.float32), np.arange(10) % 2, 5, 89, Stopped())
    assert len(asked) == 1


def test_what_was_given_is_not_changed() -> None:
    features, labels = planted()
    before = features.copy()
    identification(features, labels)
    discrimination(features, labels, "Acer", "Carex")
    np.testing.assert_array_equal(features, before)


def bad(value: float):  # type: ignore[no-untyped-def]
    features, labels = planted()
    features[7, 1] = value
    return features, labels


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        (bad(np.nan), {}, "features must be finite numbers, those of row 7 are not"),
        (bad(np.inf), {}, "row 7"),
        ((np.ones((3, 2)), ["a", "b"]), {}, r"labels must be one a row of 3, got \(2,\)"),
        ((np.ones(3), ["a", "b", "a"]), {}, r"features must be numbers \(N, D\), got float64 \(3,\)"),
        ((np.ones((3, 2)), ["a", "b", "a"]), {}, r"at least 5 pictures each, got 0 of 2 classes \(3 pict"),
        ((np.eye(9, 2), ["a"] * 8 + ["b"]), {"small": "keep"}, "each training part must have 2 classes"),
        (planted(), {"small": "merge"}, "small must be 'drop' or 'keep', got 'merge'"),
        (planted(), {"folds": 1}, "folds must be at least 2, got 1"),
    ],
)
def test_what_nothing_can_be_learned_from_is_told(arguments, options, words: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(TaskError, match=words):
        identification(*arguments, **options)


@pytest.mark.parametrize(
    ("pair", "words"),
    [(("Acer", "Erica"), "Erica must have at least 5 pictures, .* got 0"), (("Acer", "Acer"), "two genera")],
)
def test_a_pair_that_is_not_there_is_told(pair: tuple[str, str], words: str) -> None:
    with pytest.raises(TaskError, match=words):
        discrimination(*planted(), *pair)
