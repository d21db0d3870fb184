"""Optimizers by name: what one step does, and which weights are decayed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from training.backend import keras, tf
from training.optimizers import make_optimizer


def one_step(config: dict[str, Any], *, rate: float = 0.1, steps: int = 1) -> dict[str, float]:
    """Weights that began as 1, by name, after steps with a gradient of 2."""
    inputs = keras.Input((1,))
    outputs = keras.layers.Dense(1, name="dense")(keras.layers.LayerNormalization(name="norm")(inputs))
    model = keras.Model(inputs, outputs)
    model.set_weights([np.ones_like(weight) for weight in model.get_weights()])
    optimizer = make_optimizer(config, rate)
    for _ in range(steps):
        optimizer.apply([tf.fill(w.shape, 2.0) for w in model.trainable_variables], model.trainable_variables)
    return {weight.name: float(np.ravel(weight)[0]) for weight in model.trainable_variables}


def test_adamw_decays_all_weights_as_published() -> None:
    """Adam's first step is the learning rate; decay takes rate x decay x weight before it."""
    found = one_step({"name": "adamw", "weight_decay": 0.5})
    assert found == pytest.approx(dict.fromkeys(["gamma", "beta", "kernel", "bias"], 0.85), abs=1e-5)


def test_decay_leaves_out_biases_and_norms_where_asked() -> None:
    found = one_step({"name": "adamw", "weight_decay": 0.5, "decay_all": False})
    assert found == pytest.approx({"gamma": 0.9, "beta": 0.9, "kernel": 0.85, "bias": 0.9}, abs=1e-5)


def test_sgd_with_momentum_by_hand() -> None:
    """Momentum .5, gradient 2, rate .1: steps of .2 and .3; Nesterov looks half a step ahead."""
    plain = {"name": "sgd", "momentum": 0.5, "nesterov": False}
    assert one_step(plain, steps=2)["kernel"] == pytest.approx(1 - 0.2 - 0.3)
    assert one_step({**plain, "nesterov": True}, steps=2)["kernel"] == pytest.approx(1 - 0.3 - 0.35)
    assert one_step({**plain, "weight_decay": 0.5})["kernel"] == pytest.approx(0.95 - 0.2)


def test_adam_has_no_decay_unless_asked() -> None:
    assert one_step({"name": "adam"})["kernel"] == pytest.approx(0.9, abs=1e-5)
    assert make_optimizer({"name": "adam"}, 0.1).weight_decay is None


def test_clipping_is_of_all_gradients_together() -> None:
    """Four gradients of 2 have the length 4; of length 1 each is a half."""
    config = {"name": "sgd", "momentum": 0.0, "clip_norm": 1.0}
    assert one_step(config)["kernel"] == pytest.approx(1 - 0.1 * 0.5)


def test_defaults_are_those_of_the_published_training() -> None:
    optimizer = make_optimizer({"name": "adamw"}, 5e-5)
    assert (optimizer.weight_decay, optimizer.beta_1, optimizer.beta_2, optimizer.epsilon) == (
        *(5e-5, 0.9, 0.999, 1e-7),
    )
    assert not optimizer.amsgrad


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"name": "lion"}, "name must be one of adam, adamw, sgd, got 'lion'"),
        ({"name": "adam", "momentum": 0.9}, "adam has no option 'momentum'"),
        ({"name": "adamw", "weight_decay": -1}, "weight_decay must be from 0 to 1, got -1"),
        ({"name": "adamw", "beta_1": 1.0}, "beta_1 must be at least 0 and below 1, got 1.0"),
        ({"name": "adamw", "epsilon": 0.0}, "epsilon must be above 0"),
        ({"name": "sgd", "nesterov": 1}, "nesterov must be of the kind of True, got 1"),
        ({"name": "sgd", "clip_norm": -1.0}, "clip_norm must be at least 0"),
    ],
)
def test_refused(config: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        make_optimizer(config, 0.1)
