"""Pairs of 64-bit hashes that differ in few bits, found exactly, in memory that does not grow with the pairs.

Two searches give the same pairs, and the one that has less to compare is taken:

* by bands: 64 bits are four bands of 16. Where two hashes differ in at most w bits, one of their bands
  differs in at most w // 4, so that only hashes in near-by buckets of a band need comparing (M. Norouzi,
  A. Punjani and D. J. Fleet, "Fast search in Hamming space with multi-index hashing", CVPR 2012). Quick for
  hashes that use their bits evenly.
* all by all, with faiss (M. Douze et al., "The Faiss library", 2024, arXiv:2401.08281): for few hashes, wide
  distances, and hashes that are much alike.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]
Short = npt.NDArray[np.int32]
Pairs = tuple[Places, Places, npt.NDArray[np.uint8]]  # place, place, bits that differ; each (P,)

THREADS = 2
AT_ONCE = 1 << 20  # candidates compared by one thread at a time: about 50 MiB
TILE = (512, 16_384)  # asking and asked in one call of faiss: at worst, 8 million pairs come back (100 MB)
BANDS, WIDTH = 4, 16
# Measured on two cores: nanoseconds for one comparison, and for looking one hash's bucket up.
BY_BANDS_NS, LOOK_UP_NS, BY_FAISS_NS = 3.0, 25.0, 0.8


class Neighbours:
    """Hashes to be searched: (N,) uint64, all different. within: 0 to 64 bits, inclusive."""

    def __init__(self, hashes: Hashes, within: int) -> None:
        if hashes.dtype != np.uint64 or hashes.ndim != 1:
            raise TypeError(f"hashes must be one row of uint64, not {hashes.dtype} of shape {hashes.shape}")
        if not 0 <= within <= 64:
            raise ValueError(f"within must lie between 0 and 64 bits, got {within}")
        self.hashes = hashes
        self.within = within
        self._bands: _Bands | None = None

    def among(self) -> Iterator[Pairs]:
        """Every pair once, the lower place first, in pieces; the same pieces for the same hashes."""
        n = len(self.hashes)
        return self._search(None, n * (n - 1) // 2, n // 2)

    def of(self, asked: Places) -> Iterator[Pairs]:
        """For each of these places (K,): the others near it. First comes the place that was asked about."""
        return self._search(asked, len(asked) * len(self.hashes), len(asked))

    def _search(self, asked: Places | None, all_by_all: int, looked_up: int) -> Iterator[Pairs]:
        by_faiss = all_by_all * BY_FAISS_NS
        masks = _masks(self.within // BANDS)
        look_ups = len(masks) * BANDS * looked_up * LOOK_UP_NS
        if len(self.hashes) > 4096 and look_ups < by_faiss:
            self._bands = self._bands or _Bands(self.hashes, self.within)
            if look_ups + self._bands.comparisons(asked, masks) * BY_BANDS_NS < by_faiss:
                return self._bands.search(asked, masks)
        return _by_faiss(self.hashes, asked, self.within)


def _masks(flips: int) -> list[int]:
    """Every 16-bit number with at most so many bits set, fewest first."""
    return [sum(1 << bit for bit in bits) for n in range(flips + 1) for bits in combinations(range(WIDTH), n)]


class _Bands:
    def __init__(self, hashes: Hashes, within: int) -> None:
        self.hashes, self.within, self.reach = hashes, within, within // BANDS
        # Bits that are nearly always the same tell little: each band gets its share of them.
        shares = [float(((hashes >> np.uint64(bit)) & np.uint64(1)).mean()) for bit in range(64)]
        by_use = sorted(range(64), key=lambda bit: (abs(shares[bit] - 0.5), bit))
        self.all_places: Short = np.arange(len(hashes), dtype=np.int32)
        self.values: list[npt.NDArray[np.uint16]] = []
        self.order: list[Places] = []
        self.place_of: list[Short] = []  # the inverse of order
        self.sorted_values: list[npt.NDArray[np.uint16]] = []
        self.sorted_hashes: list[Hashes] = []
        self.starts: list[Short] = []
        for band in range(BANDS):
            value = np.zeros(len(hashes), np.uint16)
            for place, bit in enumerate(by_use[band::BANDS]):
                value |= (((hashes >> np.uint64(bit)) & np.uint64(1)) << np.uint64(place)).astype(np.uint16)
            self.values.append(value)
            order = np.argsort(value, kind="stable")
            place_of = np.empty_like(self.all_places)
            place_of[order] = self.all_places
            self.order.append(order)
            self.place_of.append(place_of)
            self.sorted_values.append(value[order])
            self.sorted_hashes.append(hashes[order])
            sizes = np.bincount(value, minlength=1 << WIDTH)
            self.starts.append(np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32))

    def comparisons(self, asked: Places | None, masks: list[int]) -> int:
        """How many pairs of hashes a search would compare."""
        total = 0
        buckets = np.arange(1 << WIDTH)
        for value, starts in zip(self.values, self.starts, strict=True):
            sizes = np.diff(starts)
            own = sizes if asked is None else np.bincount(value[asked], minlength=1 << WIDTH)
            used = np.flatnonzero(own)
            total += sum(int(own[used] @ sizes[buckets[used] ^ mask]) for mask in masks)
        return total // 2 if asked is None else total

    def search(self, asked: Places | None, masks: list[int]) -> Iterator[Pairs]:
        parts = (part for band in range(BANDS) for mask in masks for part in self._parts(asked, band, mask))
        return _in_order(parts)

    def _parts(self, asked: Places | None, band: int, mask: int) -> Iterator[Callable[[], Pairs]]:
        """The search for pairs whose values in this band differ in just the bits of `mask`, in parts.

        Places are those in the order of the band, so that what is compared lies side by side in memory.
        """
        if asked is None:
            value, ours = self.sorted_values[band], self.all_places
            if mask:
                # A pair differs in the mask's highest bit: ask from the side that has it unset.
                asking = value & np.uint16(1 << (mask.bit_length() - 1)) == 0
                value, ours = value[asking], ours[asking]
        else:
            value, ours = self.values[band][asked], self.place_of[band][asked]
        there = (value ^ np.uint16(mask)).astype(np.int64)
        first = self.starts[band][there]
        ends = self.starts[band][there + 1]
        if asked is None and not mask:
            first = ours + 1  # what follows in the same bucket
        counts = ends - first
        told = np.cumsum(counts, dtype=np.int64)
        begin = 0
        while begin < len(ours):
            done = int(told[begin - 1]) if begin else 0
            end = max(begin + 1, int(np.searchsorted(told, done + AT_ONCE, side="right")))
            if told[end - 1] > done:
                yield partial(
                    self._part, ours[begin:end], first[begin:end], counts[begin:end], band, asked is None
                )
            begin = end

    def _part(self, ours: Short, first: Short, counts: Short, band: int, among: bool) -> Pairs:
        """Compare each of `ours` with `counts` hashes that follow one another in the band from `first` on."""
        lying = self.sorted_hashes[band]
        ends = np.cumsum(counts, dtype=np.int32)
        offsets = first - (ends - counts)
        others = np.repeat(offsets, counts)
        others += np.arange(len(others), dtype=np.int32)
        bits = np.bitwise_count(np.repeat(lying[ours], counts) ^ lying[others])
        near = np.flatnonzero(bits <= self.within)
        one = self.order[band][ours[np.searchsorted(ends, near, side="right")]]
        other, bits = self.order[band][others[near]], bits[near]
        new = one != other
        for earlier in self.values[:band]:  # a pair is told by the first band that finds it
            new &= np.bitwise_count(earlier[one] ^ earlier[other]) > self.reach
        one, other, bits = one[new], other[new], bits[new]
        if among:
            one, other = np.minimum(one, other), np.maximum(one, other)
        return one, other, bits


def _by_faiss(hashes: Hashes, asked: Places | None, within: int) -> Iterator[Pairs]:
    logging.getLogger("faiss.loader").setLevel(logging.WARNING)  # else it tells how it was built
    import faiss  # a large library; the pages do without it

    faiss.omp_set_num_threads(THREADS)
    asking, tile = TILE
    for start in range(0, len(hashes), tile):
        index = faiss.IndexBinaryFlat(64)
        index.add(_as_bytes(hashes[start : start + tile]))
        # Among all, a tile is asked about by what comes before its end; the later half is told by it.
        end = min(start + tile, len(hashes)) if asked is None else len(asked)
        for begin in range(0, end, asking):
            stop = min(begin + asking, end)
            ours = np.arange(begin, stop) if asked is None else asked[begin:stop]
            yield from _asked(index, hashes, ours, start, within, asked is None)


def _asked(index: Any, hashes: Hashes, ours: Places, start: int, within: int, among: bool) -> Iterator[Pairs]:
    # faiss leaves out what is as far away as the radius.
    limits, bits, found = index.range_search(_as_bytes(hashes[ours]), within + 1)
    one = np.repeat(ours, np.diff(limits.astype(np.int64)))
    other = found.astype(np.int64) + start
    wanted = one < other if among else one != other
    if wanted.any():
        yield one[wanted], other[wanted], bits[wanted].astype(np.uint8)


def _as_bytes(hashes: Hashes) -> npt.NDArray[np.uint8]:
    return np.ascontiguousarray(hashes).view(np.uint8).reshape(-1, 8)


def _in_order(parts: Iterable[Callable[[], Pairs]]) -> Iterator[Pairs]:
    """Run the parts in threads, few of them ahead of what is used; what they found comes in their order."""
    with ThreadPoolExecutor(THREADS) as pool:
        ahead: deque[Future[Pairs]] = deque()
        for part in parts:
            ahead.append(pool.submit(part))
            if len(ahead) > 2 * THREADS:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
