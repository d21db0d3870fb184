"""Which pictures must share a split: near-duplicates, those of one specimen, those made from one another.

Leak groups are the connected components over these four joins. They are looked for among all pictures there
are, not only among those asked about: two may be joined by a third that nobody chose.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from django.db import connection

from curation.models import Image

AT_ONCE = 10_000  # joins read together
# Each row names pictures that belong together. The database finds them, so that pictures that are alone,
# mostly nearly all, are never sent.
JOINS = f"""
SELECT array_agg(id) FROM {Image._meta.db_table} GROUP BY "group" HAVING count(*) > 1
UNION ALL
SELECT ARRAY[id, parent_id] FROM {Image._meta.db_table} WHERE parent_id IS NOT NULL
UNION ALL
SELECT array_agg(id) FROM {Image._meta.db_table} WHERE occurrence_id <> ''
GROUP BY source_id, occurrence_id HAVING count(*) > 1
UNION ALL
SELECT array_agg(id) FROM {Image._meta.db_table} WHERE catalog_number <> ''
GROUP BY source_id, catalog_number HAVING count(*) > 1
"""


class Joined:
    """Disjoint sets with path halving (Tarjan and van Leeuwen 1984). What was never joined is alone."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}

    def root(self, item: int) -> int:
        parent = self._parent
        above = parent.get(item, item)
        while above != item:
            parent[item] = item = parent[above]
            above = parent[item]
        return item

    def join(self, items: Sequence[int]) -> None:
        root = self.root(items[0])
        self._parent.setdefault(root, root)
        for item in items[1:]:
            self._parent[self.root(item)] = root


def leak_groups(pool: Mapping[int, str]) -> dict[int, str]:
    """Image id -> name of its leak group, for each image of `pool` (image id -> SHA-256).

    The name is the lowest SHA-256 of the group within the pool, so it depends neither on ids nor on what else
    is stored. One query over all images.
    """
    joined = Joined()
    for items in _joins():
        joined.join(items)
    lowest: dict[int, str] = {}
    for pk, sha256 in pool.items():
        root = joined.root(pk)
        lowest[root] = min(lowest.get(root, sha256), sha256)
    return {pk: lowest[joined.root(pk)] for pk in pool}


def _joins() -> Iterator[list[int]]:
    with connection.cursor() as cursor:
        cursor.execute(JOINS)
        while rows := cursor.fetchmany(AT_ONCE):
            for (items,) in rows:
                yield items
