"""Features and pictures with a structure that is known, for tests. The same arguments give the same bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.representation.drawn import draw_half_earth


def planted_features(
    classes: int, per_class: int, dimension: int, spread: float, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Points around one centre a class, shuffled: features (classes x per_class, dimension) and labels.

    The centres are drawn with a standard deviation of 1 in each dimension, the points around them with
    `spread`: with 0.2 and a dozen dimensions no class touches another, with 5 they are one cloud.
    """
    random = np.random.default_rng(seed)
    centres = random.normal(size=(classes, dimension))
    labels = random.permutation(np.repeat(np.arange(classes), per_class))
    points = centres[labels] + spread * random.normal(size=(len(labels), dimension))
    return points.astype(np.float32), labels.astype(np.int64)


def make_half_earth(
    folder: Path,
    genera: int = 4,
    species: int = 2,
    per_species: int = 6,
    institutions: int = 3,
    seed: int = 0,
    size: int = 32,
) -> Path:
    """Draw a small set in the layout of the Half-Earth challenge into `folder` and return it.

    The even pictures of a species are of NY, the odd ones of the other institutions in turn.
    """
    return draw_half_earth(folder, genera, species, per_species, institutions, seed, size, home=0.5)
