"""Networks by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from training.models.networks import build_network


def test_the_same_seed_gives_the_same_small_network() -> None:
    from training.backend import tf

    one, same, other = (build_network({"name": "cnn", "filters": [4, 8]}, 3, 32, seed=n) for n in (1, 1, 2))
    assert one.input_shape == (None, 32, 32, 3) and one.output_shape == (None, 3)
    assert [layer.name for layer in one.layers if layer.name.startswith("conv")] == ["conv0", "conv1"]
    for left, right in zip(one.get_weights(), same.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)
    assert (one.get_weights()[0] != other.get_weights()[0]).any()
    # A stain in one corner reaches the logits as such, whatever the size of the rest.
    dark = np.full((1, 32, 32, 3), 200, np.float32)
    dark[:, :8, :8] = 0
    plain = np.full((1, 32, 32, 3), 200, np.float32)
    assert not np.allclose(one(tf.constant(dark)), one(tf.constant(plain)))


def test_a_convnext_has_its_options() -> None:
    found = build_network({"name": "convnext", "blocks": [1, 1], "width": 8, "expansion": 2}, 2, 32, seed=1)
    assert "convNeXt1_block0_add" in {layer.name for layer in found.layers}


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({"name": "cnn", "filters": []}, "filters must be at least one whole number"),
        ({"name": "cnn", "filters": [4, 4, 4, 4, 4, 4]}, "image_size must be a whole number of at least 64"),
        ({"name": "cnn", "dropout": 1.0}, "dropout must be at least 0 and below 1"),
        ({"name": "convnext", "width": 0}, "width must be a whole number"),
    ],
)
def test_wrong_options_are_named(config: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        build_network(config, 2, 32, seed=1)
