"""Blocks give what the whole array would, and read only what is asked of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.training.representation.planted import planted_features
from training.representation.blocks import AT_ONCE, Blocks
from training.representation.features.store import FeatureError, FeatureStore
from training.representation.neighbours import NeighbourIndex
from training.representation.rows import feature_blocks, feature_rows


def stored(folder: Path, features: np.ndarray, ids: list[str], shard: int) -> FeatureStore:
    store = FeatureStore.open(folder, model="0" * 64, dimension=features.shape[1])
    for start in range(0, len(ids), shard):
        store.append(ids[start : start + shard], features[start : start + shard])
    return store


def test_blocks_of_a_store_are_its_rows_in_any_order(tmp_path: Path) -> None:
    features, _ = planted_features(4, 10, 6, 0.3, seed=2)
    features = features.astype(np.float16).astype(np.float32)
    ids = [f"p{each}" for each in range(40)]
    store = stored(tmp_path, features, ids, shard=7)
    np.testing.assert_array_equal(store.blocks()[:], features)
    order = np.random.default_rng(0).permutation(40)
    blocks = store.blocks([ids[each] for each in order])
    assert blocks.shape == (40, 6) and blocks.nbytes == features.nbytes and len(blocks) == 40
    np.testing.assert_array_equal(blocks[:], features[order])
    np.testing.assert_array_equal(blocks[[3, 3, 39, 0]], features[order[[3, 3, 39, 0]]])
    part = blocks.part(np.arange(5, 30)).part(slice(2, 9))
    np.testing.assert_array_equal(part[:], features[order[7:14]])
    np.testing.assert_array_equal(np.concatenate([rows for _, rows in blocks.each(9)]), features[order])
    assert [start for start, _ in blocks.each(9)] == [0, 9, 18, 27, 36]
    assert store.blocks([])[:].shape == (0, 6)
    with pytest.raises(FeatureError, match="not of 'nobody'"):
        store.blocks(["p0", "nobody"])


def test_only_what_is_asked_for_is_read() -> None:
    features, _ = planted_features(2, 50, 3, 0.3, seed=2)
    read: list[int] = []

    def watched(places: np.ndarray) -> np.ndarray:
        read.append(len(places))
        return features[places]

    blocks = Blocks(watched, np.arange(100), 3)
    assert blocks.part(slice(10, 20))[2:4].shape == (2, 3)
    assert feature_blocks(blocks) is blocks and read == [2, 100]
    assert feature_rows(features) is features  # no copy
    features[71, 1] = np.nan
    with pytest.raises(ValueError, match="those of row 71 are not"):
        feature_blocks(blocks)
    with pytest.raises(ValueError, match="must have the shape"):
        Blocks.of(np.zeros(3))


@pytest.mark.parametrize("exact", [True, False])
def test_neighbours_of_blocks_are_those_of_the_array(exact: bool, tmp_path: Path) -> None:
    features, _ = planted_features(30, 20, 12, 1.0, seed=5)
    features *= np.random.default_rng(3).uniform(0.3, 3, (600, 1))  # of very different lengths
    features = features.astype(np.float16).astype(np.float32)
    features[11] = 2 * features[500]
    ids = [f"p{each:05d}" for each in np.random.default_rng(1).permutation(600)]
    blocks = stored(tmp_path, features, ids, shard=41).blocks()
    one, other = (NeighbourIndex.build(ids, rows, exact=exact) for rows in (features, blocks))
    assert one.facts == other.facts
    assert (one.search(8).rows == other.search(8).rows).all()
    assert (one.near(features[:9], 4).rows == other.near(blocks.part(slice(9)), 4).rows).all()
    units = (features / np.linalg.norm(features, axis=1, keepdims=True)).astype(np.float64)
    similar = units @ units.T
    np.fill_diagonal(similar, -1)
    nearest = np.sort(similar, axis=1)[:, ::-1][:, :8]
    assert (np.abs(other.search(8).values - nearest) < 1e-5).mean() > 0.95
    pairs = other.near_duplicates(0.9999)
    assert pairs == one.near_duplicates(0.9999)
    assert tuple(sorted((ids[11], ids[500]))) in [pair[:2] for pair in pairs]


class Watched(Blocks):
    """How many rows were read at once at most."""

    most = 0

    @classmethod
    def over(cls, features: np.ndarray) -> Watched:
        def read(places: np.ndarray) -> np.ndarray:
            cls.most = max(cls.most, len(places))
            return features[places]

        cls.most = 0
        return cls(read, np.arange(len(features)), features.shape[1])


def test_geometry_never_reads_all_at_once() -> None:
    from training.representation.geometry.channels import variable_channels
    from training.representation.geometry.silhouettes import of_sets, silhouettes

    features, labels = planted_features(4, 5000, 3, 0.3, seed=2)
    names = [f"class {each}" for each in labels]
    blocks = Watched.over(features)
    found = silhouettes(blocks, names, most=60)
    assert found.facts["scored"] == 60 and Watched.most == 60
    of_sets(blocks, names, {"one": range(9000)}, most=60)
    assert Watched.most == 60
    ids = [f"p{each:05d}" for each in range(20_000)]
    channels = variable_channels(blocks, ids, k=2, examples=3)
    expected = np.argsort(features[:, channels[0].channel], kind="stable")
    assert [id for id, _ in channels[0].lowest] == [ids[each] for each in expected[:3]]
    assert Watched.most == AT_ONCE < len(features)
