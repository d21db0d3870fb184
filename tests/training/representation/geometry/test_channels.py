"""The channels that vary, and where in a picture one answers, on models whose answer is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from training.representation.geometry.channels import (
    activation_map,
    overlay,
    save_overlay,
    variable_channels,
)


def test_most_variable_channels_with_the_pictures_at_both_ends() -> None:
    features = np.zeros((6, 4), np.float32)
    features[:, 1] = [3, -2, 0, 0, 5, 5]
    features[:, 3] = [100, 101, 100, 101, 100, 101]  # large, but hardly varies
    first, second = variable_channels(features, ["f", "e", "d", "c", "b", "a"], k=2, examples=3)
    assert (first.channel, second.channel) == (1, 3)
    assert first.highest == (("a", 5), ("b", 5), ("f", 3))
    assert first.lowest == (("e", -2), ("c", 0), ("d", 0))
    assert first.variance == pytest.approx(features[:, 1].var()) and second.variance == pytest.approx(0.25)
    assert second.mean == pytest.approx(100.5)


@pytest.fixture(scope="module")
def red_and_green() -> Any:
    """8 x 8 pictures to a 4 x 4 map: channel 0 is the mean red of 2 x 2 pixels, channel 1 the mean green."""
    from training.backend import keras

    pictures = keras.Input((8, 8, 3))
    conv = keras.layers.Conv2D(2, 2, strides=2, use_bias=False, name="conv")
    map_ = conv(pictures)
    kernel = np.zeros((2, 2, 3, 2), np.float32)
    kernel[:, :, 0, 0] = kernel[:, :, 1, 1] = 0.25
    conv.set_weights([kernel])
    features = keras.layers.GlobalAveragePooling2D(name="pool")(map_)
    return keras.Model(pictures, features)


def picture() -> np.ndarray:
    """Red above at the left, green below at the right."""
    pixels = np.zeros((8, 8, 3), np.float32)
    pixels[:4, :4, 0] = 200
    pixels[4:, 4:, 1] = 100
    return pixels


def test_map_of_a_channel(red_and_green: Any) -> None:
    from training.backend import keras

    expected = np.zeros((4, 4))
    expected[:2, :2] = 200
    assert activation_map(red_and_green, picture(), 0) == pytest.approx(expected)
    assert activation_map(red_and_green, picture(), 1, layer="conv") == pytest.approx(
        expected[::-1, ::-1] / 2
    )
    assert float(red_and_green(picture()[None])[0, 0]) == pytest.approx(expected.mean())

    # The same convolution within a network within a model, called there on twice the pixels.
    inner = keras.Model(red_and_green.inputs, red_and_green.get_layer("conv").output, name="inner")
    pixels = keras.Input((8, 8, 3))
    pool = red_and_green.get_layer("pool")  # shared: it takes another map there
    outer = keras.Model(pixels, pool(inner(keras.layers.Rescaling(2)(pixels))))
    assert activation_map(outer, picture(), 0) == pytest.approx(2 * expected)
    assert activation_map(outer, picture(), 0, layer="inner") == pytest.approx(2 * expected)

    assert activation_map(red_and_green, picture(), 0) == pytest.approx(expected)

    with pytest.raises(ValueError, match="channel must be 0 to 1, got 2"):
        activation_map(red_and_green, picture(), 2)
    with pytest.raises(ValueError, match="layer must be one of the model"):
        activation_map(red_and_green, picture(), 0, layer="nothing")
    with pytest.raises(ValueError, match="'pool' must give a map"):
        activation_map(red_and_green, picture(), 0, layer="pool")
    flat = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    with pytest.raises(ValueError, match="a layer that makes features of a map"):
        activation_map(flat, picture(), 0)


def test_overlay_is_light_where_the_channel_answers_and_the_picture_elsewhere(
    red_and_green: Any, tmp_path: Path
) -> None:
    path = save_overlay(tmp_path / "deep" / "one.png", red_and_green, picture(), 0)
    with Image.open(path) as image:
        assert image.format == "PNG" and image.size == (8, 8)
        pixels = np.asarray(image.convert("RGB"), np.float32)
    # 0.6 of the top of the ramp over 0.4 of the red.
    assert pixels[0, 0] == pytest.approx(0.6 * np.array([252, 255, 164]) + [80, 0, 0], abs=1)
    assert (pixels[5:, 5:] == picture()[5:, 5:]).all()
    between = np.asarray(overlay(np.zeros((4, 8, 3)), [[0.0, 1.0]]), np.float32).sum(axis=2)[0]
    assert (np.diff(between[2:6]) > 0).all()  # bilinear, not blocks
    constant = overlay(picture(), np.ones((4, 4)))
    assert (np.asarray(constant) == picture()).all()
