"""What the plots of a report draw, as JSON for static/js/release-report.js: numbers only, no looks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from curation.models import Release, Split
from curation.selectors import crosstab
from curation.selectors.release_reports.composition import members_url
from curation.selectors.release_reports.counts import Composition

SOURCES_SHOWN = 7  # as many colours as people tell apart; the others are drawn together


def heat_map(release: Release, table: crosstab.Crosstab) -> dict[str, Any]:
    """A row a class, a column a source; named and ordered as in the table."""
    return {
        "base": members_url(release),
        "classes": [[slug, crosstab.title(slug)] for slug in table.categories],
        "sources": table.sources,
        "counts": [[table.counts.get((slug, s), 0) for s in table.sources] for slug in table.categories],
    }


def shares(release: Release, found: Composition, name: str) -> dict[str, Any]:
    """Class x `name` (source, licence or split), the most frequent first; `others` says what was added up."""
    sums = found.by(name)
    order: Sequence[str] = (
        found.splits if name == "split" else sorted(sums, key=lambda each: (-sums[each], each))
    )
    shown = order[:SOURCES_SHOWN]
    others = order[SOURCES_SHOWN:]
    by_label = found.by_label(name)
    parts: list[dict[str, Any]] = [
        {
            "key": each,
            "name": str(Split(each).label) if name == "split" else each,
            "counts": [counts[each] for counts in by_label.values()],
        }
        for each in shown
    ]
    if others:
        rest = [sum(counts[each] for each in others) for counts in by_label.values()]
        parts.append({"key": "", "name": _("%(n)s others") % {"n": len(others)}, "counts": rest})
    return {
        "base": members_url(release),
        "filter": name,
        "classes": [[label.slug, label.name] for label in by_label],
        "parts": parts,
    }
