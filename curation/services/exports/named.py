"""A release by its name, for commands."""

from __future__ import annotations

from curation.errors import Refused
from curation.models import Release


def release_named(name: str) -> Release:
    """Raises Refused with the names there are."""
    release = Release.objects.select_related("project").filter(name=name).first()
    if release is None:
        there = ", ".join(Release.objects.order_by("name").values_list("name", flat=True)) or "none"
        raise Refused(f"There is no release {name!r}; there are: {there}.")
    return release
