"""The tables of a report by their keys."""

from __future__ import annotations

from collections.abc import Callable

from curation.models import Release
from curation.selectors import crosstab
from curation.selectors.release_reports.agreement import agreement
from curation.selectors.release_reports.composition import class_licence, class_split, sources
from curation.selectors.release_reports.leaks import largest_groups, leaks
from curation.selectors.release_reports.left_out import left_out
from curation.selectors.release_reports.table import ReportTable, render

CROSSTAB = "crosstab"  # has forms of its own: its Markdown is that of the published README
TABLES: dict[str, Callable[[Release], ReportTable]] = {
    "class-licence": class_licence,
    "class-split": class_split,
    "sources": sources,
    "agreement": agreement,
    "leaks": leaks,
    "groups": largest_groups,
    "left-out": left_out,
}
KEYS = (CROSSTAB, *TABLES)


def count_ahead(release: Release) -> None:
    """Count what the report shows, so that its first reader need not wait for it (counts.kept)."""
    for table in TABLES.values():
        table(release)


def written(release: Release, key: str, form: str) -> str:
    """One of KEYS in one of table.FORMS."""
    if key == CROSSTAB:
        return crosstab.render(crosstab.of_release(release), form)
    return render(TABLES[key](release), form)
