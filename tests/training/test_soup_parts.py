"""The parts of a soup by hand: exact means, who is kept, what does not go together."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.errors import ModelError
from training.soup.average import UniformMean
from training.soup.members import check_same_architecture
from training.soup.recipe import Scored, greedy, keep_best, threshold
from training.soup.scores import ScoreBook


def some_weights(seed: int) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [
        (random.normal(size=shape) * 10.0 ** random.integers(-4, 4, shape)).astype(np.float32)
        for shape in ((5, 7), (7,), ())
    ]


def mean_of(members: Sequence[Sequence[np.ndarray]]) -> list[np.ndarray]:
    """All at once, in float64."""
    return [
        (np.stack([array.astype(np.float64) for array in arrays]).sum(axis=0) / len(members)).astype(
            np.float32
        )
        for arrays in zip(*members, strict=True)
    ]


def test_a_uniform_soup_is_the_float64_mean_to_the_last_bit() -> None:
    members = [some_weights(seed) for seed in range(3)]
    mean = UniformMean()
    for member in members:
        mean.add(member)
    for found, wanted in zip(mean.mean(), mean_of(members), strict=True):
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, wanted)


def test_every_member_weighs_the_same_and_sums_keep_what_float32_would_lose() -> None:
    mean = UniformMean()
    for value in (0.0, 0.0, 3.0):
        mean.add([np.float32([value])])
    assert mean.mean()[0] == 1  # 1.5 where each new member is averaged with the soup before it
    lossy = UniformMean()
    for value in (1e9, 1.0, -1e9):
        lossy.add([np.float32([value])])
    assert lossy.mean()[0] == np.float32(1 / 3)  # 0 in float32


def test_trying_a_member_is_not_taking_it() -> None:
    one, two = some_weights(1), some_weights(2)
    mean = UniformMean()
    np.testing.assert_array_equal(mean.mean_with(one)[0], one[0])
    assert mean.count == 0
    with pytest.raises(ValueError, match="at least one member"):
        mean.mean()
    mean.add(one)
    tried = mean.mean_with(two)
    np.testing.assert_array_equal(mean.mean()[0], one[0])
    mean.add(two)
    for found, wanted in zip(mean.mean(), tried, strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_states_and_kept_statistics_are_the_first_members() -> None:
    mean = UniformMean(kept=[2])
    for value in (2, 4, 9):
        mean.add([np.uint32([value, 1]), np.float32([value]), np.float32([value])])
    state, weight, statistic = mean.mean()
    assert (state.tolist(), state.dtype, weight[0], statistic[0]) == ([2, 1], np.uint32, 5, 2)


def scored(*scores: float) -> list[Scored]:
    return [Scored(f"m{place}", f"{place:x}", score) for place, score in enumerate(scores)]


@pytest.mark.parametrize(
    ("scores", "percentile", "kept"),
    [
        ((0.5,), 60, ["m0"]),
        ((0.5,), 100, ["m0"]),
        ((0.1, 0.1, 0.1), 60, ["m0", "m1", "m2"]),  # equal scores are all at the percentile
        ((0.1, 0.4, 0.2, 0.3), 0, ["m1", "m3", "m2", "m0"]),
        ((0.1, 0.4, 0.2, 0.4), 100, ["m1", "m3"]),
        ((0.0, 0.1, 0.2, 0.3, 0.4, 0.5), 60, ["m5", "m4", "m3"]),  # the percentile is 0.3, interpolated
        ((0.0, 1.0), 60, ["m1"]),  # it is 0.6
    ],
)
def test_members_at_or_above_the_percentile_are_kept_best_first(
    scores: tuple[float, ...], percentile: float, kept: list[str]
) -> None:
    assert [one.name for one in keep_best(scored(*scores), percentile)] == kept


def test_the_percentile_is_interpolated() -> None:
    assert threshold([0.0, 1.0], 60) == pytest.approx(0.6)
    assert threshold([0.0, 0.1, 0.2, 0.3], 50) == pytest.approx(0.15)


def test_greedy_takes_what_does_not_make_the_soup_worse() -> None:
    """Weights are single numbers; the score of a mean is how near it is to 10."""
    values = {"m0": 8.0, "m1": 14.0, "m2": 2.0, "m3": 9.0, "m4": 10.0}
    tried: list[float] = []

    def score(weights: Any) -> float:
        tried.append(float(weights[0]))
        return -abs(tried[-1] - 10)

    mean = UniformMean()
    members = scored(0.9, 0.8, 0.7, 0.6, 0.5)
    decisions = greedy(members, lambda one: [np.float64(values[one.name])], score, mean)
    # 8: taken. (8+14)/2 = 11: nearer, taken. (8+14+2)/3 = 8: refused. (8+14+9)/3 = 10.33: taken.
    # (8+14+9+10)/4 = 10.25: taken; had means of means been kept, it would be 10 and a third of the weight.
    assert tried == pytest.approx([8, 11, 8, 31 / 3, 10.25])
    assert [one.accepted for one in decisions] == [True, True, False, True, True]
    assert mean.mean()[0] == 10.25


def test_an_equal_score_is_no_drop() -> None:
    mean = UniformMean()
    decisions = greedy(scored(0.9, 0.8), lambda one: [np.float32(1)], lambda weights: 0.5, mean)
    assert [one.accepted for one in decisions] == [True, True]


def test_scores_survive_and_half_a_line_does_not(tmp_path: Path) -> None:
    path = tmp_path / "scores.jsonl"
    book = ScoreBook(path)
    assert book.score("validate", "aa", lambda: 0.1 + 0.2) == 0.1 + 0.2
    with path.open("a") as file:
        file.write('{"set": "validate", "weights_sha256": "bb", "sc')
    again = ScoreBook(path)
    assert again.score("validate", "aa", lambda: pytest.fail("known")) == 0.1 + 0.2
    assert again.score("validate", "bb", lambda: 0.5) == 0.5
    assert again.score("train", "aa", lambda: 0.7) == 0.7
    assert [json.loads(line)["score"] for line in path.read_text().splitlines()] == [0.1 + 0.2, 0.5, 0.7]
    path.write_text("nonsense\n")
    with pytest.raises(ModelError, match="line 1"):
        ScoreBook(path)


def named(*arrays: tuple[str, Any]) -> dict[str, np.ndarray]:
    return {f"{place:05d} {name}": np.asarray(array) for place, (name, array) in enumerate(arrays)}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (named(("a/kernel", np.zeros((2, 3))), ("s_1/state", np.uint32([1]))), None),
        (
            named(("a/kernel", np.zeros((3, 2))), ("s/state", np.uint32([1]))),
            "a/kernel (2, 3), this has a/kernel (3, 2)",
        ),
        (
            named(("b/kernel", np.zeros((2, 3))), ("s/state", np.uint32([1]))),
            "has a/kernel (2, 3), this has b/kernel",
        ),
        (named(("a/kernel", np.zeros((2, 3)))), "only the model has s/state"),
        (
            named(("a/kernel", np.zeros((2, 3))), ("s/state", np.uint32([1])), ("c/bias", np.zeros(1))),
            "only this one has c/bias",
        ),
    ],
)
def test_the_first_difference_of_architectures_is_named(
    given: dict[str, np.ndarray], reason: str | None
) -> None:
    base = named(("a/kernel", np.zeros((2, 3))), ("s/state", np.uint32([1])))
    if reason is None:
        check_same_architecture(base, given, "this one", "the model")
        return
    with pytest.raises(ModelError) as caught:
        check_same_architecture(base, given, "this one", "the model")
    assert reason in str(caught.value)


def test_members_with_equal_scores_have_one_order() -> None:
    members = [Scored("a", "03", 0.5), Scored("b", "01", 0.5), Scored("c", "02", 0.9)]
    for order in itertools.permutations(members):
        assert [one.name for one in keep_best(order, 0)] == ["c", "b", "a"]
