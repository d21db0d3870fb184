"""The invented collections that the drawn pictures come from, and each class's unequal share of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from curation.drawing.registry import class_index


@dataclass(frozen=True)
class DrawnSource:
    code: str
    name: str
    licence: str


SOURCES: tuple[DrawnSource, ...] = (
    DrawnSource("DRAWN-A", "Drawn herbarium A", "CC0-1.0"),
    DrawnSource("DRAWN-B", "Drawn herbarium B", "CC-BY-4.0"),
    DrawnSource("DRAWN-C", "Drawn museum C", "CC-BY-NC-4.0"),
    DrawnSource("DRAWN-D", "Drawn picture library D", "CC-BY-SA-4.0"),
    DrawnSource("DRAWN-E", "Drawn botanic garden E", "CC-BY-4.0"),
    DrawnSource("DRAWN-F", "Drawn teaching collection F", "CC0-1.0"),
    DrawnSource("DRAWN-G", "Drawn laboratory G", "CC-BY-NC-4.0"),
)


@lru_cache(maxsize=64)
def shares(slug: str) -> tuple[tuple[DrawnSource, float], ...]:
    """Three to six sources of a class with their shares, the largest first; the shares sum to 1."""
    rng = np.random.default_rng([class_index(slug), 2026])
    count = int(rng.integers(3, 7))
    chosen = rng.permutation(len(SOURCES))[:count]
    weights = 0.62 ** np.arange(count)
    return tuple((SOURCES[int(k)], float(w)) for k, w in zip(chosen, weights / weights.sum(), strict=True))


def source_of(slug: str, seed: int, position: int) -> DrawnSource:
    """Source of the picture at a position; the first three positions take three different sources."""
    choice = shares(slug)
    if position < 3:
        return choice[position][0]
    rng = np.random.default_rng([class_index(slug), seed, position, 3])
    limits = np.cumsum([share for _, share in choice])
    return choice[min(int(np.searchsorted(limits, rng.uniform())), len(choice) - 1)][0]
