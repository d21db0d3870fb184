"""Make images candidates of a project."""

from __future__ import annotations

from collections.abc import Iterable

from curation.models import Candidate, Image, Project


def add_candidates(project: Project, images: Iterable[Image]) -> int:
    """Add those images that are not candidates of the project yet; returns how many were added."""
    ids = [image.pk for image in images]
    there = set(
        Candidate.objects.filter(project=project, image_id__in=ids).values_list("image_id", flat=True)
    )
    new = [Candidate(project=project, image_id=pk) for pk in dict.fromkeys(ids) if pk not in there]
    Candidate.objects.bulk_create(new, ignore_conflicts=True, batch_size=2000)
    return len(new)
