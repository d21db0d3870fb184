"""What release.json says for croissant.json: title, creators, citation, licences, and how it was made."""

from __future__ import annotations

from typing import Any

from curation.selectors.citation import as_bibtex
from curation.selectors.release_about import about
from curation.services.exports.content import Content
from curation.services.exports.rai import rai


def dataset(content: Content) -> dict[str, Any]:
    """about: curation.selectors.release_about; licences: identifier -> address, "" without a version."""
    said = about(content.release, content.licences)
    links = content.members.order_by().values_list("licence", "licence_url").distinct()
    return {
        "about": said.as_dict(),
        "dataset": {
            "licences": dict(sorted(links)),
            # No address: where the folder will lie is not known when it is written.
            "cite_as": as_bibtex(content.release, said, ""),
            "rai": rai(content),
        },
    }
