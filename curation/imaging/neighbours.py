"""Groups of pictures: near-duplicates by their difference hashes, and pictures of one specimen.

`grouped` follows these rules; its answer depends on the pictures alone, not on their order.

1. Two pictures are near when their hashes differ in at most `within` bits.
2. Near pictures come together, the closest pairs first (ties: the lower SHA-256 first), and so do those near
   to them; but a step is left out where it would bring two pictures together that differ in more than
   `2 * within` bits. So a chain of small steps between pictures that are far apart is cut where its steps
   are widest, and no copies are parted for the sake of pictures that are less alike.
3. Pictures of one specimen come together however different they look, and nothing parts them.
4. A group that a person has settled keeps its pictures: others may come to it, two such groups never meet.
   Where pictures of one specimen are in two settled groups, the rest of them is tied to neither.
5. A group is named by the lowest SHA-256 of its pictures, a settled one keeps its name.

The way of rule 2 is that of complete linkage, held to the pairs that are near (D. Defays, "An efficient
algorithm for a complete link method", The Computer Journal 20, 1977).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from curation.imaging.neighbours_clusters import Clusters
from curation.imaging.neighbours_search import Hashes, Neighbours, Places

Names = npt.NDArray[np.bytes_]
Marked = npt.NDArray[np.bool_]
Marks = npt.NDArray[np.int64]  # (N,): equal marks belong together; below 0: none
ALL_FROM = 0.25


@dataclass(frozen=True)
class Pictures:
    """N pictures in any order.

    names: SHA-256 in hexadecimal, (N,) of dtype S64, all different. hashes: (N,) uint64.
    specimens: any number of (N,) marks; pictures with the same mark show one specimen.
    settled: (N,) S64, the name of the group a person has put the picture in, empty where nobody has.
    """

    names: Names
    hashes: Hashes
    specimens: Sequence[Marks] = ()
    settled: Names | None = None

    def __post_init__(self) -> None:
        n = len(self.names)
        rows = {"hashes": self.hashes, "settled": self.settled}
        for what, row in (*rows.items(), *(("specimens", marks) for marks in self.specimens)):
            if row is not None and len(row) != n:
                raise ValueError(f"{what}: {len(row)} values for {n} pictures")


def grouped(pictures: Pictures, within: int) -> Names:
    """The name of each picture's group: (N,) S64, in the order of `pictures`."""
    n = len(pictures.names)
    if n == 0:
        return np.zeros(0, "S64")
    order = np.argsort(pictures.names)
    names, hashes = pictures.names[order], pictures.hashes[order]
    if (names[1:] == names[:-1]).any():
        raise ValueError("names must be all different")
    specimen = joined(n, [marks[order] for marks in pictures.specimens])
    held = np.zeros(n, "S64") if pictures.settled is None else pictures.settled[order]
    held_names, settled = np.unique(np.append(held, b""), return_inverse=True)
    settled = _with_their_specimens(settled[:-1] - 1, specimen)  # -1: by nobody

    node, lowest = _nodes(hashes, settled)
    clusters = Clusters(hashes[lowest], settled[lowest], limit=2 * within)
    clusters.tie(node, specimen)
    clusters.join_near(within)
    group = clusters.groups()[node]

    first = np.full(len(lowest), n)
    np.minimum.at(first, group, np.arange(n))
    keeps, theirs = np.searchsorted(names, held_names[1:]), np.zeros(len(held_names) - 1, np.int64)
    theirs[settled[settled >= 0]] = group[settled >= 0]
    # Where the picture that gave a settled group its name is gone, the lowest name is taken after all.
    stays = names[np.minimum(keeps, n - 1)] == held_names[1:]
    stays &= group[np.minimum(keeps, n - 1)] == theirs
    first[theirs[stays]] = keeps[stays]
    heads = first[group]
    answer = np.empty(n, "S64")
    answer[order] = names[heads]
    return answer


def affected(hashes: Hashes, seeds: Marked, ties: Sequence[Marks], within: int) -> Marked:
    """Which pictures (N,) have to be grouped anew where those of `seeds` (N,) came, changed or lost company.

    They are all that hang together with them by nearness or by the same mark in one of `ties`, through any
    number of steps: grouping these alone gives what grouping all would give. Where that is a good part of
    them all, all are named, for it is quicker to group them than to tell them apart.
    """
    n = len(hashes)
    values, node = np.unique(hashes, return_inverse=True)
    search = Neighbours(values, within)
    inside, asked = seeds.copy(), np.zeros(len(values), bool)
    marked = [np.zeros(int(marks.max(initial=-1)) + 1, bool) for marks in ties]
    while True:
        before = int(inside.sum())
        for marks, known in zip(ties, marked, strict=True):
            known[marks[inside & (marks >= 0)]] = True
            inside |= (marks >= 0) & known[marks] if len(known) else False
        fresh = np.zeros(len(values), bool)
        fresh[node[inside]] = True
        found, fresh = fresh.copy(), fresh & ~asked
        if int(inside.sum()) > n * ALL_FROM:
            return np.ones(n, bool)
        for _, other, _ in search.of(np.flatnonzero(fresh)):
            found[other] = True
        asked |= fresh
        inside |= found[node]
        if int(inside.sum()) == before and not (found & ~asked).any():
            return inside


def joined(n: int, marks: Sequence[Marks]) -> Marks:
    """For each of n things the lowest place among those it is tied to by equal marks, through any steps."""
    label = np.arange(n)
    while True:
        before = label
        for row in marks:
            has = np.flatnonzero(row >= 0)
            lowest = np.full(int(row.max(initial=-1)) + 1, n)
            np.minimum.at(lowest, row[has], label[has])
            label = label.copy()
            label[has] = lowest[row[has]]
        label = label[label]
        if (label == before).all():
            return label


def _with_their_specimens(settled: Marks, specimen: Marks) -> Marks:
    """Put pictures beside the settled ones of their specimen; changes `specimen` where those are at odds."""
    settled = settled.copy()
    has = np.flatnonzero(settled >= 0)
    lowest, highest = np.full(len(settled), len(settled)), np.full(len(settled), -1)
    np.minimum.at(lowest, specimen[has], settled[has])
    np.maximum.at(highest, specimen[has], settled[has])
    at_odds = has[lowest[specimen[has]] != highest[specimen[has]]]
    agreed = (lowest == highest)[specimen]
    settled[agreed] = lowest[specimen[agreed]]
    specimen[at_odds] = len(specimen) + at_odds  # a mark of its own each
    return settled


def _nodes(hashes: Hashes, settled: Marks) -> tuple[Places, Places]:
    """Pictures with one hash (and one settled group) are one node: (N,) its number, (U,) its first picture.

    Nodes are numbered in the order of their first pictures.
    """
    order = np.lexsort((settled, hashes))
    begins = np.ones(len(order), bool)
    begins[1:] = (np.diff(hashes[order]) != 0) | (np.diff(settled[order]) != 0)
    lowest = order[begins]  # the sort is stable
    rank = np.empty(len(lowest), np.int64)
    rank[np.argsort(lowest)] = np.arange(len(lowest))
    node = np.empty(len(order), np.int64)
    node[order] = rank[np.cumsum(begins) - 1]
    return node, np.sort(lowest)
