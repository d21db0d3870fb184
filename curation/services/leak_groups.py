"""Which pictures must share a split: near-duplicates, those of one specimen, those made from one another.

Leak groups are the connected components over these four joins. They are looked for among all pictures there
are, not only among those asked about: two may be joined by a third that nobody chose.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from curation.models import Image


class Joined:
    """Disjoint sets with path halving (Tarjan and van Leeuwen 1984)."""

    def __init__(self) -> None:
        self._parent: dict[Hashable, Hashable] = {}

    def root(self, item: Hashable) -> Hashable:
        parent = self._parent
        above = parent.setdefault(item, item)
        while above != item:
            parent[item] = item = parent[above]
            above = parent[item]
        return item

    def join(self, one: Hashable, other: Hashable) -> None:
        self._parent[self.root(one)] = self.root(other)


def leak_groups(pool: Mapping[int, str]) -> dict[int, str]:
    """Image id -> name of its leak group, for each image of `pool` (image id -> SHA-256).

    The name is the lowest SHA-256 of the group within the pool, so it depends neither on ids nor on what else
    is stored. One query over all images.
    """
    joined = Joined()
    rows = Image.objects.order_by().values_list(
        "id", "parent_id", "group", "source_id", "occurrence_id", "catalog_number"
    )
    for pk, parent, group, source, occurrence, catalog_number in rows.iterator(chunk_size=10_000):
        joined.join(pk, ("near", group))
        if parent is not None:
            joined.join(pk, parent)
        if occurrence:
            joined.join(pk, ("occurrence", source, occurrence))
        if catalog_number:
            joined.join(pk, ("catalogue", source, catalog_number))
    lowest: dict[Hashable, str] = {}
    for pk, sha256 in pool.items():
        root = joined.root(pk)
        lowest[root] = min(lowest.get(root, sha256), sha256)
    return {pk: lowest[joined.root(pk)] for pk in pool}
