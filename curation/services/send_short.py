"""What could help classes that are short for a release goes to the front of the review queue."""

from __future__ import annotations

from curation.models import User
from curation.selectors.shortage import lacks
from curation.selectors.supply_preview import Choice, Stock, preview
from curation.services.urgent import send_ahead

EVERY = "*"  # instead of the slug of a class


def send_short(found: Stock, choice: Choice, by: User, slug: str = EVERY) -> int:
    """Send as many open pictures of each class that is short as are likely to fill it; how many moved.

    slug: of the one class that is meant. Raises Refused for people below lead curators.
    """
    rows = lacks(found, choice, preview(found, choice).short)
    sources, licences = choice.source_ids(found), choice.licence_ids(found)
    return sum(
        send_ahead(
            found.project,
            row.supply.label,
            sources,
            row.ahead + row.to_send,
            by,
            licences=licences,
        )
        for row in rows
        if slug in (EVERY, row.supply.label.slug) and row.to_send
    )
