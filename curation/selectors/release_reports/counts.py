"""What the reports of a release are made of, counted in PostgreSQL and then kept.

A frozen release never changes, so what was counted once holds for good: it is kept in Redis under the primary
key, the moment of freezing and the manifest's SHA-256. Where Redis forgets it, it is counted again.
"""

from __future__ import annotations

import json
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

from django.core.cache import cache
from django.db import connection
from django.db.models import BooleanField, Count, QuerySet
from django.db.models.expressions import RawSQL

from curation.models import Release, ReleaseMember, Split

VERSION = 1  # goes up when what is kept changes its form
KEPT = 30 * 24 * 60 * 60  # seconds after the last count; Redis is the broker too and must not fill up
T = TypeVar("T")


class Label(NamedTuple):
    """A class as the release has it."""

    place: int  # among the classes of its project
    slug: str
    name: str


class Part(NamedTuple):
    """How many pictures a release has of one class, split, source and licence."""

    label: Label
    split: str
    source: str
    licence: str
    n: int


def kept(release: Release, name: str, count: Callable[[], T]) -> T:
    """What `count` gives, from Redis where it was counted before."""
    if not release.manifest_sha256:  # not frozen yet
        return count()
    found: T | None = cache.get(_key(release, name))
    if found is None:
        found = count()
        keep(release, name, found)
    return found


def keep(release: Release, name: str, value: Any) -> None:
    cache.set(_key(release, name), value, timeout=KEPT)


def kept_many(releases: list[Release], name: str) -> dict[int, Any]:
    """What is kept of these releases, by primary key; those of which nothing is are left out."""
    keys = {_key(release, name): release.pk for release in releases if release.manifest_sha256}
    return {keys[key]: value for key, value in cache.get_many(list(keys)).items()}


def _key(release: Release, name: str) -> str:
    return f"release:{VERSION}:{mark(release)}:{name}"


def kept_members(release: Release, name: str, rows: QuerySet[Any]) -> RawSQL:
    """A condition that holds for these members; they are looked for once and then kept, 8 bytes each."""
    packed = kept(release, name, lambda: array("q", rows.values_list("pk", flat=True)).tobytes())
    return among(array("q", packed))


def among(ids: array[int]) -> RawSQL:
    """A condition that holds for members with these primary keys.

    PostgreSQL makes a hash of a constant behind = ANY, and stops looking when a page is full.
    """
    return RawSQL("curation_releasemember.id = ANY(%s::bigint[])", [ids.tolist()], BooleanField())


def mark(release: Release) -> str:
    """What no other frozen release has, also of a database that was begun anew."""
    return f"{release.pk}:{release.created_at.timestamp()}:{release.manifest_sha256}"


class Composition:
    """All parts of a release, and sums over them by any of their names."""

    def __init__(self, parts: list[Part]) -> None:
        self.parts = parts

    @cached_property
    def labels(self) -> list[Label]:
        return sorted({part.label for part in self.parts})

    @cached_property
    def sources(self) -> list[str]:
        return sorted({part.source for part in self.parts}, key=str.encode)

    @cached_property
    def licences(self) -> list[str]:
        return sorted({part.licence for part in self.parts}, key=str.encode)

    @cached_property
    def splits(self) -> list[str]:
        """In the order of the model; the survey only where there is one."""
        found = {part.split for part in self.parts}
        return [split for split in Split.values if split in found or split != Split.SURVEY]

    @cached_property
    def pictures(self) -> int:
        return sum(part.n for part in self.parts)

    def by(self, name: str) -> dict[str, int]:
        """`source`, `licence` or `split` -> pictures."""
        counts: Counter[str] = Counter()
        for part in self.parts:
            counts[getattr(part, name)] += part.n
        return counts

    def by_label(self, name: str) -> dict[Label, Counter[str]]:
        """Class -> `source`, `licence` or `split` -> pictures."""
        counts: defaultdict[Label, Counter[str]] = defaultdict(Counter)
        for part in self.parts:
            counts[part.label][getattr(part, name)] += part.n
        return {label: counts[label] for label in self.labels}


def composition(release: Release) -> Composition:
    """One query the first time."""

    def count() -> list[tuple[Any, ...]]:
        names = ("category_index", "category", "category_name", "split", "source", "licence")
        return list(release.members.order_by().values_list(*names).annotate(n=Count("id")))

    rows = kept(release, "composition", count)
    return Composition([Part(Label(*row[:3]), *row[3:]) for row in rows])


def compositions(releases: list[Release]) -> dict[int, Composition]:
    """Of several frozen releases, by primary key; at most one query, for those that were never counted."""
    found = cache.get_many([_key(release, "composition") for release in releases])
    lacking = [release for release in releases if _key(release, "composition") not in found]
    rows: dict[int, list[tuple[Any, ...]]] = {
        release.pk: found.get(_key(release, "composition"), []) for release in releases
    }
    if lacking:
        names = ("category_index", "category", "category_name", "split", "source", "licence")
        members = ReleaseMember.objects.filter(release__in=lacking).order_by()
        for pk, *row in members.values_list("release_id", *names).annotate(n=Count("id")):
            rows[pk].append(tuple(row))
        for release in lacking:
            if release.manifest_sha256:
                keep(release, "composition", rows[release.pk])
    return {pk: Composition([Part(Label(*row[:3]), *row[3:]) for row in parts]) for pk, parts in rows.items()}


class Groups(NamedTuple):
    """Leak groups of a release. shared: of more than one picture; leaking: in two splits, must be 0."""

    groups: int
    shared: int
    pictures: int  # in shared groups
    leaking: int
    largest: list[tuple[str, int, str, str]]  # name, pictures, split, class of its first picture


# Shown on the page, for anybody to run again: it must give no row.
PROOF = """\
SELECT leak_group, count(*) AS pictures, min(split) AS split, max(split) AS other_split
FROM curation_releasemember
WHERE release_id = (SELECT id FROM curation_release WHERE name = '{name}')
GROUP BY leak_group
HAVING min(split) <> max(split);"""
_GROUPS = """\
SELECT leak_group, count(*) AS n, min(split) AS split, max(split) AS other_split, min(category_name) AS named
FROM curation_releasemember WHERE release_id = %(release)s GROUP BY leak_group"""
_COUNTED = f"""\
WITH found AS MATERIALIZED ({_GROUPS}),
largest AS (SELECT * FROM found WHERE n > 1 ORDER BY n DESC, leak_group LIMIT %(most)s)
SELECT count(*), count(*) FILTER (WHERE n > 1), coalesce(sum(n) FILTER (WHERE n > 1), 0)::bigint,
       count(*) FILTER (WHERE split <> other_split),
       (SELECT json_agg(json_build_array(leak_group, n, split, named) ORDER BY n DESC, leak_group)
        FROM largest)::text
FROM found"""
LARGEST = 10


def groups(release: Release) -> Groups:
    """Counted from the members, not from what freezing believed; one query the first time."""

    def count() -> tuple[Any, ...]:
        with connection.cursor() as cursor:
            cursor.execute(_COUNTED, {"release": release.pk, "most": LARGEST})
            return tuple(cursor.fetchone() or ())

    number, shared, pictures, leaking, largest = kept(release, "groups", count)
    rows = [tuple(row) for row in json.loads(largest or "[]")]
    return Groups(number, shared, pictures, leaking, rows)
