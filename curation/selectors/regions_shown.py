"""The regions of a sheet, as far as they leave the next vote of whoever sees them independent."""

from __future__ import annotations

from curation.models import Candidate, Region, User
from curation.selectors.blindness import judges_blind


def regions_shown(user: User, candidate: Candidate) -> list[Region]:
    """Standing regions, oldest first; only the person's own while they judge the sheet blind.

    The candidate comes with its project and known answer. At most five queries.
    """
    rows = list(candidate.regions.filter(removed_at=None).select_related("label", "author").order_by("pk"))
    if any(row.author_id != user.pk for row in rows) and judges_blind(user, candidate):
        rows = [row for row in rows if row.author_id == user.pk]
    return rows
