"""The builder is the published architecture: counts, names, layer options."""

from __future__ import annotations

import json
import zipfile
from typing import Any

import numpy as np
import pytest

from tests.shared import PUBLISHED_MODEL
from training.models.convnext import build_convnext
from training.models.count import count_parameters
from training.models.options import ConvNeXtOptions


@pytest.mark.parametrize(
    ("classes", "image_size", "options", "parameters"),
    [
        (21_000, 224, {}, 43_762_344),
        (17, 96, {}, 27_626_417),
        (17, 96, {"width": 24, "expansion": 2}, 955_385),
    ],
)
def test_published_parameter_counts(
    classes: int, image_size: int, options: dict[str, Any], parameters: int
) -> None:
    """By arithmetic, which test_convnext_extras.py holds against networks that are built."""
    assert count_parameters(ConvNeXtOptions(classes, image_size, **options)) == parameters


@pytest.mark.parametrize(
    ("options", "parameters"), [({}, 27_626_417), ({"width": 24, "expansion": 2}, 955_385)]
)
def test_the_built_networks_have_them(options: dict[str, Any], parameters: int) -> None:
    model = build_convnext(17, 96, **options)
    assert model.count_params() == parameters
    assert model.input_shape == (None, 96, 96, 3)
    assert model.output_shape == (None, 17)


@pytest.mark.shared_data
def test_layers_are_those_of_the_published_model() -> None:
    """Every layer with its name and the options that decide its output, in network order."""
    with zipfile.ZipFile(PUBLISHED_MODEL) as archive:
        published = json.loads(archive.read("config.json"))["config"]["layers"]
    # Keras 2 wrote a sum of tensors as an anonymous layer; the crop to 96 px is an identity at 96 px.
    ignored = ("TFOpLambda", "RandomCrop", "InputLayer")
    expected = [
        _facts(one["class_name"], one["config"]) for one in published if one["class_name"] not in ignored
    ]
    model = build_convnext(17, 96, width=24, expansion=2)
    built = [
        _facts(type(layer).__name__, layer.get_config())
        for layer in model.layers
        if type(layer).__name__ not in ("Add", "InputLayer")
    ]
    assert built == expected
    assert sum(type(layer).__name__ == "Add" for layer in model.layers) == 18


def _facts(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    keys = ("name", "filters", "units", "kernel_size", "strides", "padding", "use_bias", "activation")
    facts = {key: config[key] for key in keys if key in config}
    facts = {key: list(value) if isinstance(value, tuple) else value for key, value in facts.items()}
    if kind == "LayerNormalization":
        facts["epsilon"] = config["epsilon"]
    if kind == "Rescaling":
        facts |= {"scale": config["scale"], "offset": config["offset"]}
    for key in ("kernel_regularizer", "depthwise_regularizer"):
        if config.get(key):
            facts["l2"] = round(config[key]["config"]["l2"], 9)
    return {"kind": kind, **facts}


def test_pixels_are_scaled_in_the_model() -> None:
    rescale = build_convnext(3, 32, blocks=(1, 1), width=4).get_layer("rescale")
    scaled = rescale(np.array([[[[0, 127.5, 255]]]], np.float32))
    np.testing.assert_allclose(np.ravel(scaled), [-1, 0, 1], atol=1e-6)


def test_a_seed_fixes_the_weights_and_layers_differ() -> None:
    def weights(seed: int | None) -> list[np.ndarray]:
        return build_convnext(3, 32, blocks=(2, 1), width=4, seed=seed).get_weights()

    first, again, other = weights(1), weights(1), weights(2)
    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    assert any(not np.array_equal(one, two) for one, two in zip(first, other, strict=True))
    model = build_convnext(3, 32, blocks=(2, 1), width=4, seed=1)
    depthwise = [model.get_layer(f"convNeXt0_block{n}_5x5_dconv2D").get_weights()[0] for n in (0, 1)]
    assert not np.array_equal(*depthwise), "layers of one shape must not begin with the same weights"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"classes": 0}, "classes must be .* got 0"),
        ({"width": -1}, "width must be .* got -1"),
        ({"blocks": (3, 0)}, r"blocks\[1\] must be .* got 0"),
        ({"blocks": ()}, "blocks must name at least one stage"),
        ({"image_size": 31}, "image_size must be at least 32 px for 4 stages.* got 31"),
        ({"activation": "gulu"}, "activation must be .* got 'gulu'"),
        ({"activation": None}, "activation must be .* got None"),
        ({"kernel_size": 2.5}, "kernel_size must be a whole number .* got 2.5"),
        ({"l2": -1e-4}, "l2 must be .* at least 0, got -0.0001"),
        ({"layer_scale": float("nan")}, "layer_scale must be a finite number, got nan"),
        ({"squeeze_excitation": 0}, "squeeze_excitation must be a whole number of at least 1, got 0"),
        ({"squeeze_excitation": 5}, "squeeze_excitation must leave at least one channel of the 4 .* got 5"),
        ({"noise": 1.5}, "noise must be at most 1 .* got 1.5"),
        ({"noise": "0.1"}, "noise must be a finite number of at least 0, got '0.1'"),
        ({"reduce": "mean"}, "reduce must be one of conv, max-pool; got 'mean'"),
        ({"stochastic_depth": 1}, "stochastic_depth must be less than 1.* got 1"),
    ],
)
def test_wrong_arguments_are_named(arguments: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        build_convnext(**{"classes": 2, "image_size": 32, "width": 4, **arguments})


def test_it_learns_two_colours() -> None:
    """The gradient reaches the stem: a handful of steps tell red from blue."""
    from training.backend import keras

    keras.utils.set_random_seed(1)
    rng = np.random.default_rng(0)
    pictures = rng.uniform(0, 60, (32, 32, 32, 3)).astype(np.float32)
    labels = np.arange(32) % 2
    pictures[labels == 0, ..., 0] += 150
    pictures[labels == 1, ..., 2] += 150
    model = build_convnext(2, 32, blocks=(1, 1), width=8, expansion=2, seed=1)
    stem = model.get_layer("convNeXt0_downSample_conv2D").get_weights()[0]
    model.compile(
        optimizer=keras.optimizers.Adam(0.003),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    model.fit(pictures, labels, batch_size=16, epochs=6, verbose=0)
    assert model.evaluate(pictures, labels, verbose=0)[1] == 1.0
    assert not np.array_equal(model.get_layer("convNeXt0_downSample_conv2D").get_weights()[0], stem)
