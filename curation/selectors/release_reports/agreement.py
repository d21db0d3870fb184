"""How far the reviewers behind a release agreed, per class."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from curation.models import Release
from curation.selectors.release_reports.composition import label_cell, label_column, members_url
from curation.selectors.release_reports.counts import composition, kept
from curation.selectors.release_reports.table import Cell, Column, ReportTable, total_of
from curation.selectors.release_reports.votes import Judged, Votes, votes


class Figures(NamedTuple):
    """Parts and alpha with its 95 % interval; None where they are not defined."""

    percent: float | None
    alpha: float | None
    low: float | None
    high: float | None


def agreement(release: Release) -> ReportTable:
    found, whole = votes(release), composition(release)
    figures = kept(release, "agreement", lambda: _figures(release, found))
    sizes = {label.slug: n.total() for label, n in whole.by_label("split").items()}
    rows = [
        [label_cell(label), *_cells(release, found, label.slug, sizes[label.slug], figures.get(label.slug))]
        for label in whole.labels
    ]
    total = [
        total_of(_("All classes")),
        *_cells(release, found, None, whole.pictures, figures.get(None)),
    ]
    return ReportTable(
        "agreement",
        _("Agreement"),
        [
            label_column(),
            Column("pictures", _("Pictures")),
            Column("reviewers", _("Reviewers")),
            Column("votes", _("Votes")),
            Column("judged_twice", _("Judged twice")),
            Column("disputed", _("Disputed")),
            Column("settled", _("Settled by a lead")),
            Column("percent", _("Pairs that agree"), "share"),
            Column("alpha", _("Alpha"), "figure"),
            Column("alpha_low", _("from"), "figure"),
            Column("alpha_high", _("to"), "figure"),
        ],
        rows,
        total,
        [
            _(
                "Votes of reviewers as they stood when the release was frozen, on its pictures only. Answers "
                "to pictures with a known answer don’t count, nor does what a lead settled."
            ),
            _(
                "Pairs that agree: of all pairs of votes on one picture of the class, the part that name the "
                "same class. Alpha: Krippendorff’s, of the class against all others, in the last row of all "
                "classes; with its 95 % interval. A dash: not defined, for nothing was judged "
                "twice or nothing could differ."
            ),
            _("Only pictures that are decided enter a release, so what is still disputed is not among them."),
        ],
    )


def _cells(
    release: Release, found: Votes, slug: str | None, size: int, figures: Figures | None
) -> list[Cell]:
    def link(judged: str) -> str:
        return members_url(release, category=slug or "", judged=judged)

    shown = figures or Figures(None, None, None, None)
    return [
        Cell(size, link("")),
        Cell(found.reviewers.get(slug, 0)),
        Cell(found.votes.get(slug, 0), link("")),
        Cell(found.pictures("twice", slug), link("twice")),
        Cell(found.pictures("disputed", slug), link("disputed")),
        Cell(found.pictures("settled", slug), link("settled")),
        Cell(shown.percent, link("twice")),
        Cell(shown.alpha, link("twice")),
        Cell(shown.low),
        Cell(shown.high),
    ]


def _figures(release: Release, found: Votes) -> dict[str | None, Figures]:
    """By class slug, None for all classes. Brings in numpy, which the web process otherwise does without."""
    from curation.agreement import bootstrap, closed
    from curation.agreement.counts import Counts, Patterns, against_rest

    twice = [p for p in found.patterns if len(p.said) >= 2]
    if not twice:
        return {}
    classes = sorted({label for p in twice for label in p.said})
    rows, times = _table(twice, classes)

    def figures(judged: Patterns, about: Patterns) -> Figures:
        low, high = bootstrap.of_patterns(closed.alpha, about) or (None, None)
        percent = closed.one(closed.percent(judged.rows, judged.times[None, :]))
        return Figures(percent, closed.one(closed.alpha(about.rows, about.times[None, :])), low, high)

    whole = Patterns(rows, times)
    results: dict[str | None, Figures] = {None: figures(whole, whole)}
    places = {slug: pk for pk, slug in release.project.classes.values_list("pk", "slug")}
    for slug in {p.category for p in twice}:
        own: Counts = rows[[p.category == slug for p in twice]]
        mine = Patterns(own, times[[p.category == slug for p in twice]])
        pk = places.get(slug)
        about = Patterns(against_rest(rows, classes.index(pk)), times) if pk in classes else mine
        results[slug] = figures(mine, about)
    return results


def _table(twice: list[Judged], classes: list[int]) -> tuple[Any, Any]:
    """A row of counts per class for each pattern, and how many pictures have it."""
    import numpy as np

    rows = np.array([[p.said.count(label) for label in classes] for p in twice], np.int64)
    return rows, np.array([p.n for p in twice], np.int64)
