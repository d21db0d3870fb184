"""Which pictures train an encoder and which validate it, and triplets of them. No TensorFlow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.data.errors import DataError
from training.data.seeds import generator

Places = NDArray[np.int64]


def split(labels: Places, share: float, seed: int, *, stratified: bool) -> tuple[Places, Places]:
    """Places of the training pictures and of the validation pictures, each rising.

    labels: class of each picture. share: of the pictures that validate, 0 to 1; stratified: of each class,
    rounded (halves up), and of each at least one picture is left to train. A function of its arguments.
    """
    random = generator(seed, "validation")
    order = random.permutation(len(labels))
    if not stratified:
        held = order[: held_out(len(labels), share)]
    else:
        parts = [order[labels[order] == one] for one in np.unique(labels)]
        held = np.concatenate([part[: held_out(len(part), share)] for part in parts])
    return np.setdiff1d(np.arange(len(labels)), held), np.sort(held)


def held_out(count: int, share: float) -> int:
    """How many of so many pictures validate; at least one is left to train."""
    return min(int(count * share + 0.5), count - 1)


def triplets(places: Places, labels: Places, *of: int | str) -> Places:
    """Rows of (anchor, positive, negative), (n, 3): each of the places is an anchor once, in a drawn order.

    The positive is any picture of the anchor's class among the places, the anchor itself not excepted; for
    the negative a class among the others is drawn first and then a picture of it, so that large classes do
    not crowd out small ones. of: the seed, and what it is for. Raises DataError where there is one class.
    """
    classes, member = np.unique(labels[places], return_inverse=True)
    if len(classes) < 2:
        raise DataError(f"triplets must be of pictures of at least 2 classes, got {len(classes)}")
    random = generator(*of, "triplets")
    counts = np.bincount(member)
    grouped = places[np.argsort(member, kind="stable")]
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])

    def drawn(of_class: Places) -> Places:
        found: Places = grouped[starts[of_class] + random.integers(counts[of_class])]
        return found

    order = random.permutation(len(places))
    anchors, own = places[order], member[order]
    positives = drawn(own)
    # One of the other classes, each as likely: a step of 1 to n - 1 onwards, round the end.
    others = (own + 1 + random.integers(len(classes) - 1, size=len(own))) % len(classes)
    return np.stack([anchors, positives, drawn(others)], axis=1)
