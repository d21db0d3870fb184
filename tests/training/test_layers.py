"""The layers that Keras does not have, against values computed by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from training.backend import keras, tf
from training.models.layers import LayerScale, SqueezeExcitation, StochasticDepth


def _values(*shape: int) -> np.ndarray:
    return np.random.default_rng(3).normal(size=shape).astype(np.float32)


def test_layer_scale_multiplies_each_channel() -> None:
    layer = LayerScale(0.25)
    x = _values(2, 3, 3, 4)
    np.testing.assert_array_equal(layer(x), x * 0.25)
    layer.gamma.assign([1, 2, 3, 4])
    np.testing.assert_array_equal(layer(x), x * np.array([1, 2, 3, 4], np.float32))


def test_squeeze_excitation_by_hand() -> None:
    layer = SqueezeExcitation(reduction=2, seed=1)
    x = _values(2, 3, 5, 5)
    result = layer(x)
    squeeze, excite = layer.get_weights()
    assert (squeeze.shape, excite.shape) == ((5, 2), (2, 5))
    hidden = np.maximum(x.mean(axis=(1, 2)) @ squeeze, 0)
    factors = 1 / (1 + np.exp(-(hidden @ excite)))
    np.testing.assert_allclose(result, x * factors[:, None, None, :], rtol=1e-5)
    with pytest.raises(ValueError, match="reduction must be at most the 3 channels, got 4"):
        SqueezeExcitation(4)(_values(1, 2, 2, 3))
    with pytest.raises(ValueError, match="reduction must be .* got 0"):
        SqueezeExcitation(0)


def test_stochastic_depth_drops_whole_pictures_and_keeps_the_mean() -> None:
    layer = StochasticDepth(0.25, seed=1)
    x = np.ones((4000, 2, 2, 3), np.float32)
    np.testing.assert_array_equal(layer(x, training=False), x)
    result = np.asarray(layer(x, training=True))
    per_picture = result.reshape(4000, -1)
    assert (per_picture == per_picture[:, :1]).all(), "a picture is kept or dropped as a whole"
    assert np.unique(per_picture[:, 0]).tolist() == pytest.approx([0, 1 / 0.75])
    assert (per_picture[:, 0] == 0).mean() == pytest.approx(0.25, abs=0.03)
    with pytest.raises(ValueError, match="rate must be .* got 1"):
        StochasticDepth(1)


@pytest.mark.parametrize(
    ("kind", "chosen"),
    [
        (LayerScale, {"initial": 0.5}),
        (SqueezeExcitation, {"reduction": 3, "l2": 0.1, "seed": 4}),
        (StochasticDepth, {"rate": 0.5, "seed": 4}),
    ],
    ids=["scale", "squeeze", "depth"],
)
def test_a_layer_comes_back_from_its_configuration(kind: Any, chosen: dict[str, Any]) -> None:
    layer = kind(**chosen, name="mine")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert type(again) is kind
    assert {**chosen, "name": "mine"}.items() <= again.get_config().items()
    x = _values(4, 3, 3, 6)
    np.testing.assert_array_equal(again(x, training=True), layer(x, training=True))
    assert [float(one) for one in again.losses] == [float(one) for one in layer.losses]
    assert layer.compute_output_shape(x.shape) == x.shape


@pytest.mark.parametrize(
    "make",
    [lambda: LayerScale(0.5), lambda: SqueezeExcitation(2, seed=1), lambda: StochasticDepth(0.5, seed=1)],
    ids=["scale", "squeeze", "depth"],
)
def test_a_graph_of_unknown_sizes_gives_what_eager_execution_gives(make: Callable[[], Any]) -> None:
    x = _values(5, 3, 3, 6)
    eager, graph = make(), make()
    graph.build(x.shape)
    function = tf.function(
        lambda one: graph(one, training=True), input_signature=[tf.TensorSpec((None, None, None, 6))]
    )
    np.testing.assert_allclose(function(x), eager(x, training=True), rtol=1e-6)
