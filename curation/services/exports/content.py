"""What an export holds: the rows of a release under the licences asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import BinaryField, Count, Func, QuerySet, Value
from django.db.models.functions import Collate, Concat

from curation import __version__
from curation.errors import Refused
from curation.models import Export, Release, ReleaseMember, Source, Split
from curation.services import manifest
from curation.services.exports.licences_gate import check_licences
from curation.services.exports.pictures import Said
from curation.services.manifest import Row

RELEASE_FILE = "release.json"
MANIFEST_FILE = "manifest.txt"  # not .tsv: checkers of tables would stumble over its first two lines
FORM = 1  # version of the layout of exports
BALANCED = ["train", "test", "validate"]  # the splits that every release states, empty or not


class ConvertTo(Func):
    """Text as its bytes in UTF-8."""

    function = "convert_to"
    template = "%(function)s(%(expressions)s, 'UTF8')"
    output_field = BinaryField()


class LicenceGate(Refused):
    """The archive takes CC0 only, and the choice holds other licences. `counts`: pictures by licence."""

    def __init__(self, counts: dict[str, int]) -> None:
        self.counts = counts
        bound = {licence: n for licence, n in counts.items() if not is_cc0(licence)}
        listed = ", ".join(f"{n:,} under {licence}" for licence, n in bound.items())
        super().__init__(
            f"Dryad publishes everything under CC0, and {sum(bound.values()):,} of {sum(counts.values()):,} "
            f"pictures are under conditions: {listed}. Export the CC0 pictures only, or acknowledge that "
            "the licences stay with the pictures; the README of the archive then says so.",
            counts=counts,
        )


class Cell(NamedTuple):
    """How many pictures have all of these in common."""

    split: str
    category_index: int
    category: str
    category_name: str
    source: str
    source_kind: str
    n: int


@dataclass(frozen=True)
class Content:
    """A release as one export sees it. Pictures are read as they are needed, never all at once.

    licences: identifiers of what is included, empty for all. counts: pictures by licence in the whole
    release. cells: counts of the included pictures; all numbers are sums of them.
    """

    release: Release
    format: str
    licences: tuple[str, ...]
    acknowledged: bool
    counts: dict[str, int]
    cells: tuple[Cell, ...]

    def rows(self, **where: str) -> Iterator[Row]:
        """Rows of the manifest in its order; where: field names and values that they must have."""
        return manifest.read_rows(self.members.filter(**where).order_by("sha256"))

    def by_source(self) -> Iterator[Row]:
        """All rows, the codes of sources in the order of their bytes, then in that of the manifest."""
        return manifest.read_rows(self.members.order_by(Collate("source", "C"), "sha256"))

    def shuffled(self, split: str) -> Iterator[Said]:
        """The pictures of a split, shuffled as follows from the release's seed (`balance.draw`, "record")."""
        drawn = Func(
            ConvertTo(Concat(Value(f"{self.release.seed}:record:"), "sha256")),
            function="sha256",
            output_field=BinaryField(),
        )
        rows = self.members.filter(split=split).order_by(drawn).values_list(*Said._fields)
        return map(Said._make, rows.iterator(chunk_size=manifest.AT_ONCE))

    @property
    def members(self) -> QuerySet[ReleaseMember]:
        found = self.release.members.all()
        return found.filter(licence__in=self.licences) if self.licences else found

    @property
    def pictures(self) -> int:
        return sum(cell.n for cell in self.cells)

    def count(self, *names: str) -> Counter[Any]:
        """Pictures by one field of the cells, or by several as a tuple."""
        found: Counter[Any] = Counter()
        for cell in self.cells:
            key = tuple(getattr(cell, name) for name in names)
            found[key if len(names) > 1 else key[0]] += cell.n
        return found

    @property
    def included(self) -> dict[str, int]:
        return {code: n for code, n in self.counts.items() if not self.licences or code in self.licences}

    @property
    def excluded(self) -> dict[str, int]:
        return {code: n for code, n in self.counts.items() if code not in self.included}

    @property
    def drawn(self) -> int:
        """Pictures that software has drawn."""
        return self.count("source_kind")[Source.Kind.SYNTHETIC]

    @property
    def classes(self) -> list[tuple[int, str, str]]:
        """Index, slug and name of each class that has pictures here."""
        return sorted(self.count("category_index", "category", "category_name"))

    @property
    def splits(self) -> list[str]:
        """The splits that have pictures here, in their order."""
        there = self.count("split")
        return [split for split in Split.values if there[split]]

    def facts(self, **more: Any) -> dict[str, Any]:
        """What release.json says."""
        release = self.release
        split_counts = self.count("split", "category")
        return {
            "vasculum_export": FORM,
            "format": self.format,
            "release": release.name,
            "project": release.project.key,
            "title": release.project.title,
            "frozen_at": release.created_at.isoformat(),
            "frozen_by": release.software,
            "written_by": f"vasculum {__version__}",
            "seed": release.seed,
            "balance": release.balance,
            "per_class": {"train": release.train, "test": release.test, "validate": release.validate},
            **manifest.scope_of(release),
            "manifest_sha256": release.manifest_sha256,
            "licences": {"included": self.included, "excluded": self.excluded},
            "acknowledged_licences": self.acknowledged,
            "pictures": self.pictures,
            "classes": [{"index": i, "slug": slug, "name": name} for i, slug, name in self.classes],
            "counts": {
                split: {slug: n for _, slug, _ in self.classes if (n := split_counts[split, slug])}
                for split in BALANCED + [each for each in self.splits if each not in BALANCED]
            },
            **more,
        }


def is_cc0(licence: str) -> bool:
    return licence.startswith("CC0")


def licence_counts(release: Release) -> dict[str, int]:
    """Pictures of a release by licence identifier, sorted; one query."""
    rows = release.members.order_by().values_list("licence").annotate(n=Count("id"))
    return dict(sorted(rows))


def resolve_licences(counts: dict[str, int], asked: Iterable[str]) -> tuple[str, ...]:
    """Identifiers in the release that the words mean: CC0 is CC0-1.0, CC-BY every version of CC-BY."""
    found: set[str] = set()
    for word in asked:
        matching = [
            each
            for each in counts
            if word.upper() in (each.upper(), each.rpartition("-")[0].upper() if each[-1:].isdigit() else "")
        ]
        if not matching:
            raise Refused(
                f"Licence {word!r}: no picture of the release carries it. There are: {', '.join(counts)}."
            )
        found.update(matching)
    return tuple(sorted(found))


def check_gate(format: str, counts: dict[str, int], licences: Sequence[str], acknowledged: bool) -> None:
    """Raises LicenceGate where the format's archive takes CC0 only and the choice holds more, Refused for
    licences under which nothing may leave."""
    chosen = {code: n for code, n in counts.items() if not licences or code in licences}
    check_licences(chosen)
    if format == Export.Format.DRYAD and not acknowledged and not all(map(is_cc0, chosen)):
        raise LicenceGate(chosen)


def content_of(
    release: Release, format: str, licences: Iterable[str] = (), acknowledged: bool = False
) -> Content:
    """What is to be exported. Raises LicenceGate, or Refused for a licence that nobody carries."""
    if not release.manifest_sha256:
        raise Refused(f"Release {release} is not frozen.")
    counts = licence_counts(release)
    chosen = resolve_licences(counts, licences)
    check_gate(format, counts, chosen, acknowledged)
    members = release.members.filter(licence__in=chosen) if chosen else release.members.all()
    cells = members.order_by().values_list(*Cell._fields[:-1]).annotate(n=Count("id"))
    return Content(
        release, format, chosen, acknowledged, counts, tuple(sorted(Cell(*cell) for cell in cells))
    )
