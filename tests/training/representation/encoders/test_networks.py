"""The networks and their losses, by hand and by shape."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.errors import ModelError
from training.backend import keras, tf
from training.config import ConfigError
from training.load import load_trainable
from training.representation.encoders import resnet
from training.representation.encoders.autoencoder import Reconstruction, build_autoencoder
from training.representation.encoders.classifier import build_classifier, in_top
from training.representation.encoders.resnet import build_resnet18
from training.representation.encoders.triplet import Triplets, triplet_losses

TINY: dict[str, Any] = {"filters": (64, 8), "blocks": (1, 1)}


def pictures(count: int = 2, size: int = 32) -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 255, (count, size, size, 3)).astype(np.float32)


def test_the_resnet_has_the_parameters_of_the_published_one() -> None:
    """11,176,512 that are trained, as in any ResNet-18 without its last layer, and 9,600 statistics."""
    model = build_resnet18(256)
    assert model.output_shape == (None, 512)
    assert model.count_params() == 11_186_112
    assert sum(int(np.prod(one.shape)) for one in model.trainable_weights) == 11_176_512


def test_pixels_are_scaled_by_the_means_of_imagenet_and_a_file_needs_no_keras_hub(tmp_path: Path) -> None:
    model = build_resnet18(32, seed=1, **TINY)
    scaled = keras.Model(model.inputs[0], model.get_layer("pixels").output)
    grey = np.full((1, 32, 32, 3), 255 * 0.485, np.float32)
    found = scaled(grey).numpy()[0, 5, 7]
    np.testing.assert_allclose(found, [0, (0.485 - 0.456) / 0.224, (0.485 - 0.406) / 0.225], atol=1e-6)
    model.save(tmp_path / "a.keras")
    assert not any("keras_hub" in type(layer).__module__ for layer in model.layers)
    np.testing.assert_array_equal(load_trainable(tmp_path / "a.keras")(pictures()), model(pictures()))
    assert "keras_hub" not in (tmp_path / "a.keras").read_bytes().decode(errors="ignore")


def test_weights_come_from_a_file_of_keras_hub_or_an_encoder(tmp_path: Path) -> None:
    backbone = resnet._backbone(32, *TINY.values())
    backbone.save_weights(tmp_path / "b.weights.h5")
    from_file = build_resnet18(32, tmp_path / "b.weights.h5", seed=2, **TINY)
    for one, other in zip(from_file.get_weights(), backbone.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    from_file.save(tmp_path / "c.keras")
    from_encoder = build_resnet18(64, tmp_path / "c.keras", seed=3, **TINY)
    np.testing.assert_array_equal(from_encoder.get_weights()[0], backbone.get_weights()[0])
    with pytest.raises(ModelError, match="must have the 30 weights of this ResNet"):
        build_resnet18(32, tmp_path / "c.keras", filters=(64, 16), blocks=(1, 1))
    (tmp_path / "d.weights.h5").write_bytes(b"nothing")
    with pytest.raises(ModelError, match="d.weights.h5 cannot be read"):
        build_resnet18(32, tmp_path / "d.weights.h5", **TINY)
    with pytest.raises(ModelError, match="e.weights.h5 does not exist"):
        build_resnet18(32, tmp_path / "e.weights.h5", **TINY)


def test_a_preset_that_was_saved_is_taken_from_its_folder(tmp_path: Path) -> None:
    """As keras-hub writes it; with pictures of another size, as those of the published preset are of any."""
    given = resnet._backbone(48, *TINY.values())
    given.set_weights([each + np.float32(0.25) for each in given.get_weights()])
    given.save_to_preset(str(tmp_path / "saved"))
    for weights in (tmp_path / "saved", f"preset:{tmp_path / 'saved'}"):
        taken = build_resnet18(32, weights, seed=1, **TINY)
        for one, other in zip(taken.get_weights(), given.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)
    with pytest.raises(ModelError, match="must have the 30 weights of this ResNet"):
        build_resnet18(32, f"preset:{tmp_path / 'saved'}", filters=(64, 16), blocks=(1, 1))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="empty cannot be read as those of this ResNet: .*config.json"):
        build_resnet18(32, f"preset:{tmp_path / 'empty'}", **TINY)
    with pytest.raises(ModelError, match="gone does not exist"):
        build_resnet18(32, f"preset:{tmp_path / 'gone'}", **TINY)


def test_a_preset_that_cannot_be_downloaded_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its libraries ask through this proxy, where nobody listens; and find nothing of earlier downloads.
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError) as caught:
        build_resnet18(32, "preset:resnet_18_imagenet", **TINY)
    said = str(caught.value)
    assert said.startswith("the preset resnet_18_imagenet cannot be downloaded: ")
    assert 'from_preset("resnet_18_imagenet").save_to_preset("FOLDER")' in said
    assert 'weights = "FOLDER"' in said and 'weights = "" begins from scratch' in said
    with pytest.raises(ConfigError, match="must be one of resnet_18_imagenet, or the folder of one; got"):
        build_resnet18(32, "preset:resnet_99", **TINY)
    with pytest.raises(ConfigError, match="the first with 64 filters"):
        build_resnet18(32, filters=(32, 8), blocks=(1, 1))


def test_triplet_losses_by_hand() -> None:
    """Distances 5 and 13, 13 and 5, 5 and 5.5, and twice nothing: max(0, d_p - d_n + 1)."""
    anchor = tf.zeros((4, 2))
    positive = tf.constant([[3.0, 4.0], [5.0, 12.0], [3.0, -4.0], [0.0, 0.0]])
    negative = tf.constant([[12.0, 5.0], [4.0, 3.0], [3.3, 4.4], [0.0, 0.0]])
    found = triplet_losses(anchor, positive, negative, margin=1.0)
    np.testing.assert_allclose(found, [0, 9, 0.5, 1], atol=1e-5)
    np.testing.assert_allclose(triplet_losses(anchor, positive, negative, 10.0), [2, 18, 9.5, 10], atol=1e-5)


def test_equal_pictures_have_a_gradient_that_is_a_number() -> None:
    point = tf.Variable([[1.0, 2.0]])
    with tf.GradientTape() as tape:
        loss = triplet_losses(point * 1, point * 1, point + 3, margin=10.0)
    assert np.isfinite(tape.gradient(loss, point)).all()


def test_the_triplet_objective_takes_the_means_of_its_batches() -> None:
    class Mean:
        """Features are the first two numbers of a picture."""

        input_shape = (None, 1, 2, 1)

        def __call__(self, images: Any, training: bool) -> Any:
            return tf.reshape(images, (-1, 2))

    def batch(*points: tuple[float, float]) -> tf.Tensor:
        return tf.reshape(tf.constant(points), (-1, 1, 2, 1))

    zero = batch((0.0, 0.0))
    first = (tf.concat([zero, zero], 0), batch((3.0, 4.0), (5.0, 12.0)), batch((12.0, 5.0), (4.0, 3.0)))
    second = (zero, zero, batch((0.3, 0.4)))
    loss, parts = Triplets().loss(Mean(), first, None, training=True)
    assert float(loss) == pytest.approx(4.5, abs=1e-5) and float(parts["right"]) == 0.5
    found = Triplets().validate(Mean(), [(first, None), (second, None)])
    assert found["loss"] == pytest.approx((0 + 9 + 0.5) / 3, abs=1e-5)
    assert found["right"] == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match="margin must be above 0"):
        Triplets(0.0)


@pytest.mark.parametrize(("size", "start"), [(32, 4), (48, 6), (56, 7)])
def test_the_decoder_draws_pictures_of_the_size_that_went_in(size: int, start: int) -> None:
    encoder = build_resnet18(size, seed=0, **TINY)
    model = build_autoencoder(encoder, latent=6)
    assert model.output_shape == (None, size, size, 3)
    assert model.get_layer("latent").output.shape == (None, 6)
    assert model.get_layer("decoder_reshape").output.shape == (None, start, start, 256)
    drawn = model(pictures(2, size)).numpy()
    assert drawn.min() >= 0 and drawn.max() <= 1
    assert encoder.layers[3] is model.layers[3]  # one network, two ends


def test_the_decoder_of_the_published_size_begins_at_four() -> None:
    model = build_autoencoder(build_resnet18(256, seed=0, **TINY), 4)
    assert model.get_layer("decoder_reshape").output.shape == (None, 4, 4, 256)
    assert [model.get_layer(f"decoder{n}_conv").filters for n in range(1, 7)] == [128, 64, 32, 16, 16, 16]
    with pytest.raises(ConfigError, match="got 50, which comes to 25"):
        build_autoencoder(build_resnet18(50, **TINY))


def test_the_reconstruction_is_compared_with_pixels_from_0_to_1() -> None:
    class Half:
        input_shape = (None, 1, 1, 3)

        def __call__(self, images: Any, training: bool) -> Any:
            return tf.fill(tf.shape(images), 0.5)

    images = tf.reshape(tf.constant([[0.0, 255.0, 127.5], [127.5, 127.5, 127.5]]), (2, 1, 1, 3))
    loss, _parts = Reconstruction().loss(Half(), images, None, training=True)
    assert float(loss) == pytest.approx((0.25 + 0.25) / 6)
    found = Reconstruction().validate(Half(), [(images, None), (images[:1], None)])
    assert found["loss"] == pytest.approx((0.5 / 3 + 0 + 0.5 / 3) / 3)


def test_the_head_of_the_classifier() -> None:
    model = build_classifier(build_resnet18(32, seed=0, **TINY), 7)
    kinds = [type(layer).__name__ for layer in model.layers[-7:]]
    assert kinds == [
        "BatchNormalization", "Dropout", "Dense", "Activation", "BatchNormalization", "Dropout", "Dense"
    ]  # fmt: skip
    assert [model.get_layer(f"head{n}_dropout").rate for n in (1, 2)] == [0.25, 0.5]
    assert model.get_layer("head1_dense").units == 512 and not model.get_layer("head1_dense").use_bias
    assert model.output_shape == (None, 7)


def test_the_share_among_the_first() -> None:
    logits = np.array([[3.0, 2.0, 1.0], [1.0, 2.0, 3.0], [1.0, 1.0, 1.0]])
    labels = np.array([1, 0, 2])
    assert in_top(logits, labels, 1) == pytest.approx(1 / 3)
    assert in_top(logits, labels, 2) == pytest.approx(2 / 3)
    assert in_top(logits, labels, 3) == 1
