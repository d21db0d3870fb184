"""An index of neighbours that is kept beside the store it is of, and made anew where that has changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from numpy.typing import ArrayLike

from inference.errors import ModelError
from inference.files import sha256_of
from training.representation.blocks import Blocks
from training.representation.neighbours.index import NeighbourIndex
from training.representation.neighbours.vectors import Metric


def store_checksum(store_file: Path) -> str:
    """What an index of a whole store is kept under: the SHA-256 of its store.json, which has those of all
    shards and of the ids."""
    return sha256_of(store_file)


def saved_or_built(
    folder: Path,
    checksum: str,
    ids: Sequence[str],
    features: ArrayLike | Blocks,
    *,
    metric: Metric = "cosine",
    seed: int = 89,
) -> NeighbourIndex:
    """The index saved for these features, or a new one, which is saved."""
    try:
        return NeighbourIndex.load(folder, checksum, ids, features, metric=metric)
    except ModelError:
        index = NeighbourIndex.build(ids, features, metric=metric, seed=seed)
        index.save(folder, checksum)
        return index
