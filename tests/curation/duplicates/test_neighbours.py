"""Groups of hashes: exact, the same in any order, split where a chain goes too far, settled ones kept."""

from __future__ import annotations

import hashlib
import tracemalloc

import numpy as np
import pytest

from curation.imaging.neighbours import Pictures, affected, grouped, joined
from curation.imaging.neighbours_clusters import Clusters, closest_first
from curation.imaging.neighbours_search import Hashes, Neighbours, _Bands, _by_faiss, _masks

WITHIN = 10
BASE = 0x0F0F_3355_AACC_1234


def step(bits: int, start: int = 0, base: int = BASE) -> int:
    """`base` with so many bits turned over, from bit `start` on."""
    return base ^ (((1 << bits) - 1) << start)


def names(n: int) -> np.ndarray:
    return np.array([hashlib.sha256(str(i).encode()).hexdigest() for i in range(n)], "S64")


def group(hashes: list[int], within: int = WITHIN, **more: object) -> list[int]:
    """The number of the first picture in each one's group; pictures are named in the order given."""
    own = np.sort(names(len(hashes)))
    found = grouped(Pictures(own, np.array(hashes, np.uint64), **more), within)  # type: ignore[arg-type]
    return np.searchsorted(own, found).tolist()


def lively(n: int, seed: int = 3) -> Hashes:
    """Scattered hashes, families of near ones, chains and twins, all together."""
    rng = np.random.default_rng(seed)
    found = rng.integers(0, 1 << 64, n // 4, dtype=np.uint64)
    families = rng.integers(0, 1 << 64, max(1, n // 40), dtype=np.uint64)
    near = families[rng.integers(0, len(families), n - 2 * (n // 4))]
    for _ in range(14):
        flipped = np.uint64(1) << rng.integers(0, 64, len(near)).astype(np.uint64)
        near ^= np.where(rng.random(len(near)) < 0.6, flipped, np.uint64(0))
    found = np.concatenate([found, near])
    return np.concatenate([found, found[rng.integers(0, len(found), n - len(found))]])


def pairs_of(pieces: object) -> list[tuple[int, int, int]]:
    found = [tuple(map(int, pair)) for piece in pieces for pair in zip(*piece, strict=True)]  # type: ignore[attr-defined]
    return found  # type: ignore[return-value]


@pytest.mark.parametrize("within", [0, 3, 10, 13])
def test_both_searches_find_every_pair_once(within: int) -> None:
    hashes = np.unique(lively(1500))
    bits = np.bitwise_count(hashes[:, None] ^ hashes[None, :])
    ones, others = np.nonzero(np.triu(bits <= within, 1))
    wanted = sorted((int(i), int(j), int(bits[i, j])) for i, j in zip(ones, others, strict=True))
    assert within < 5 or len(wanted) > 1000
    assert sorted(pairs_of(_by_faiss(hashes, None, within))) == wanted
    assert sorted(pairs_of(_Bands(hashes, within).search(None, _masks(within // 4)))) == wanted
    asked = np.arange(0, 1000, 3)
    known = set(asked.tolist())
    both_ways = wanted + [(j, i, d) for i, j, d in wanted]
    theirs = sorted(pair for pair in both_ways if pair[0] in known)
    assert sorted(pairs_of(_by_faiss(hashes, asked, within))) == theirs
    assert sorted(pairs_of(_Bands(hashes, within).search(asked, _masks(within // 4)))) == theirs


def test_the_quicker_search_is_chosen() -> None:
    many = np.random.default_rng(1).integers(0, 1 << 64, 60_000, dtype=np.uint64)
    by_bands = Neighbours(many, WITHIN)
    list(by_bands.among())
    assert by_bands._bands is not None
    few = Neighbours(many[:2000], WITHIN)
    list(few.among())
    assert few._bands is None


def test_near_pictures_come_together_through_others() -> None:
    # 0 and 2 differ in 16 bits, and 1 is near to both.
    assert group([step(0), step(8), step(16), step(30, 20)]) == [0, 0, 0, 3]


def test_a_chain_is_cut_at_its_widest_step() -> None:
    # Steps of 6, 6, 9, 6, 6 bits: 33 from end to end.
    chain = [step(bits) for bits in (0, 6, 12, 21, 27, 33)]
    assert group(chain) == [0, 0, 0, 3, 3, 3]
    # Twice the distance from end to end will do, one bit more will not.
    assert group([step(bits) for bits in (0, 6, 12, 20)]) == [0, 0, 0, 0]
    assert group([step(bits) for bits in (0, 6, 12, 21)]) == [0, 0, 0, 3]


def test_no_two_of_a_group_are_further_apart_than_twice_the_distance() -> None:
    hashes = lively(3000)
    found = np.array(group(hashes.tolist()))
    sizes = np.bincount(found)
    assert sizes.max() > 10 and np.bitwise_count(hashes[:, None] ^ hashes[None, :]).max() > 20
    for head in np.flatnonzero(sizes > 1):
        own = hashes[found == head]
        assert np.bitwise_count(own[:, None] ^ own[None, :]).max() <= 2 * WITHIN
    # And nothing was left apart that could have come together.
    bits = np.bitwise_count(hashes[:, None] ^ hashes[None, :])
    for i, j in np.argwhere(np.triu(bits <= WITHIN, 1) & (found[:, None] != found[None, :])):
        across = hashes[found == found[i]][:, None] ^ hashes[found == found[j]][None, :]
        assert np.bitwise_count(across).max() > 2 * WITHIN


def test_the_order_of_pictures_does_not_matter() -> None:
    hashes, own = lively(2000), names(2000)
    rng = np.random.default_rng(5)
    specimens = [np.where(rng.random(2000) < 0.1, rng.integers(0, 80, 2000), -1)]
    settled = np.where(rng.random(2000) < 0.05, own[0], b"").astype("S64")
    first = grouped(Pictures(own, hashes, specimens, settled), WITHIN)
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(2000)
        again = grouped(Pictures(own[order], hashes[order], [specimens[0][order]], settled[order]), WITHIN)
        assert (again == first[order]).all()


def test_pictures_of_one_specimen_are_never_parted() -> None:
    far = step(40)
    marks = np.array([7, -1, 7, -1])
    assert group([step(0), step(2), far, step(3, 50, far)], specimens=[marks]) == [0, 0, 0, 0]
    assert joined(5, [np.array([-1, 4, 4, -1, -1]), np.array([-1, -1, 2, 2, -1])]).tolist() == [0, 1, 1, 1, 4]


def test_settled_groups_are_kept_and_take_others_in() -> None:
    own = np.sort(names(6))
    # A person parted 0 and 1, which are near, and put 2, which is far from all, to 1.
    settled = np.array([own[0], own[1], own[1], b"", b"", b""])
    hashes = [step(0), step(4), step(40), step(6), step(60, 2, 0), step(41)]
    assert group(hashes, settled=settled) == [0, 1, 1, 1, 4, 1]
    # Specimens do not join what a person parted, and a specimen's other pictures go where it was put.
    marks = np.array([3, 3, -1, 3, 5, 5])
    assert group(hashes, settled=settled, specimens=[marks]) == [0, 1, 1, 1, 1, 1]
    one_specimen = np.array([3, -1, -1, -1, 3, -1])
    assert group(hashes, settled=settled, specimens=[one_specimen]) == [0, 1, 1, 1, 0, 1]


def test_a_settled_group_keeps_its_name_until_that_picture_is_gone() -> None:
    own = np.sort(names(4))
    settled = np.array([b"", own[2], own[2], b""])
    assert group([step(0), step(1), step(2), step(3)], settled=settled) == [2, 2, 2, 2]
    gone = np.array([b"", b"f" * 64, b"f" * 64, b""])
    assert group([step(0), step(1), step(2), step(40)], settled=gone) == [0, 0, 0, 3]


def test_grouping_what_is_affected_is_grouping_all() -> None:
    hashes, own = lively(6000), names(6000)
    new = np.zeros(6000, bool)
    new[np.random.default_rng(2).permutation(6000)[:60]] = True
    before = np.full(6000, b"", "S64")
    before[~new] = grouped(Pictures(own[~new], hashes[~new]), WITHIN)
    codes = np.unique(before, return_inverse=True)[1]
    codes[new] = -1
    after = grouped(Pictures(own, hashes), WITHIN)
    chosen = affected(hashes, new, [codes], WITHIN)
    assert new.sum() < chosen.sum() < 3000
    mixed = before.copy()
    mixed[chosen] = grouped(Pictures(own[chosen], hashes[chosen]), WITHIN)
    assert (mixed == after).all()


def test_many_identical_pictures_are_one_node() -> None:
    blanks = np.full(5000, BASE, np.uint64)
    tracemalloc.start()
    found = grouped(Pictures(names(5000), blanks), WITHIN)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(np.unique(found)) == 1
    assert peak < 8 << 20  # 12.5 million pairs would be 100 MB and more


def test_pairs_come_closest_first_with_few_in_memory() -> None:
    hashes = np.unique(lively(1500))
    every = list(closest_first(Neighbours(hashes, WITHIN), lambda one, other: one != other))
    few = list(closest_first(Neighbours(hashes, WITHIN), lambda one, other: one != other, held=300))
    assert len(every) == 1 and len(few) > 3
    for pieces in (every, few):
        one, other = (np.concatenate(ends) for ends in zip(*pieces, strict=True))
        bits = np.bitwise_count(hashes[one] ^ hashes[other])
        assert (np.diff(bits.astype(int)) >= 0).all()
        distinct = {*zip(one.tolist(), other.tolist(), strict=True)}
        assert len(one) == len(distinct) == sum(len(ones) for ones, _ in every)


def test_groups_are_the_same_with_few_pairs_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = np.unique(lively(1500))
    own = np.full(len(hashes), -1)
    plenty = Clusters(hashes, own, 2 * WITHIN)
    plenty.join_near(WITHIN)
    monkeypatch.setattr("curation.imaging.neighbours_clusters.STRETCH", 64)
    little = Clusters(hashes, own, 2 * WITHIN)
    for one, other in closest_first(Neighbours(hashes, WITHIN), little._useful, held=300):
        little._join(one, other)
    assert (plenty.groups() == little.groups()).all()


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(TypeError, match="uint64, not int64"):
        Neighbours(np.array([1]), 10)
    with pytest.raises(ValueError, match="0 and 64 bits, got 65"):
        Neighbours(np.array([1], np.uint64), 65)
    with pytest.raises(ValueError, match="hashes: 1 values for 2 pictures"):
        Pictures(names(2), np.array([1], np.uint64))
    with pytest.raises(ValueError, match="all different"):
        grouped(Pictures(names(1).repeat(2), np.array([1, 2], np.uint64)), 10)
    assert len(grouped(Pictures(names(0), np.zeros(0, np.uint64)), 10)) == 0
