"""Batches are a function of seed and epoch, and validation pictures are those that features are made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from inference.preprocess import make_preprocessing
from training.data.augment import Augmentation
from training.representation.catalogue import open_catalogue
from training.representation.encoders.config import LIGHT
from training.representation.encoders.pictures import batches, training_order

SIZES: dict[str, Any] = {"image_size": 32, "load_size": 48, "batch": 2}


def test_pictures_without_augmentation_are_those_of_the_preprocessing(collection: Path) -> None:
    catalogue = open_catalogue(collection)
    paths = [catalogue.root / one.file for one in catalogue]
    labels = np.arange(len(paths), dtype=np.int64)
    (first, second), (last, _) = batches(paths, np.array([[5], [3], [9]]), labels, **SIZES)
    assert second.numpy().tolist() == [5, 3] and last.shape == (1, 32, 32, 3)
    np.testing.assert_array_equal(first[1], make_preprocessing(32)(paths[3].read_bytes()))
    ((_, targets),) = batches(paths, np.array([[1], [0]]), labels, classes=3, **SIZES)
    assert targets.numpy().tolist() == [[0, 1, 0], [1, 0, 0]]


def test_each_picture_of_a_triplet_is_augmented_by_itself(collection: Path) -> None:
    catalogue = open_catalogue(collection)
    paths = [catalogue.root / one.file for one in catalogue][:2]
    rows, labels = np.array([[0, 0, 1], [0, 0, 1]]), np.zeros(2, np.int64)

    def epoch(number: int, seed: int = 89) -> np.ndarray:
        augment = Augmentation.from_config(LIGHT)
        ((images, _targets),) = batches(
            paths, rows, labels, augment=augment, seed=seed, epoch=number, **SIZES
        )
        return np.stack([one.numpy() for one in images])

    found = epoch(1)
    assert found.shape == (3, 2, 32, 32, 3)
    views = [found[place, row] for place in (0, 1) for row in (0, 1)]  # four of one picture
    for place, one in enumerate(views):
        for other in views[place + 1 :]:
            assert np.abs(one - other).max() > 1
    np.testing.assert_array_equal(found, epoch(1))
    assert (found != epoch(2)).any() and (found != epoch(1, seed=90)).any()


def test_the_order_is_that_of_seed_and_epoch() -> None:
    places = np.arange(3, 40)
    found = training_order(places, 89, 1)
    assert found.shape == (37, 1) and sorted(found[:, 0]) == list(places)
    np.testing.assert_array_equal(found, training_order(places, 89, 1))
    assert (found != training_order(places, 89, 2)).any() and (found != training_order(places, 90, 1)).any()
