"""What everyone may read about a release: some of its pictures, its counts, and its exports."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import BigIntegerField, Count, Func, IntegerField, JSONField, QuerySet
from redis.exceptions import RedisError

from curation.models import Export, Job, Release, ReleaseMember, Source, Split
from curation.selectors.crosstab import Crosstab
from curation.selectors.release_about import About, about

SHOWN = 6  # pictures of each class
KEPT = 7 * 24 * 60 * 60  # seconds
# Votes and comments are people's work on the way to a release, and not for everyone.
NOT_OFFERED = {Export.Format.LABELS, Export.Format.LABEL_STUDIO}


class OuterFiles(Func):
    """The files of an export that are in no folder: a few, where there may be hundreds of thousands."""

    template = "jsonb_path_query_array(%(expressions)s, '$[*] ? (!(@.name like_regex \"/\"))')"
    output_field = JSONField()


class FileCount(Func):
    function = "jsonb_array_length"
    output_field = IntegerField()


class FileBytes(Func):
    template = (
        "(SELECT coalesce(sum((f->>'bytes')::bigint), 0) FROM jsonb_array_elements(%(expressions)s) AS f)"
    )
    output_field = BigIntegerField()


@dataclass(frozen=True)
class Shown:
    """A picture on the page, and what its licence asks to be said; links are "" where there are none."""

    member: ReleaseMember
    source_name: str

    @property
    def title(self) -> str:
        return self.member.catalog_number or self.member.original_name

    @property
    def link(self) -> str:
        return safe_link(self.member.further_information_url) or safe_link(self.member.access_uri)

    @property
    def licence_link(self) -> str:
        return safe_link(self.member.licence_url)


def safe_link(address: str) -> str:
    """Addresses come from other people's tables: one that does not lead to a web page leads nowhere."""
    return address if address.startswith(("https://", "http://")) else ""


@dataclass(frozen=True)
class ClassLine:
    """One class with the pictures that stand for it."""

    index: int
    slug: str
    name: str
    pictures: int
    shown: list[Shown]


@dataclass(frozen=True)
class LicenceLine:
    licence: str
    url: str
    pictures: int
    share: float


@dataclass(frozen=True)
class Offered:
    """An export that may be downloaded. files: those in no folder; inside: how many more are in folders;
    bytes: of all together."""

    export: Export
    files: list[dict[str, Any]]
    inside: int
    bytes: int

    @property
    def folder(self) -> str:
        """The folder that its ZIP unpacks to."""
        return self.export.folder.rpartition("/")[2]


@dataclass(frozen=True)
class PublicPage:
    """Everything that the page shows. drawn: pictures that software has made."""

    release: Release
    about: About
    classes: list[ClassLine]
    splits: dict[str, int]
    licences: list[LicenceLine]
    crosstab: Crosstab
    pictures: int
    drawn: int
    offered: list[Offered]


def public_page(release: Release) -> PublicPage:
    """The same number of queries, however large the release is."""
    classes: Counter[tuple[int, str, str]] = Counter()
    splits: Counter[str] = Counter()
    licences: Counter[tuple[str, str]] = Counter()
    cells: Counter[tuple[str, str]] = Counter()
    drawn = 0
    kinds: dict[str, str] = {}
    for index, slug, name, source, kind, split, licence, url, n in counted(release):
        kinds[source] = kind
        classes[index, slug, name] += n
        splits[split] += n
        licences[licence, url] += n
        cells[slug, source] += n
        drawn += n if kind == Source.Kind.SYNTHETIC else 0
    total = classes.total()
    shown = sample(release, [slug for _index, slug, _name in classes])
    said = about(release, kinds=kinds)
    names = {source.code: source.name for source in said.sources}
    return PublicPage(
        release,
        said,
        [
            ClassLine(*each, classes[each], [Shown(row, names[row.source]) for row in shown.get(each[1], [])])
            for each in sorted(classes)
        ],
        {split: splits[split] for split in Split.values if splits[split]},
        [
            LicenceLine(licence, safe_link(url), n, n / total)
            for (licence, url), n in sorted(licences.items(), key=lambda each: (-each[1], each[0]))
        ],
        Crosstab.of(cells),
        total,
        drawn,
        offered(release),
    )


def counted(release: Release) -> list[tuple[Any, ...]]:
    """How many pictures have the same class, source, split and licence. A release never changes, so that they
    are counted once and kept under the hash of its manifest."""
    key = f"release-counts:{release.manifest_sha256}"
    rows: list[tuple[Any, ...]] | None = None
    with suppress(RedisError):  # without it everything is counted again each time
        rows = cache.get(key)
    if rows is None:
        fields = ("category_index", "category", "category_name", "source", "source_kind", "split")
        found = release.members.order_by().values_list(*fields, "licence", "licence_url")
        rows = list(found.annotate(n=Count("id")))
        with suppress(RedisError):
            cache.set(key, rows, timeout=KEPT)
    return rows


def kinds_of(release: Release) -> dict[str, str]:
    """Source -> its kind."""
    return {row[3]: row[4] for row in counted(release)}


def start(release: Release, slug: str) -> str:
    """Where among the SHA-256 of a class the shown ones begin; it follows from the release alone."""
    return hashlib.sha256(f"{release.manifest_sha256}:shown:{slug}".encode()).hexdigest()


def sample(release: Release, slugs: Iterable[str]) -> dict[str, list[ReleaseMember]]:
    """Class -> SHOWN of its pictures, the same ones each time; one query by index, however many there are.

    The first ones from a place in the order of the SHA-256, and from its beginning where it ends.
    """
    parts: list[QuerySet[ReleaseMember]] = []
    members = release.members.order_by("sha256")
    for slug in slugs:
        own, place = members.filter(category=slug), start(release, slug)
        parts += [own.filter(sha256__gte=place)[:SHOWN], own.filter(sha256__lt=place)[:SHOWN]]
    if not parts:
        return {}
    found: dict[str, list[ReleaseMember]] = {}
    for member in parts[0].union(*parts[1:], all=True):
        found.setdefault(member.category, []).append(member)
    for slug, rows in found.items():
        place = start(release, slug)
        rows.sort(key=lambda row: (row.sha256 < place, row.sha256))
        del rows[SHOWN:]
    return found


def is_shown(release: Release, sha256: str) -> bool:
    """Whether the page shows the picture; two queries."""
    category = release.members.filter(sha256=sha256).values_list("category", flat=True).first()
    if category is None:
        return False
    return any(row.sha256 == sha256 for row in sample(release, [category])[category])


def offered(release: Release) -> list[Offered]:
    """The newest export of each format and choice of licences that is whole and in order; two queries."""
    rows = release.exports.filter(finished_at__isnull=False).exclude(format__in=NOT_OFFERED).defer("files")
    measured = rows.annotate(outer=OuterFiles("files"), count=FileCount("files"), total=FileBytes("files"))
    exports = list(measured.select_related("job", "release").order_by("-id"))
    checks = Job.objects.filter(
        kind=Job.Kind.EXPORT, params__do="verify", params__export__in=[each.pk for each in exports]
    )
    newest: dict[int, dict[str, Any]] = {}
    for params, result in checks.order_by("id").values_list("params", "result"):
        if verified := (result or {}).get("verified"):
            newest[params["export"]] = verified
    found: dict[tuple[str, ...], Offered] = {}
    for export in exports:
        first = (export.job.result or {}).get("verified") if export.job else None
        if (newest.get(export.pk) or first or {}).get("ok"):
            inside = export.count - len(export.outer)
            one = Offered(export, export.outer, inside, export.total)
            found.setdefault((export.format, *sorted(export.licences)), one)
    order = list(Export.Format.values)
    return sorted(found.values(), key=lambda each: (order.index(each.export.format), each.export.licences))


def offered_one(release: Release, pk: int) -> Offered | None:
    """The export of that number, if it is among `offered`."""
    return next((each for each in offered(release) if each.export.pk == pk), None)
