"""All sources with what they gave, for the table, for choices in forms and for download."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy

from curation.models import Candidate, Image, Source
from curation.selectors.progress import Tally


@dataclass
class SourceRow:
    """`tally` counts candidates: a picture that two projects ask about counts twice there."""

    source: Source
    pictures: int = 0
    tally: Tally = field(default_factory=Tally)

    @property
    def decided(self) -> int:
        return self.tally.decided

    @property
    def waiting(self) -> int:
        return self.tally.open + self.tally.set_aside


SORTS: dict[str, Callable[[SourceRow], Any]] = {
    "code": lambda row: row.source.code.casefold(),
    "name": lambda row: row.source.name.casefold(),
    "kind": lambda row: row.source.get_kind_display(),
    "pictures": lambda row: row.pictures,
    "waiting": lambda row: row.waiting,
    "decided": lambda row: row.decided,
}


def source_rows(kind: str = "", every: bool = False, sort: str = "code") -> list[SourceRow]:
    """Sources of a kind ("" for any), those with pictures unless `every`; three queries.

    `sort` is a key of SORTS, with "-" before it for the other way round; ties by code.
    """
    sources = Source.objects.filter(kind=kind) if kind else Source.objects.all()
    rows = {source.pk: SourceRow(source) for source in sources}
    of_images = Image.objects.order_by().values("source_id").annotate(n=Count("id"))
    for found in of_images.values_list("source_id", "n"):
        if found[0] in rows:
            rows[found[0]].pictures = found[1]
    of_candidates = Candidate.objects.order_by().values("image__source_id", "state").annotate(n=Count("id"))
    for source, state, n in of_candidates.values_list("image__source_id", "state", "n"):
        if source in rows:
            rows[source].tally.add(state, n)
    shown = sorted((row for row in rows.values() if every or row.pictures), key=SORTS["code"])
    return sorted(shown, key=SORTS[sort.removeprefix("-")], reverse=sort.startswith("-"))


HEADER = [
    "code",
    "name",
    "kind",
    "country",
    "indexHerbariorum",
    "grscicoll",
    "ror",
    "pictures",
    "waiting",
    "decided",
]


def source_lines(rows: Iterable[SourceRow]) -> Iterator[str]:
    """The table as TSV lines with a header; blanks stand for tabs and line ends within names."""
    yield "\t".join(HEADER) + "\n"
    for row in rows:
        source = row.source
        cells = [source.code, source.name, source.kind, source.country, source.index_herbariorum]
        cells += [source.grscicoll, f"https://ror.org/{source.ror}" if source.ror else ""]
        cells += [str(row.pictures), str(row.waiting), str(row.decided)]
        yield "\t".join(" ".join(cell.split()) for cell in cells) + "\n"


WITH_PICTURES, WITHOUT = gettext_lazy("With pictures here"), gettext_lazy("None here yet")


def real_sources() -> QuerySet[Source]:
    """Sources that stand for somebody: all but those whose pictures are drawn by software."""
    return Source.objects.exclude(kind=Source.Kind.SYNTHETIC)


def source_groups(sources: QuerySet[Source] | None = None) -> list[tuple[str, list[Source]]]:
    """For choosing one: those with pictures first. One query; groups without sources are left out."""
    sources = real_sources() if sources is None else sources
    groups: dict[str, list[Source]] = defaultdict(list)
    having = Exists(Image.objects.filter(source=OuterRef("pk")))
    for source in sources.annotate(has_pictures=having).order_by("code"):
        groups[str(WITH_PICTURES if source.has_pictures else WITHOUT)].append(source)
    return [(name, groups[name]) for name in (str(WITH_PICTURES), str(WITHOUT)) if name in groups]
