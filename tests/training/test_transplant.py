"""Weights go by layer name, all or none, and the report says what became of each layer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from inference.errors import ModelError
from training.backend import keras
from training.models.convnext import build_convnext
from training.transplant import transplant

SMALL: dict[str, Any] = {"blocks": (1, 1), "width": 4, "expansion": 2}
ENCODER_LAYERS = [
    "convNeXt0_downSample_conv2D",
    "convNeXt0_downSample_layerNormalization",
    "convNeXt0_block0_5x5_dconv2D",
    "convNeXt0_block0_layerNormalization",
    "convNeXt0_block0_expand_conv2D",
    "convNeXt0_block0_smooth_conv2D",
    "convNeXt1_downSample_layerNormalization",
    "convNeXt1_downSample_conv2D",
    "convNeXt1_block0_5x5_dconv2D",
    "convNeXt1_block0_layerNormalization",
    "convNeXt1_block0_expand_conv2D",
    "convNeXt1_block0_smooth_conv2D",
    "output_layerNormalization",
]


def _model(classes: int = 3, image_size: int = 32, seed: int = 1, **options: Any) -> Any:
    return build_convnext(classes, image_size, **{**SMALL, **options}, seed=seed)


def _weights(model: Any) -> dict[str, list[np.ndarray]]:
    return {layer.name: layer.get_weights() for layer in model.layers if layer.weights}


def _same(one: list[np.ndarray], two: list[np.ndarray]) -> bool:
    return all(np.array_equal(first, second) for first, second in zip(one, two, strict=True))


def _pictures(size: int, count: int = 4) -> np.ndarray:
    return np.random.default_rng(size).uniform(0, 255, (count, size, size, 3)).astype(np.float32)


def _features(model: Any) -> Any:
    return keras.Model(model.input, model.get_layer("output_layerNormalization").output)


def test_an_encoder_trained_at_224_px_comes_into_a_classifier_at_96_px() -> None:
    encoder = _model(7, 224)
    encoder.compile(optimizer="adam", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    untrained = _weights(encoder)
    encoder.fit(_pictures(224), np.array([0, 1, 2, 6]), epochs=1, verbose=0)
    trained = _weights(encoder)
    assert not any(_same(trained[name], untrained[name]) for name in trained)

    classifier = _model(2, 96, seed=5)
    before = _weights(classifier)
    report = transplant(encoder, classifier)

    assert report.taken == ENCODER_LAYERS
    assert report.fresh == ["output_dense"]
    assert report.reasons == {"output_dense": "the classifier's last layer: its outputs are other classes"}
    assert (report.refused, report.differs) == ({}, {})
    assert list(report.unused) == ["output_dense"]
    after = _weights(classifier)
    assert all(_same(after[name], trained[name]) for name in ENCODER_LAYERS)
    assert _same(after["output_dense"], before["output_dense"])
    assert _same(_weights(encoder)["output_dense"], trained["output_dense"])
    assert classifier.output_shape == (None, 2)
    # The same network built at 96 px with all of the encoder's weights sees the same in a picture.
    same = _model(7, 96)
    same.set_weights(encoder.get_weights())
    np.testing.assert_array_equal(_features(classifier)(_pictures(96)), _features(same)(_pictures(96)))


def test_the_extras_travel_too() -> None:
    extras = {"layer_scale": 0.1, "squeeze_excitation": 2, "noise": 0.1, "stochastic_depth": 0.2}
    encoder, classifier = _model(5, **extras), _model(3, 64, seed=2, **extras)
    report = transplant(encoder, classifier)
    assert "convNeXt1_block0_squeezeExcitation" in report.taken
    assert "convNeXt0_block0_layerScale" in report.taken
    assert (report.fresh, report.refused, report.differs) == (["output_dense"], {}, {})


def test_the_head_comes_only_when_asked_for_and_fitting() -> None:
    encoder, classifier = _model(3), _model(3, 48, seed=2)
    assert transplant(encoder, classifier, head=True).fresh == []
    assert _same(_weights(classifier)["output_dense"], _weights(encoder)["output_dense"])

    report = transplant(encoder, _model(2, seed=2), head=True)
    assert report.refused == {
        "output_dense": "weights must have the shapes [(8, 2), (2,)], got [(8, 3), (3,)]"
    }
    assert report.unused == report.refused


def test_what_has_no_counterpart_stays_fresh_and_is_named() -> None:
    classifier = _model(kernel_size=7, layer_scale=0.1, seed=2)
    before = _weights(classifier)
    report = transplant(_model(), classifier)
    missing = [
        *("convNeXt0_block0_7x7_dconv2D", "convNeXt0_block0_layerScale"),
        *("convNeXt1_block0_7x7_dconv2D", "convNeXt1_block0_layerScale"),
    ]
    assert report.fresh == [*missing, "output_dense"]
    assert {report.reasons[name] for name in missing} == {"the encoder has no layer of this name"}
    assert report.unused == {
        "convNeXt0_block0_5x5_dconv2D": "the classifier has no layer of this name",
        "convNeXt1_block0_5x5_dconv2D": "the classifier has no layer of this name",
        "output_dense": "the classifier's last layer: its outputs are other classes",
    }
    assert all(_same(_weights(classifier)[name], before[name]) for name in missing)


def test_other_shapes_are_refused_and_the_rest_is_taken() -> None:
    classifier = _model(reduce="max-pool", seed=2)
    before = _weights(classifier)
    report = transplant(_model(), classifier)
    name = "convNeXt1_downSample_conv2D"
    assert report.refused == {name: "weights must have the shapes [(1, 1, 4, 8)], got [(2, 2, 4, 8)]"}
    assert report.taken == [one for one in ENCODER_LAYERS if one != name]
    assert _same(_weights(classifier)[name], before[name])


def test_layers_that_fit_but_compute_otherwise_are_named() -> None:
    report = transplant(_model(activation="relu"), _model(seed=2))
    assert report.differs == {
        name: "activation 'relu' in the encoder, 'gelu' here"
        for name in ("convNeXt0_block0_expand_conv2D", "convNeXt1_block0_expand_conv2D")
    }


def test_another_scaling_of_pixels_is_named() -> None:
    def scaled(scale: float) -> Any:
        x = inputs = keras.Input((4, 4, 3))
        x = keras.layers.Rescaling(scale, name="rescale")(x)
        x = keras.layers.Conv2D(2, 1, name="conv")(x)
        x = keras.layers.GlobalAveragePooling2D(name="gap")(x)
        return keras.Model(inputs, keras.layers.Dense(2, name="dense")(x))

    report = transplant(scaled(0.5), scaled(2.0))
    assert report.taken == ["conv"]
    assert report.differs == {"rescale": "scale 0.5 in the encoder, 2.0 here"}


def test_a_layer_of_another_kind_is_refused() -> None:
    def normed(kind: Any) -> Any:
        inputs = keras.Input((4,))
        x = keras.layers.Dense(4, name="first")(inputs)
        return keras.Model(inputs, keras.layers.Dense(2, name="last")(kind(name="norm")(x)))

    report = transplant(normed(keras.layers.BatchNormalization), normed(keras.layers.LayerNormalization))
    assert report.refused == {"norm": "must be a LayerNormalization, got a BatchNormalization"}


def test_nothing_that_matches_is_an_error_and_changes_nothing() -> None:
    classifier = _model(width=8)
    before = _weights(classifier)
    reason = (
        r"nothing in convnext fits .*; 13 have the name only, convNeXt0_downSample_conv2D first: "
        r"weights must have the shapes \[\(4, 4, 3, 8\)\], got \[\(4, 4, 3, 4\)\]"
    )
    with pytest.raises(ModelError, match=reason):
        transplant(_model(), classifier)
    assert all(_same(_weights(classifier)[name], before[name]) for name in before)


def test_a_broken_weight_anywhere_leaves_the_target_as_it_was() -> None:
    encoder, classifier = _model(), _model(seed=2)
    gain = encoder.get_layer("output_layerNormalization").gamma
    gain.assign(np.where(np.arange(8) == 3, np.nan, 1))
    before = _weights(classifier)
    with pytest.raises(
        ModelError, match="weight output_layerNormalization/gamma must be finite numbers, got nan"
    ):
        transplant(encoder, classifier)
    assert all(_same(_weights(classifier)[name], before[name]) for name in before)
