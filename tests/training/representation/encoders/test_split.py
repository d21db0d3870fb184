"""Who trains and who validates, and the triplets among them."""

from __future__ import annotations

import numpy as np
import pytest

from training.data.errors import DataError
from training.representation.encoders.split import split, triplets

LABELS = np.repeat(np.arange(4), [20, 10, 2, 1])


def test_a_stratified_split_takes_the_share_of_each_class() -> None:
    train, held = split(LABELS, 0.2, 89, stratified=True)
    assert sorted([*train, *held]) == list(range(33))
    # 20 % of 20, 10, 2 and 1 rounded: .4 of a picture is none.
    np.testing.assert_array_equal(np.bincount(LABELS[held], minlength=4), [4, 2, 0, 0])
    for again, other in zip(split(LABELS, 0.2, 89, stratified=True), (train, held), strict=True):
        np.testing.assert_array_equal(again, other)
    assert list(split(LABELS, 0.2, 90, stratified=True)[1]) != list(held)


def test_each_class_keeps_a_picture_to_train_and_a_plain_split_takes_any() -> None:
    train, held = split(LABELS, 0.5, 0, stratified=True)
    np.testing.assert_array_equal(np.bincount(LABELS[train], minlength=4), [10, 5, 1, 1])
    assert len(split(LABELS, 0.2, 0, stratified=False)[1]) == 7


def test_triplets_are_of_the_places_given_and_each_is_an_anchor_once() -> None:
    labels = np.repeat(np.arange(3), [40, 8, 2])
    places = np.arange(1, 50)  # without the first
    rows = triplets(places, labels, 89, 1)
    assert sorted(rows[:, 0]) == list(places) and list(rows[:, 0]) != list(places)
    assert set(rows.ravel()) <= set(places)
    own, positive, negative = labels[rows].T
    assert (own == positive).all() and (own != negative).all()
    # The largest class has 40 of 50 pictures, but for an anchor of another it is one of two classes.
    many = np.concatenate([triplets(places, labels, 89, epoch) for epoch in range(60)])
    of_small = labels[many[labels[many[:, 0]] == 1][:, 2]]
    assert 0.4 < (of_small == 2).mean() < 0.6
    assert len(set(many[many[:, 0] == 45][:, 1])) == 8  # any of its class, in the end
    assert len(set(many[:, 2])) == 49
    assert any(rows[:, 0] == rows[:, 1])  # the anchor is not excepted
    np.testing.assert_array_equal(rows, triplets(places, labels, 89, 1))
    assert (rows != triplets(places, labels, 89, 2)).any()


def test_one_class_gives_no_triplets() -> None:
    with pytest.raises(DataError, match="at least 2 classes, got 1"):
        triplets(np.arange(3), np.zeros(5, np.int64), 0)
