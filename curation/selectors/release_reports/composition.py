"""Class x licence, class x split, and how many sources a class rests on."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from curation.models import Release, Split
from curation.selectors.release_reports.counts import Composition, Label, composition
from curation.selectors.release_reports.table import Cell, Column, ReportTable, total_of

ALARM_SHARE = 0.8  # a class that one source gives so much of teaches a model the source


def members_url(release: Release, **asked: str) -> str:
    """The pictures of a release that meet all of `asked` (the filters of that page)."""
    address = reverse("release_members", args=[release.name])
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{address}?{query}" if query else address


def label_column() -> Column:
    return Column("category", _("Class"), "text")


def label_cell(label: Label) -> Cell:
    return Cell(label.slug, text=label.name)


def class_licence(release: Release) -> ReportTable:
    found = composition(release)
    columns = [Column(code, code) for code in found.licences]
    notes = [_("Licences as they were when the release was frozen.")]
    return _crossed(release, "class-licence", _("Class and licence"), "licence", columns, notes)


def class_split(release: Release) -> ReportTable:
    columns = [Column(split, str(Split(split).label)) for split in composition(release).splits]
    notes = [
        _("Frozen as %(train)s / %(test)s / %(validate)s per class (train / test / validate).")
        % {
            "train": f"{release.train:,}",
            "test": f"{release.test:,}",
            "validate": f"{release.validate:,}",
        }
    ]
    return _crossed(release, "class-split", _("Class and split"), "split", columns, notes)


def _crossed(
    release: Release, key: str, title: str, name: str, columns: list[Column], notes: list[str]
) -> ReportTable:
    """A row a class, a column a value of `name`, and the totals."""
    found = composition(release)
    rows = [
        [
            label_cell(label),
            *(
                Cell(counts[c.key], members_url(release, category=label.slug, **{name: c.key}))
                for c in columns
            ),
            Cell(counts.total(), members_url(release, category=label.slug)),
        ]
        for label, counts in found.by_label(name).items()
    ]
    sums = found.by(name)
    total = [
        total_of(),
        *(Cell(sums.get(c.key, 0), members_url(release, **{name: c.key})) for c in columns),
        Cell(found.pictures, members_url(release)),
    ]
    return ReportTable(
        key, title, [label_column(), *columns, Column("total", _("Total"))], rows, total, notes
    )


class Spread(NamedTuple):
    """How pictures lie over sources. first, second: effective numbers (Hill numbers of order 1 and 2)."""

    sources: int
    largest: str
    n: int  # pictures of the largest
    share: float
    first: float
    second: float


def spread(counts: Mapping[str, int]) -> Spread:
    """As many equally large sources would be as diverse (Hill 1973; Jost 2006, Oikos 113: 363-375).

    Order 1 is the exponential of Shannon's entropy, order 2 the inverse of Simpson's concentration: the
    chance that two pictures, drawn with replacement, come from one source. Raises ValueError for no pictures.
    """
    there = {source: n for source, n in counts.items() if n > 0}
    if not there:
        raise ValueError("no pictures, so no sources")
    total = sum(there.values())
    # Of equally large ones the first by its code, so that the same release always gives the same table.
    largest = min(there, key=lambda source: (-there[source], source.encode()))
    parts = [n / total for n in there.values()]
    return Spread(
        sources=len(there),
        largest=largest,
        n=there[largest],
        share=there[largest] / total,
        first=math.exp(-sum(p * math.log(p) for p in parts)),
        second=1 / sum(p * p for p in parts),
    )


def alarms(found: Composition) -> list[tuple[str, str, float]]:
    """Class name, source and share of classes that rest on one source; none where there is one class only."""
    if len(found.labels) < 2:
        return []
    spreads = ((label, spread(counts)) for label, counts in found.by_label("source").items())
    return [(label.name, s.largest, s.share) for label, s in spreads if s.share >= ALARM_SHARE]


def sources(release: Release) -> ReportTable:
    found = composition(release)
    alarmed = {name for name, _source, _share in alarms(found)}
    columns = [
        label_column(),
        Column("pictures", _("Pictures")),
        Column("sources", _("Sources")),
        Column("effective_sources", _("Effective number"), "figure"),
        Column("inverse_simpson", _("Inverse Simpson"), "figure"),
        Column("largest_source", _("Largest source"), "text"),
        Column("largest_pictures", _("of it")),
        Column("largest_share", _("Share"), "share"),
        Column("alarm", _("Alarm"), "text"),
    ]
    rows = [
        [label_cell(label), *_spread_cells(release, counts, label.slug), _alarm(label.name in alarmed)]
        for label, counts in found.by_label("source").items()
    ]
    total = None
    if found.pictures:
        counts = Counter(found.by("source"))
        total = [total_of(_("All classes")), *_spread_cells(release, counts, ""), Cell("")]
    notes = [
        _(
            "The effective number of sources says how many equally large sources would be as diverse: the "
            "exponential of Shannon’s entropy (Hill number of order 1; Jost 2006). Inverse Simpson is the "
            "Hill number of order 2, in which large sources weigh more."
        ),
        _("Alarm: one source gives %(share)s %% of a class or more, so that a model may learn the source.")
        % {"share": round(ALARM_SHARE * 100)},
    ]
    return ReportTable("sources", _("Sources per class"), columns, rows, total, notes)


def _spread_cells(release: Release, counts: Counter[str], slug: str) -> list[Cell]:
    found = spread(counts)
    all_of_it = members_url(release, category=slug)
    of_largest = members_url(release, category=slug, source=found.largest)
    return [
        Cell(counts.total(), all_of_it),
        Cell(found.sources, reverse("crosstab", args=[release.name, "html"])),
        Cell(found.first),
        Cell(found.second),
        Cell(found.largest, of_largest),
        Cell(found.n, of_largest),
        Cell(found.share, of_largest),
    ]


def _alarm(rung: bool) -> Cell:
    return Cell("single-source", text=_("One source")) if rung else Cell("")
