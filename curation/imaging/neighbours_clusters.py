"""Brings near pictures together, the closest first, but none that are too far apart. See neighbours.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import numpy as np
import numpy.typing as npt

from curation.imaging.neighbours_search import Hashes, Neighbours, Places

HELD = 1 << 23  # pairs kept at a time, eight bytes each: 64 MiB, and as much again while they are sorted
STRETCH = 1 << 14  # pairs looked at together
FEW = 64  # comparisons below which numbers are quicker than arrays
PLACE_BITS = 28

Useful = Callable[[Places, Places], npt.NDArray[np.bool_]]


class Clusters:
    """N nodes, each at first by itself. hashes: (N,) uint64. settled: (N,) the number of a group, or -1.

    A *cluster* holds nodes that came together by nearness, no two further apart than `limit` bits. A *group*
    holds clusters that are tied: by nearness, by a specimen, or by a person (the same number in `settled`);
    two groups that persons settled never meet.
    """

    def __init__(self, hashes: Hashes, settled: Places, limit: int) -> None:
        n = len(hashes)
        if n >= 1 << PLACE_BITS:
            raise ValueError(f"at most {1 << PLACE_BITS:,} different hashes can be grouped, not {n:,}")
        self.hashes, self.limit = hashes, limit
        self.cluster = np.arange(n)
        # Bits that all of a cluster have, and that any of it has: how far apart they may be, at a glance.
        self.all, self.any = hashes.copy(), hashes.copy()
        self.members: dict[int, Places] = {}  # of clusters of two and more
        self._up = list(range(n))
        self._settled: dict[int, int] = {}  # root of a group -> its number
        by_number: dict[int, int] = {}
        for place in np.flatnonzero(settled >= 0).tolist():
            number = int(settled[place])
            self._up[place] = by_number.setdefault(number, place)
            self._settled[by_number[number]] = number
        self._far: set[int] = set()

    def tie(self, node: Places, mark: Places) -> None:
        """Tie the nodes of things (M,) that have the same mark (M,), whatever their distance."""
        order = np.lexsort((node, mark))
        same = np.flatnonzero(np.diff(mark[order]) == 0)
        for one, other in zip(node[order][same].tolist(), node[order][same + 1].tolist(), strict=True):
            self._bring(one, other)

    def join_near(self, within: int) -> None:
        search = Neighbours(self.hashes, within)
        for one, other in closest_first(search, self._useful):
            for start in range(0, len(one), STRETCH):
                self._join(one[start : start + STRETCH], other[start : start + STRETCH])

    def groups(self) -> Places:
        """(N,) a node that stands for the group of each."""
        return np.array([self._root(place) for place in range(len(self._up))], np.int64)

    def _join(self, one: Places, other: Places) -> None:
        useful = self._useful(one, other)
        one, other = one[useful], other[useful]
        # Of the pairs between the same two clusters the first one decides.
        ends = np.sort(np.stack([self.cluster[one], self.cluster[other]]), axis=0)
        _, first = np.unique(ends[0] << PLACE_BITS | ends[1], return_index=True)
        first.sort()
        for i, j in zip(one[first].tolist(), other[first].tolist(), strict=True):
            a, b = int(self.cluster[i]), int(self.cluster[j])
            if a == b:
                continue
            pair = min(a, b) << PLACE_BITS | max(a, b)
            if pair in self._far:
                continue
            if self._fits(a, b) and self._bring(i, j):
                self._merge(a, b)
            else:
                # For good: clusters only grow. Forgetting some costs time, remembering all of them memory.
                if len(self._far) >= 1_000_000:
                    self._far.clear()
                self._far.add(pair)

    def _useful(self, one: Places, other: Places) -> npt.NDArray[np.bool_]:
        """Which pairs (P,) might still bring something together, as far as can be told at a glance."""
        a, b = self.cluster[one], self.cluster[other]
        # Bits that every pair across differs in.
        apart = (self.all[a] & ~self.any[b]) | (self.all[b] & ~self.any[a])
        useful: npt.NDArray[np.bool_] = (a != b) & (np.bitwise_count(apart) <= self.limit)
        return useful

    def _fits(self, a: int, b: int) -> bool:
        """Whether no node of one cluster is too far from one of the other."""
        differing = (self.any[a] | self.any[b]) & ~(self.all[a] & self.all[b])
        if int(differing).bit_count() <= self.limit:
            return True
        ours, theirs = self._of(a), self._of(b)
        if len(ours) > len(theirs):
            ours, theirs = theirs, ours
        if len(ours) * len(theirs) <= FEW:
            pairs = product(self.hashes[ours].tolist(), self.hashes[theirs].tolist())
            return all((one ^ other).bit_count() <= self.limit for one, other in pairs)
        across = self.hashes[theirs]
        return all(np.bitwise_count(across ^ one).max() <= self.limit for one in self.hashes[ours])

    def _merge(self, a: int, b: int) -> None:
        ours, theirs = self._of(a), self._of(b)
        if len(ours) < len(theirs):
            a, b, ours, theirs = b, a, theirs, ours
        self.cluster[theirs] = a
        self.members[a] = np.concatenate([ours, theirs])
        self.members.pop(b, None)
        self.all[a] &= self.all[b]
        self.any[a] |= self.any[b]

    def _of(self, cluster: int) -> Places:
        return self.members.get(cluster, np.array([cluster]))

    def _root(self, place: int) -> int:
        up = self._up
        while up[place] != place:
            up[place] = place = up[up[place]]  # path halving
        return place

    def _bring(self, one: int, other: int) -> bool:
        """Make one group of the groups of two nodes; False where both are settled, each as another."""
        a, b = self._root(one), self._root(other)
        if a == b:
            return True
        numbers = {self._settled[root] for root in (a, b) if root in self._settled}
        if len(numbers) > 1:
            return False
        low, high = min(a, b), max(a, b)
        self._up[high] = low
        if numbers:
            self._settled[low] = numbers.pop()
        return True


def closest_first(search: Neighbours, useful: Useful, held: int = HELD) -> Iterator[tuple[Places, Places]]:
    """All near pairs that are `useful`, by distance, then by place; about `held` of them in memory at a time.

    Where more are found, the wider ones are left for another search, when fewer will be useful. (Where pairs
    of one distance are more than that already, they come by place within pieces.)
    """
    narrow = 0
    while narrow <= search.within:
        wide = search.within
        kept: list[npt.NDArray[np.uint64]] = []
        count = 0
        for one, other, bits in search.among():
            wanted = (bits >= narrow) & (bits <= wide) & useful(one, other)
            if not wanted.any():
                continue
            kept.append(_packed(one[wanted], other[wanted], bits[wanted]))
            count += len(kept[-1])
            if count > held and wide > narrow:
                pairs = np.concatenate(kept)
                shares = np.cumsum(np.bincount((pairs >> np.uint64(2 * PLACE_BITS)).astype(np.int64)))
                fitting = int(np.searchsorted(shares, held // 2, side="right")) - 1
                wide = max(narrow, fitting)
                pairs = pairs[pairs < np.uint64(wide + 1) << np.uint64(2 * PLACE_BITS)]
                kept, count = [pairs], len(pairs)
            if count > held:
                yield _unpacked(kept)
                kept, count = [], 0
        if kept:
            yield _unpacked(kept)
        narrow = wide + 1


def _packed(one: Places, other: Places, bits: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    packed = bits.astype(np.int64) << 2 * PLACE_BITS | one << PLACE_BITS | other
    return packed.astype(np.uint64)


def _unpacked(kept: list[npt.NDArray[np.uint64]]) -> tuple[Places, Places]:
    pairs = np.sort(np.concatenate(kept)).astype(np.int64)
    place = (1 << PLACE_BITS) - 1
    return pairs >> PLACE_BITS & place, pairs & place
