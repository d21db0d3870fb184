"""Mixup and remix against values worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from training.backend import tf
from training.data.augment import Augmentation
from training.data.batches import training_batches
from training.data.mixing import Mixup, Remix
from training.data.release import ReleaseData

SEED = tf.constant([3, 4], tf.int64)
# Each picture is one number, so that its share can be read off a blend.
VALUES = np.array([1.0, 10.0, 100.0, 1000.0, 5.0, 50.0, 500.0, 2.0], np.float32)
CLASSES = np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1, 2, 0, 1]]
COUNTS = [3, 3, 2]


def mix(mixing: Mixup, seed: Any = SEED, counts: list[int] = COUNTS) -> tuple[np.ndarray, np.ndarray]:
    pictures = tf.broadcast_to(VALUES[:, None, None, None], (8, 2, 2, 3))
    found, targets = mixing.apply(pictures, tf.constant(CLASSES), seed, counts)
    assert (found.numpy() == found.numpy()[:, :1, :1, :1]).all()
    return found.numpy()[:, 0, 0, 0], targets.numpy()


def drawn(mixing: Mixup, seed: Any = SEED) -> tuple[np.ndarray, np.ndarray]:
    """The partners and weights that the blend must be of."""
    from training.data.seeds import of_op

    partners = tf.random.experimental.stateless_shuffle(tf.range(8), of_op(seed, 0)).numpy()
    weights = mixing.weights(8 if mixing.per == "picture" else 1, of_op(seed, 1)).numpy()
    return partners, np.broadcast_to(weights, 8)


@pytest.mark.parametrize("config", [{}, {"per": "batch"}, {"lambda": "beta", "alpha": 0.4}])
def test_mixup_blends_pictures_and_targets_alike(config: dict[str, Any]) -> None:
    mixup = Mixup.from_config(config)
    pictures, targets = mix(mixup)
    partners, weights = drawn(mixup)
    assert sorted(partners) == list(range(8))
    assert len(set(weights.tolist())) == (1 if mixup.per == "batch" else 8)
    assert np.allclose(pictures, weights * VALUES + (1 - weights) * VALUES[partners], rtol=1e-5)
    expected = weights[:, None] * CLASSES + (1 - weights[:, None]) * CLASSES[partners]
    assert np.allclose(targets, expected, atol=1e-6)
    assert np.allclose(targets.sum(axis=1), 1, atol=1e-6)


def test_weights_are_even_or_of_the_beta_distribution() -> None:
    even = Mixup().weights(4000, SEED).numpy()
    assert np.allclose(np.quantile(even, [0.1, 0.5, 0.9]), [0.1, 0.5, 0.9], atol=0.03)
    beta = Mixup(distribution="beta", alpha=0.2).weights(4000, SEED).numpy()
    assert np.isfinite(beta).all()
    # Of Beta(a, a): mean 1/2, variance 1 / (4 (2 a + 1)).
    assert beta.mean() == pytest.approx(0.5, abs=0.03)
    assert beta.var() == pytest.approx(1 / (4 * 1.4), abs=0.01)


def test_a_batch_is_blended_with_the_probability_asked_for() -> None:
    for probability, expected in ((0.0, 0), (1.0, 40), (0.5, 20)):
        mixup = Mixup(probability=probability)
        blended = [bool((mix(mixup, tf.constant([n, 1], tf.int64))[0] != VALUES).any()) for n in range(40)]
        assert abs(sum(blended) - expected) <= (8 if probability == 0.5 else 0)


def test_remix_gives_the_target_to_the_rarer_class() -> None:
    weights = tf.constant([0.4, 0.4, 0.6, 0.6, 0.4, 0.5])
    # Classes of the picture and of its partner; 0 has 90 pictures, 1 has 30, 2 has 20.
    own, other = [0, 1, 1, 0, 1, 0], [1, 0, 0, 1, 2, 1]
    eye = np.eye(3, dtype=np.float32)
    found = Remix(kappa=3, tau=0.5).target_weights(
        weights, tf.constant(eye[own]), tf.constant(eye[other]), [90, 30, 20]
    )
    # 90/30 >= 3 and .4 < .5: all to the partner. 30/90 <= 1/3 and 1 - .4 >= .5: as it is. 1 - .6 < .5: all to
    # the picture. .6 >= .5: as it is. 30/20 < 3: as it is. .5 is not below .5.
    assert np.allclose(found, [0, 0.4, 1, 0.6, 0.4, 0.5])


def test_remix_is_mixup_where_classes_are_alike() -> None:
    remix, mixup = mix(Remix()), mix(Mixup())
    assert (remix[0] == mixup[0]).all()
    assert (remix[1] == mixup[1]).all()
    rare = mix(Remix(), counts=[90, 30, 10])
    assert (rare[0] == mixup[0]).all()
    assert (rare[1] != mixup[1]).any()


def test_a_batch_of_one_is_left_as_it_is() -> None:
    picture = tf.fill([1, 2, 2, 3], 7.0)
    found, targets = Mixup().apply(picture, tf.constant([[0.0, 1.0]]), SEED, [1, 1])
    assert np.allclose(found, 7)
    assert targets.numpy().tolist() == [[0, 1]]


def test_each_batch_has_a_weight_of_its_own(tfrecord: ReleaseData) -> None:
    augment = Augmentation.from_config({"mixup": {"per": "batch"}})
    batches = training_batches(tfrecord, "train", image_size=8, batch=6, seed=1, epoch=0, augment=augment)
    weights = []
    for _, targets in batches:
        assert np.allclose(targets.numpy().sum(axis=1), 1, atol=1e-6)
        blended = {round(float(share), 4) for share in targets.numpy().ravel()} - {0.0, 1.0}
        assert 1 <= len(blended) <= 2  # the weight and what is left of 1
        weights.append(max(blended))
    assert len(set(weights)) == len(weights)
