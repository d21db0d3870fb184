"""The figures against their closed forms, against published examples, and against chance."""

from __future__ import annotations

import time
from itertools import permutations

import numpy as np
import pytest

from curation.agreement import bootstrap, closed, measures
from curation.agreement.counts import Patterns, against_rest, counts_of, patterns
from curation.agreement.proportions import difference, wilson


def table(units: int, *, raters: int = 3, values: int = 5, gaps: float = 0.3, seed: int = 1) -> np.ndarray:
    """Judgements that agree more than by chance, some of them missing."""
    random = np.random.default_rng(seed)
    truth = random.integers(values, size=units)
    said = np.where(
        random.random((raters, units)) < 0.8, truth, random.integers(values, size=(raters, units))
    )
    there = random.random((raters, units)) >= gaps
    rater, unit = np.nonzero(there)
    return counts_of(unit, said[rater, unit], values)


X = -1  # not judged


def judged(*observers: list[int]) -> Patterns:
    """One list an observer, one place a unit; values count from 0."""
    said = np.array(observers)
    observer, unit = np.nonzero(said != X)
    return patterns(counts_of(unit, said[observer, unit], int(said.max()) + 1))


def letters(word: str) -> list[int]:
    return [ord(letter) - ord("a") for letter in word]


def from_coincidences(found: Patterns) -> float:
    """The definition, pair by pair, for comparison: 1 - D_o / D_e of the coincidence matrix."""
    size = found.rows.shape[1]
    matrix = np.zeros((size, size))
    for row in np.repeat(found.rows, found.times, axis=0):
        values = np.repeat(np.arange(size), row)
        for first, second in permutations(values, 2):
            matrix[first, second] += 1 / (len(values) - 1)
    said, n = matrix.sum(axis=0), matrix.sum()
    observed = (n - np.trace(matrix)) / n
    expected = (n * n - (said * said).sum()) / (n * (n - 1))
    return float(1 - observed / expected)


def test_the_examples_of_krippendorff_2011() -> None:
    """Sections A to C: two values; five values; and four observers who leave gaps in twelve units."""
    two = judged([0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0])
    assert measures.alpha(two) == pytest.approx(0.095, abs=0.0005)
    five = judged(letters("aabbdcccedda"), letters("babbbccceddd"))
    assert measures.alpha(five) == pytest.approx(0.692, abs=0.0005)
    gaps = judged(
        [0, 1, 2, 2, 1, 0, 3, 0, 1, X, X, X],
        [0, 1, 2, 2, 1, 1, 3, 0, 1, 4, X, 2],
        [X, 2, 2, 2, 1, 2, 3, 1, 1, 4, 0, X],
        [0, 1, 2, 2, 1, 3, 3, 0, 1, 4, 0, X],
    )
    assert gaps.units == 11  # the last unit was judged once
    assert measures.alpha(gaps) == pytest.approx(0.743, abs=0.0005)


def test_alpha_by_hand() -> None:
    assert measures.alpha(judged([0, 1], [0, 1])) == 1
    assert measures.alpha(judged([0], [1])) == 0  # one unit: what was seen is what is expected
    # ab, ba: all disagree. n = 4, each value twice: 1 - 3 * 4 / (16 - 8)
    assert measures.alpha(judged([0, 1], [1, 0])) == pytest.approx(-0.5)
    # aab, bb: coincidences aa 1, ab 1, bb 2; n = 5; said a 2, b 3: 1 - 4 * 2 / (25 - 13)
    assert measures.alpha(judged([0, 1], [0, 1], [1, X])) == pytest.approx(1 / 3)


@pytest.mark.parametrize("seed", range(6))
def test_definition_libraries_and_closed_forms_say_the_same(seed: int) -> None:
    found = patterns(table(80, seed=seed))
    assert measures.alpha(found) == pytest.approx(from_coincidences(found), abs=1e-12)
    size, same = measures.same_size(found)
    assert set(same.rows.sum(axis=1)) == {size}
    assert measures.fleiss(same) == pytest.approx(closed.fleiss(same.rows, same.times[None])[0], abs=1e-12)
    confusion = np.random.default_rng(seed).integers(0, 9, (4, 4)) + 20 * np.eye(4, dtype=int)
    said, other = np.nonzero(confusion)
    whole = closed.cohen(said, other, confusion[said, other][None])[0]
    assert measures.cohen(confusion) == pytest.approx(whole, abs=1e-12)


def test_two_judges_by_hand() -> None:
    """20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: 70 % agree, kappa 0.4."""
    confusion = np.array([[20, 5], [10, 15]])
    assert measures.cohen(confusion) == pytest.approx(0.4)
    found = patterns(np.repeat([[2, 0], [1, 1], [0, 2]], [20, 15, 15], axis=0))
    assert measures.percent(found) == pytest.approx(0.7)


def test_what_is_not_defined_is_none() -> None:
    alike = patterns(np.array([[2, 0], [3, 0]]))
    assert measures.alpha(alike) is None and measures.fleiss(alike) is None
    assert measures.cohen(np.array([[7, 0], [0, 0]])) is None
    assert measures.percent(alike) == 1
    nothing = patterns(np.zeros((0, 3), int))
    assert measures.alpha(nothing) is None and measures.percent(nothing) is None
    assert bootstrap.of_patterns(closed.alpha, nothing) is None


def test_one_class_against_the_rest_keeps_every_judgement() -> None:
    whole = table(50)
    for value in range(5):
        assert (against_rest(whole, value).sum(axis=1) == whole.sum(axis=1)).all()
    assert against_rest(np.array([[2, 1, 0]]), 1).tolist() == [[1, 2]]


def test_the_interval_holds_what_is_true_and_is_the_same_every_time() -> None:
    """Of 60 samples from one population, about 95 % of intervals hold its alpha."""
    population = patterns(table(20_000, gaps=0, seed=5))
    truth = measures.alpha(population)
    assert truth is not None
    inside = 0
    for seed in range(60):
        found = patterns(table(300, gaps=0, seed=100 + seed))
        bounds = bootstrap.of_patterns(closed.alpha, found)
        assert bounds is not None and bounds == bootstrap.of_patterns(closed.alpha, found)
        inside += bounds[0] <= truth <= bounds[1]
    assert inside >= 52


def test_many_units_cost_no_more_than_few() -> None:
    many = patterns(table(200_000, raters=2, values=17, gaps=0))
    assert many.units == 200_000 and len(many.rows) <= 153
    begun = time.process_time()
    bounds = bootstrap.of_patterns(closed.alpha, many)
    assert bounds is not None and time.process_time() - begun < 10
    assert measures.alpha(many) == pytest.approx((bounds[0] + bounds[1]) / 2, abs=0.002)


def test_wilson_and_newcombe_against_published_figures() -> None:
    """Newcombe 1998, 'Two-sided confidence intervals', tables I and II."""
    share = wilson(81, 263)
    assert (share.low, share.high) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20)[3:] == pytest.approx((0, 0.1611), abs=5e-5)
    assert wilson(0, 0).value is None
    found = difference(wilson(56, 70), wilson(48, 80))
    assert found == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    assert difference(wilson(1, 2), wilson(0, 0)) is None
    with pytest.raises(ValueError, match="3 of 2"):
        wilson(3, 2)
