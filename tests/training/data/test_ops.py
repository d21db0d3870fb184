"""Each op: what it does to a picture small enough to be worked out by hand, alone and inside tf.data."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from training.backend import tf
from training.data.augment import Augmentation, Step
from training.data.ops import OPS, find_op, register
from training.data.ops.blur import blurred
from training.data.ops.colour_jitter import brightened, contrasted, saturated, turned
from training.data.ops.random_resized_crop import centred_box, crop_box
from training.data.ops.shear import sheared_x, sheared_y
from training.data.ops.translate import moved_x, moved_y

SEED = [11, 12]
SIDE = 6


def grey(*rows: list[float]) -> Any:
    """A picture whose three channels are these rows."""
    return tf.repeat(tf.constant(rows, tf.float32)[..., None], 3, axis=2)


def rows_of(picture: Any) -> list[list[float]]:
    """The first channel; the others must be the same."""
    values = picture.numpy()
    assert (values == values[..., :1]).all()
    return [[round(float(value), 3) for value in row] for row in values[..., 0]]


def noise(seed: int = 0, side: int = SIDE) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)


def step(name: str, **config: Any) -> Step:
    return Step.from_config({"name": name, "probability": 1, **config})


def seeds(count: int) -> list[Any]:
    return [tf.constant([number, 5], tf.int64) for number in range(count)]


PICTURE = [[0.0, 10.0, 20.0], [30.0, 40.0, 250.0]]


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("flip_left_right", {}, [[20, 10, 0], [250, 40, 30]]),
        ("flip_up_down", {}, [[30, 40, 250], [0, 10, 20]]),
        ("rotate_90", {}, [[20, 250], [10, 40], [0, 30]]),
        ("rotate_180", {}, [[250, 40, 30], [20, 10, 0]]),
        ("rotate_270", {}, [[30, 0], [40, 10], [250, 20]]),
        ("invert", {}, [[255, 245, 235], [225, 215, 5]]),
        ("grayscale", {}, PICTURE),
        # Below 0.1 x 255 = 25.5 values get 0.2 x 255 = 51.
        ("solarize_add", {"addition": 0.2, "threshold": 0.1}, [[51, 61, 71], [30, 40, 250]]),
        ("solarize_add", {"addition": -0.05, "threshold": 0.5}, [[0, 0, 7.25], [17.25, 27.25, 250]]),
        ("solarize_add", {"addition": 0.2, "threshold": 1}, [[51, 61, 71], [81, 91, 255]]),
        ("gaussian_noise", {"max_sd": 0}, PICTURE),
        ("shear_x", {"proportion": 0}, PICTURE),
        ("translate_y", {"proportion": 0}, PICTURE),
        ("colour_jitter", {"brightness": 0, "contrast": 0, "saturation": 0, "hue": 0}, PICTURE),
    ],
)
def test_known_effect(name: str, options: dict[str, Any], expected: list[list[float]]) -> None:
    found = step(name, **options).apply(grey(*PICTURE), tf.constant(SEED, tf.int64), SIDE)
    assert np.allclose(rows_of(found), expected, atol=1e-3)


def test_grayscale_weighs_the_channels() -> None:
    picture = tf.constant([[[100.0, 0, 0], [0, 100, 0], [0, 0, 100], [255, 255, 255]]])
    found = step("grayscale").apply(picture, tf.constant(SEED, tf.int64), SIDE)
    assert np.allclose(rows_of(found), [[29.9, 58.7, 11.4, 255]], atol=1e-3)


def test_shear_moves_rows_or_columns_about_the_middle() -> None:
    picture = grey([10, 20, 30], [40, 50, 60], [70, 80, 90])
    assert rows_of(sheared_x(picture, 1.0)) == [[20, 30, 30], [40, 50, 60], [70, 70, 80]]
    assert rows_of(sheared_x(picture, 0.5)) == [[15, 25, 30], [40, 50, 60], [70, 75, 85]]
    assert rows_of(sheared_y(picture, 1.0)) == [[40, 20, 30], [70, 50, 30], [70, 80, 60]]


def test_translate_moves_whole_pixels_and_the_edge_goes_on() -> None:
    picture = grey([10, 20, 30, 40], [50, 60, 70, 80])
    assert rows_of(moved_x(picture, 0.25)) == [[10, 10, 20, 30], [50, 50, 60, 70]]
    assert rows_of(moved_x(picture, -0.6)) == [[30, 40, 40, 40], [70, 80, 80, 80]]
    assert rows_of(moved_x(picture, 0.1)) == rows_of(picture)
    assert rows_of(moved_y(picture, 0.5)) == [[10, 20, 30, 40], [10, 20, 30, 40]]
    assert rows_of(moved_y(picture, -0.5)) == [[50, 60, 70, 80], [50, 60, 70, 80]]


def test_blur_spreads_a_point_by_the_gaussian() -> None:
    point = grey([0, 0, 0], [0, 90, 0], [0, 0, 0])
    side = math.exp(-1 / 2)
    middle = 1 / (1 + 2 * side)
    side *= middle
    expected = np.outer([side, middle, side], [side, middle, side]) * 90
    assert np.allclose(blurred(point, 1.0, 1)[..., 0], expected, atol=1e-4)
    # At the edge the pixels of the edge go on, so that an even picture stays even.
    assert np.allclose(blurred(grey([80, 80], [80, 80]), 2.0, 6), 80, atol=1e-3)


def test_colour_jitter_is_made_of_four_changes() -> None:
    picture = tf.constant([[[100.0, 50, 0], [200, 200, 200]]])
    assert brightened(picture, 1.5).numpy().tolist() == [[[150, 75, 0], [255, 255, 255]]]
    luma = 0.299 * 100 + 0.587 * 50
    mean = (luma + 200) / 2
    expected = [[[(mean + value) / 2 for value in (100, 50, 0)], [(mean + 200) / 2] * 3]]
    assert np.allclose(contrasted(picture, 0.5), expected, atol=1e-3)
    expected = [[[(luma + value) / 2 for value in (100, 50, 0)], [200] * 3]]
    assert np.allclose(saturated(picture, 0.5), expected, atol=1e-3)
    red = tf.constant([[[255.0, 0, 0]]])
    assert np.allclose(turned(red, 1 / 3), [[[0, 255, 0]]], atol=0.1)
    assert np.allclose(turned(red, -1 / 3), [[[0, 0, 255]]], atol=0.1)


def test_colour_jitter_draws_factors_within_its_bounds() -> None:
    picture = tf.fill([1, 1, 3], 100.0)
    jitter = step("colour_jitter", brightness=0.4, contrast=0, saturation=0, hue=0)
    found = [float(jitter.apply(picture, seed, SIDE)[0, 0, 0]) for seed in seeds(60)]
    assert 60 <= min(found) < 75
    assert 125 < max(found) <= 140


def test_noise_has_the_deviation_that_was_drawn() -> None:
    picture = tf.fill([64, 64, 3], 128.0)
    found = [
        float(np.std(step("gaussian_noise", max_sd=0.1).apply(picture, seed, SIDE))) for seed in seeds(40)
    ]
    assert 0 <= min(found) < 5
    assert 20 < max(found) < 25.5 * 1.03


def test_moves_stay_within_their_proportion() -> None:
    ramp = grey([float(value) for value in range(100)])
    found = [
        float(step("translate_x", proportion=0.1).apply(ramp, seed, SIDE)[0, 50, 0]) - 50
        for seed in seeds(60)
    ]
    assert -10 <= min(found) < -6
    assert 6 < max(found) <= 10
    tall = tf.tile(ramp, [21, 1, 1])
    found = [
        float(step("shear_x", proportion=0.5).apply(tall, seed, SIDE)[0, 50, 0]) - 50 for seed in seeds(60)
    ]
    assert -5 <= min(found) < -3.5  # the first row is 10 from the middle one
    assert 3.5 < max(found) <= 5


def test_a_crop_of_all_is_the_picture_resized() -> None:
    picture = noise(side=8)
    crop = step("random_resized_crop", scale=[1, 1], ratio=[1, 1])
    found = crop.apply(tf.constant(picture), tf.constant(SEED, tf.int64), 5)
    assert (found.numpy() == tf.image.resize(picture, (5, 5)).numpy()).all()


def test_crops_have_the_area_and_ratio_asked_for_and_lie_anywhere() -> None:
    boxes = np.array(
        [[int(n) for n in crop_box([90, 120, 3], seed, (0.08, 1.0), (3 / 4, 4 / 3))] for seed in seeds(150)]
    )
    top, left, high, wide = boxes.T
    assert top.min() == left.min() == 0
    assert (top + high).max() == 90
    assert (left + wide).max() == 120
    area, ratio = high * wide / (90 * 120), wide / high
    assert 0.075 < area.min() < 0.15
    assert 0.85 < area.max() <= 1
    assert 0.73 < ratio.min() < 0.8
    assert 1.25 < ratio.max() < 1.36
    # Evenly on a logarithmic scale: as many wide as high ones, though the picture favours wide ones somewhat.
    assert 0.35 < (ratio > 1).mean() < 0.75
    assert len(np.unique(boxes, axis=0)) > 140


@pytest.mark.parametrize(
    ("shape", "ratio", "expected"),
    [
        ((40, 400), (0.75, 1.25), (0, 175, 40, 50)),
        ((400, 40), (0.8, 1.25), (175, 0, 50, 40)),
        ((40, 42), (0.75, 1.3), (0, 0, 40, 42)),
    ],
)
def test_where_no_try_fits_the_middle_is_taken(
    shape: tuple[int, int], ratio: tuple[float, float], expected: tuple[int, ...]
) -> None:
    if shape == (40, 42):
        assert centred_box(tf.constant([40.0, 42.0]), ratio).numpy().tolist() == [40, 42]
        return
    # All of the area with a ratio far from that of the picture fits in none of the tries.
    assert tuple(int(n) for n in crop_box([*shape, 3], seeds(1)[0], (1, 1), ratio)) == expected


@pytest.mark.parametrize("name", sorted(OPS))
def test_the_same_alone_and_inside_tf_data(name: str) -> None:
    augment = Augmentation.from_config({"ops": [{"name": name, "probability": 0.7}]})
    pictures, places = np.stack([noise(n) for n in range(4)]), np.array([[n, 3] for n in range(4)], np.int64)
    alone = [
        augment.picture(tf.constant(picture), tf.constant(place), SIDE).numpy()
        for picture, place in zip(pictures, places, strict=True)
    ]
    inside = tf.data.Dataset.from_tensor_slices((pictures, places)).map(
        lambda picture, place: augment.picture(picture, place, SIDE)
    )
    assert inside.element_spec == tf.TensorSpec((SIDE, SIDE, 3), tf.float32)
    for one, other in zip(alone, inside.as_numpy_iterator(), strict=True):
        assert one.dtype == np.float32
        assert one.min() >= 0
        assert one.max() <= 255
        assert np.allclose(one, other, atol=2e-3)


@pytest.mark.parametrize("name", sorted(OPS))
def test_probability_0_is_the_picture_itself_and_between_some_are_left(name: str) -> None:
    picture = tf.constant(noise(9))
    found = step(name, probability=0).apply(picture, tf.constant(SEED, tf.int64), SIDE)
    assert found.dtype == tf.float32
    assert (found.numpy() == picture.numpy()).all()
    half = step(name, probability=0.5)
    changed = [bool((half.apply(picture, seed, SIDE).numpy() != picture.numpy()).any()) for seed in seeds(24)]
    assert {True, False} == set(changed)


def test_a_name_is_registered_once() -> None:
    with pytest.raises(ValueError, match="there is an op 'invert' already, in training.data.ops.invert"):
        register("invert")(lambda picture, seed: picture)
    assert OPS["invert"].function.__module__ == "training.data.ops.invert"
    with pytest.raises(ValueError, match="unknown op 'swirl'; known are blur, colour_jitter, "):
        find_op("swirl")
