"""Why candidates of the project are not in a release: counts, and the rows behind them."""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from curation.models import Release, ReleaseLeftOut
from curation.selectors.crosstab import title
from curation.selectors.release_reports.counts import composition, kept
from curation.selectors.release_reports.table import Cell, Column, ReportTable, total_of

Reason = ReleaseLeftOut.Reason
NO_CLASS = "-"  # as the address writes the class of what was not decided
FILTERS = ("reason", "category", "source", "licence")


def left_out_url(release: Release, **asked: str) -> str:
    address = reverse("release_left_out", args=[release.name])
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{address}?{query}" if query else address


def counts(release: Release) -> Counter[tuple[str, str]]:
    """(class slug, reason) -> candidates; one query the first time."""

    def count() -> list[tuple[str, str, int]]:
        rows = release.left_out.order_by().values_list("category", "reason")
        return list(rows.annotate(n=Count("id")))

    return Counter({(category, reason): n for category, reason, n in kept(release, "left-out", count)})


def left_out(release: Release) -> ReportTable:
    found = counts(release)
    names = class_names(release)
    order = {slug: at for at, slug in enumerate(names)}
    slugs = sorted({slug for slug, _reason in found}, key=lambda slug: (slug == "", order.get(slug, 0), slug))
    reasons = [reason for reason in Reason.values if any(key[1] == reason for key in found)]

    def row(first: Cell, slug: str | None) -> list[Cell]:
        asked = {} if slug is None else {"category": slug or NO_CLASS}
        numbers = [
            sum(found[each, reason] for each in ([slug] if slug is not None else slugs)) for reason in reasons
        ]
        return [
            first,
            *(
                Cell(n, left_out_url(release, reason=reason, **asked))
                for n, reason in zip(numbers, reasons, strict=True)
            ),
            Cell(sum(numbers), left_out_url(release, **asked)),
        ]

    rows = [
        row(Cell(slug, text=names.get(slug) or title(slug) if slug else _("No class yet")), slug)
        for slug in slugs
    ]
    notes = [
        _("Candidates of the project that are not in the release, each with the first reason that holds.")
    ]
    if not found:
        notes = [
            _(
                "No reason is kept with this release: either every candidate of the project is in it, or it "
                "was frozen before reasons were kept."
            )
        ]
    return ReportTable(
        "left-out",
        _("Left out"),
        [
            Column("category", _("Class"), "text"),
            *(Column(reason, str(Reason(reason).label)) for reason in reasons),
            Column("total", _("Total")),
        ],
        rows,
        row(total_of(), None) if found else None,
        notes,
    )


def class_names(release: Release) -> dict[str, str]:
    """Slug -> name in class order: as the release has it, else as the project has it now."""
    named = dict(release.project.classes.order_by("index").values_list("slug", "name"))
    return named | {label.slug: label.name for label in composition(release).labels}


def rows(release: Release, asked: dict[str, str]) -> QuerySet[ReleaseLeftOut]:
    """Candidates left out that meet all of `asked` (see FILTERS), in the order of their SHA-256."""
    wanted: dict[str, Any] = {name: asked[name] for name in FILTERS if asked.get(name)}
    if wanted.get("category") == NO_CLASS:
        wanted["category"] = ""
    return release.left_out.filter(**wanted).order_by("sha256")


def choices(release: Release) -> dict[str, list[tuple[str, str]]]:
    """What each filter can be set to; two queries the first time."""

    def count() -> list[tuple[str, str]]:
        return list(release.left_out.order_by().values_list("source", "licence").distinct())

    pairs = kept(release, "left-out-choices", count)
    found, names = counts(release), class_names(release)
    slugs = {slug for slug, _reason in found}
    return {
        "reason": [(value, str(label)) for value, label in Reason.choices],
        "category": [
            *((slug, name) for slug, name in names.items() if slug in slugs),
            *((slug, title(slug)) for slug in sorted(slugs - names.keys() - {""})),
            *([(NO_CLASS, _("No class yet"))] if "" in slugs else []),
        ],
        "source": [(code, code) for code in sorted({source for source, _licence in pairs})],
        "licence": [(code, code) for code in sorted({licence for _source, licence in pairs})],
    }
