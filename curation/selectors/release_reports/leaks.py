"""The proof that no leak group stands in two splits, and the largest groups."""

from __future__ import annotations

from django.utils.translation import gettext as _

from curation.models import Release, Split
from curation.selectors.release_reports.composition import members_url
from curation.selectors.release_reports.counts import PROOF, groups
from curation.selectors.release_reports.table import Cell, Column, ReportTable

# What the list of members takes as `group`, beside the name of one.
SHARED, LEAKING = "shared", "leaking"


def leaks(release: Release) -> ReportTable:
    found = groups(release)
    shared = members_url(release, group=SHARED)
    rows = [
        [
            Cell("groups", text=_("Groups")),
            Cell(found.groups, members_url(release)),
        ],
        [Cell("shared", text=_("Groups of more than one picture")), Cell(found.shared, shared)],
        [Cell("pictures", text=_("Pictures in these")), Cell(found.pictures, shared)],
        [
            Cell("leaking", text=_("Groups in two splits")),
            Cell(found.leaking, members_url(release, group=LEAKING)),
        ],
    ]
    notes = [
        _(
            "Near-duplicates, pictures of one specimen, and a picture and what was made from it form a group "
            "and share a split."
        ),
        _("This query gives the groups that stand in two splits. Here it gives %(n)s rows.")
        % {"n": f"{found.leaking:,}"},
    ]
    return ReportTable(
        "leaks",
        _("Leak proof"),
        [Column("measure", _("Counted"), "text"), Column("n", _("Number"))],
        rows,
        notes=notes,
        query=PROOF.format(name=release.name),
    )


def largest_groups(release: Release) -> ReportTable:
    rows = [
        [
            Cell(name, members_url(release, group=name), text=name[:12]),
            Cell(n, members_url(release, group=name)),
            Cell(split, text=str(Split(split).label)),
            Cell(named),
        ]
        for name, n, split, named in groups(release).largest
    ]
    notes = [] if rows else [_("Every picture stands alone.")]
    return ReportTable(
        "groups",
        _("Largest groups"),
        [
            Column("leak_group", _("Group"), "text"),
            Column("pictures", _("Pictures")),
            Column("split", _("Split"), "text"),
            Column("category_name", _("Class"), "text"),
        ],
        rows,
        notes=notes,
    )
