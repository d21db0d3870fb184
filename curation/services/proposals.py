"""Labels that came with pictures: hints to the reviewer, matched to the classes of a project by name."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.text import slugify

from curation.models import Candidate, Image, LabelClass, Project
from curation.services.candidates import add_candidates


def class_names(project: Project) -> dict[str, LabelClass]:
    """Every way a folder or list may write a class of the project, as a slug -> the class."""
    found: dict[str, LabelClass] = {}
    for label in project.classes.order_by("-index"):
        for name in (label.plural, label.name, label.slug):
            found[slugify(name)] = label
    return found


def propose(
    project: Project,
    labels: Mapping[Image, str],
    by: str = Candidate.Proposer.LIST,
    names: Mapping[str, LabelClass] | None = None,
) -> int:
    """Make the images candidates of the project, each with the class that its label names, if one does.

    A candidate that has a proposal keeps it. `names`: class_names(project), where the caller has it.
    Returns how many candidates were added.
    """
    added = add_candidates(project, labels)
    wanted = {image.pk: slugify(label) for image, label in labels.items() if label}
    if wanted:
        classes = class_names(project) if names is None else names
        known = {pk: classes[slug] for pk, slug in wanted.items() if slug in classes}
        rows = list(Candidate.objects.filter(project=project, image__in=known, proposed__isnull=True))
        for row in rows:
            row.proposed, row.proposed_by = known[row.image_id], by
        Candidate.objects.bulk_update(rows, ["proposed", "proposed_by"], batch_size=1000)
    return added
