"""Learning rates by hand, and through a file."""

from __future__ import annotations

from typing import Any

import pytest

from training.backend import keras, tf
from training.schedules import make_schedule


def rates(config: dict[str, Any], steps_per_epoch: int, steps: list[int]) -> list[float]:
    schedule = make_schedule(config, steps_per_epoch)
    return [float(schedule(step)) for step in steps]


def test_triangle_by_hand() -> None:
    """4 epochs of 5 steps up from a quarter, 20 steps down, and again."""
    config = {"name": "cyclical", "learning_rate": 0.004, "step": 4}
    found = rates(config, 5, [0, 10, 20, 30, 40, 60, 80])
    assert found == pytest.approx([0.001, 0.0025, 0.004, 0.0025, 0.001, 0.004, 0.001])


def test_triangle_halving_in_steps_by_hand() -> None:
    """The published script: half a cycle is a number of steps, each cycle half as high as the one before."""
    config = {"name": "cyclical", "learning_rate": 0.004, "steps": 10, "policy": "triangular2"}
    found = rates(config, 999, [0, 10, 20, 30, 50, 55])
    assert found == pytest.approx([0.001, 0.004, 0.001, 0.0025, 0.00175, 0.001375])


def test_a_late_step_is_where_it_should_be() -> None:
    """Step 2^24 + 1 is not to be rounded to 2^24."""
    config = {"name": "cyclical", "learning_rate": 0.004, "steps": 2}
    late = tf.constant([2**24 + 1, 2**24 + 2, 2**24 + 3], tf.int64)
    schedule = make_schedule(config, 1)
    assert [float(schedule(step)) for step in late] == pytest.approx([0.0025, 0.004, 0.0025])


def test_constant_and_cosine_by_hand() -> None:
    assert rates({"name": "constant", "learning_rate": 0.01}, 7, [0, 1000]) == pytest.approx([0.01, 0.01])
    config = {"name": "cosine", "learning_rate": 0.8, "epochs": 10, "minimum": 0.25}
    assert rates(config, 2, [0, 10, 20, 99]) == pytest.approx([0.8, 0.5, 0.2, 0.2])
    warm = {"name": "cosine", "learning_rate": 0.8, "epochs": 10, "warmup": 2, "minimum": 0.0}
    assert rates(warm, 2, [0, 2, 4, 12, 20]) == pytest.approx([0.0, 0.4, 0.8, 0.4, 0.0], abs=1e-7)


@pytest.mark.parametrize(
    "config",
    [
        {"name": "cyclical", "learning_rate": 0.004, "policy": "triangular2"},
        {"name": "constant"},
        {"name": "cosine", "warmup": 2},
    ],
)
def test_there_and_back_through_a_file(config: dict[str, Any]) -> None:
    schedule = make_schedule(config, 3)
    again = keras.optimizers.schedules.deserialize(keras.optimizers.schedules.serialize(schedule))
    assert type(again) is type(schedule)
    assert [float(again(step)) for step in (0, 7, 31)] == [float(schedule(step)) for step in (0, 7, 31)]


def test_an_optimizer_follows_it_in_a_graph() -> None:
    schedule = make_schedule({"name": "cyclical", "learning_rate": 0.004, "steps": 2}, 1)
    optimizer = keras.optimizers.SGD(schedule)
    weight = keras.Variable(0.0)

    @tf.function
    def step() -> None:
        optimizer.apply([tf.constant(1.0)], [weight])

    optimizer.build([weight])
    step()
    step()
    assert float(weight) == pytest.approx(-0.001 - 0.0025)
    assert float(optimizer.learning_rate) == pytest.approx(0.004)


@pytest.mark.parametrize(
    ("config", "steps", "reason"),
    [
        ({"name": "exponential"}, 1, "name must be one of constant, cosine, cyclical, got 'exponential'"),
        ({"name": "constant", "learning_rate": 0.0}, 1, "learning_rate must be above 0, got 0.0"),
        ({"name": "constant"}, 0, "steps_per_epoch must be at least 1, got 0"),
        ({"name": "cyclical", "step": 0.1}, 1, "step must make at least one step, got 0.1"),
        ({"name": "cyclical", "divisor": 0.5}, 1, "divisor must be at least 1, got 0.5"),
        (
            {"name": "cyclical", "policy": "saw"},
            1,
            "policy must be one of .*, got 'saw'",
        ),
        (
            {"name": "cosine", "epochs": 3, "warmup": 4},
            1,
            "warmup must be from 0 to the epochs, 3.0",
        ),
        ({"name": "cosine", "epochs": 3, "warmup": 3}, 1, "epochs must be more than the warm-up, got 3.0"),
    ],
)
def test_refused(config: dict[str, Any], steps: int, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        make_schedule(config, steps)
