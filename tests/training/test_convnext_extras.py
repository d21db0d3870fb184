"""What a ConvNeXt can have beyond the published one: off by default, and what each changes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.engine import load_engine
from inference.errors import ModelError
from inference.export_engine import save_model_folder
from training.backend import keras, tf
from training.load import load_trainable
from training.models.architecture import options_of
from training.models.convnext import build, build_convnext
from training.models.count import count_parameters
from training.models.options import ConvNeXtOptions
from training.models.precision import with_precision

SMALL: dict[str, Any] = {"blocks": (2, 1), "width": 4, "expansion": 2}
ALL: dict[str, Any] = {
    **SMALL,
    "kernel_size": 7,
    "activation": "relu",
    "l2": 2e-4,
    "layer_scale": 0.5,
    "squeeze_excitation": 2,
    "noise": 0.1,
    "reduce": "max-pool",
    "stochastic_depth": 0.4,
}


def _pictures(count: int = 4, size: int = 32) -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 255, (count, size, size, 3)).astype(np.float32)


def _names(**options: Any) -> list[str]:
    return [layer.name for layer in build_convnext(3, 32, **{**SMALL, **options}).layers]


@pytest.mark.parametrize(
    ("options", "added", "removed"),
    [
        ({"layer_scale": 1e-6}, {"convNeXt{}_layerScale"}, set()),
        ({"squeeze_excitation": 4}, {"convNeXt{}_squeezeExcitation"}, set()),
        ({"stochastic_depth": 0.1}, {"convNeXt{}_stochasticDepth"}, set()),
        ({"noise": 0.1}, {"rescale_gaussianNoise"}, set()),
        ({"reduce": "max-pool"}, {"convNeXt1_downSample_maxPool"}, set()),
        ({"kernel_size": 7}, {"convNeXt{}_7x7_dconv2D"}, {"convNeXt{}_5x5_dconv2D"}),
    ],
)
def test_each_adds_its_layers_and_leaves_the_other_names(
    options: dict[str, Any], added: set[str], removed: set[str]
) -> None:
    blocks = ("0_block0", "0_block1", "1_block0")

    def named(patterns: set[str]) -> set[str]:
        return {pattern.format(block) for pattern in patterns for block in blocks}

    plain, other = _names(), _names(**options)
    assert set(other) - set(plain) == named(added)
    assert set(plain) - set(other) == named(removed)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"layer_scale": 1e-6},
        {"squeeze_excitation": 3},
        {"reduce": "max-pool"},
        {"kernel_size": 7},
        {"noise": 0.1, "stochastic_depth": 0.1},
        {"blocks": (1, 2, 1, 1), "width": 6, "expansion": 3},
        ALL,
    ],
)
def test_the_arithmetic_count_is_that_of_the_built_network(options: dict[str, Any]) -> None:
    chosen = ConvNeXtOptions(3, 32, **{**SMALL, **options})
    model = build(chosen, seed=1)
    assert model.count_params() == count_parameters(chosen)
    assert options_of(model) == chosen, "and its options can be read back from it"


def test_options_are_not_read_from_another_network() -> None:
    inputs = keras.Input((8, 8, 3))
    other = keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(inputs), name="mean")
    with pytest.raises(ModelError, match="mean is no ConvNeXt .* no layer 'output_dense'"):
        options_of(other)


def test_save_and_load_keep_the_outputs(tmp_path: Path) -> None:
    model = build_convnext(3, 32, **ALL, seed=1)
    model.save(tmp_path / "model.keras")
    loaded = load_trainable(tmp_path / "model.keras")
    pictures = _pictures()
    assert np.array_equal(loaded(pictures), model(pictures))
    # What was drawn is part of the state, so training goes on with the same noise and the same blocks.
    assert np.array_equal(loaded(pictures, training=True), model(pictures, training=True))
    assert options_of(loaded) == options_of(model)
    assert [type(layer) for layer in loaded.layers] == [type(layer) for layer in model.layers]


def test_a_model_folder_with_every_extra_predicts_what_the_model_does(tmp_path: Path) -> None:
    model = build_convnext(3, 32, **ALL, seed=1)
    folder = save_model_folder(model, tmp_path, "all", ["Sheet", "Slide", "Text"])
    for backend in ("openvino", "keras"):
        logits = load_engine(folder, threads=1, backend=backend).predict(_pictures())
        np.testing.assert_allclose(logits, model(_pictures()), atol=1e-4)
    # In a process that has not imported the layers before, the engine has to.
    code = (
        "from pathlib import Path; from inference.engine import load_engine; "
        f"load_engine(Path({str(folder)!r}), threads=1, backend='keras')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_same_seed_gives_the_same_weights_and_the_same_draws() -> None:
    first, again, other = (build_convnext(3, 32, **ALL, seed=seed) for seed in (1, 1, 2))
    pictures = _pictures()
    drawn = [np.asarray(model(pictures, training=True)) for model in (first, again, other)]
    assert np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])
    pairs = list(zip(first.get_weights(), again.get_weights(), strict=True))
    assert all(np.array_equal(one, two) for one, two in pairs)
    assert not np.array_equal(first(pictures, training=True), drawn[0]), "each step draws anew"
    excitation = first.get_layer("convNeXt0_block0_squeezeExcitation")
    squeeze, excite = (np.ravel(one) for one in excitation.get_weights())
    assert not np.array_equal(squeeze, excite), "kernels of one layer must not begin alike"


def test_extras_leave_the_weights_of_the_layers_they_share_with_the_plain_one() -> None:
    plain, other = (build_convnext(3, 32, **{**SMALL, **extra}, seed=1) for extra in ({}, {"noise": 0.1}))
    pairs = zip(plain.get_weights(), other.get_weights(), strict=True)
    assert all(np.array_equal(one, two) for one, two in pairs)


def test_noise_and_left_out_blocks_are_of_training_only() -> None:
    options = {**SMALL, "noise": 0.1, "stochastic_depth": 0.5}
    noisy, plain = build_convnext(3, 32, **options, seed=1), build_convnext(3, 32, **SMALL, seed=1)
    pictures = _pictures()
    assert np.array_equal(noisy(pictures), plain(pictures))
    assert not np.array_equal(noisy(pictures, training=True), plain(pictures))


def test_the_chance_of_leaving_a_block_out_grows_with_its_depth() -> None:
    model = build_convnext(3, 32, blocks=(2, 2), width=4, stochastic_depth=0.4)
    rates = [layer.rate for layer in model.layers if layer.name.endswith("_stochasticDepth")]
    assert rates == pytest.approx([0.1, 0.2, 0.3, 0.4])


def test_every_kernel_of_a_convolution_has_the_penalty_and_nothing_else_has() -> None:
    model = build_convnext(3, 32, **{**ALL, "l2": 0.5}, seed=1)
    kernels = [
        weight
        for layer in model.layers
        if layer.name.endswith(("onv2D", "_squeezeExcitation"))
        for weight in layer.weights
    ]
    assert len(kernels) == 2 + 3 * 3 + 3 * 2
    expected = sum(0.5 * float(np.square(weight).sum()) for weight in kernels)
    assert float(sum(model.losses)) == pytest.approx(expected, rel=1e-5)
    assert not build_convnext(3, 32, **{**ALL, "l2": 0}).losses


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision_computes_in_halves_and_answers_in_float32(policy: str) -> None:
    model = build_convnext(3, 32, **ALL, seed=1)
    model.set_weights([weight + 0.01 for weight in model.get_weights()])  # not those that the seed gives
    mixed = with_precision(model, policy)
    pictures = _pictures()
    assert mixed.get_layer("convNeXt0_block0_expand_conv2D").compute_dtype == policy.removeprefix("mixed_")
    assert mixed.get_layer("output_dense").compute_dtype == "float32"
    assert mixed(pictures).dtype == tf.float32
    assert {weight.dtype for weight in mixed.weights} == {"float32"}
    np.testing.assert_allclose(mixed(pictures), model(pictures), atol=0.1)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(mixed(pictures, training=True) ** 2)
    gradients = tape.gradient(loss, mixed.trainable_variables)
    assert all(np.isfinite(one).all() for one in gradients)
    back = with_precision(mixed, "float32")
    assert np.array_equal(back(pictures), model(pictures)), "the weights are the same, not rounded"


def test_mixed_precision_by_keras_own_setting() -> None:
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = build_convnext(3, 32, **ALL, seed=1)
    finally:
        keras.config.set_dtype_policy("float32")
    assert model.get_layer("convNeXt0_block0_layerScale").compute_dtype == "float16"
    assert model(_pictures()).dtype == tf.float32
    with pytest.raises(ValueError, match="policy must be one of float32, .* got 'half'"):
        with_precision(model, "half")


def test_what_is_frozen_stays_frozen_in_another_precision() -> None:
    model = build_convnext(3, 32, **SMALL)
    model.get_layer("convNeXt0_downSample_conv2D").trainable = False
    mixed = with_precision(model, "mixed_float16")
    assert not mixed.get_layer("convNeXt0_downSample_conv2D").trainable
    assert len(mixed.trainable_weights) == len(mixed.weights) - 1
