"""How full each project is, to choose which one to freeze."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from django.db.models import Count

from curation.models import Candidate, Project


@dataclass(frozen=True)
class Fullness:
    """full: classes with their target. decided: pictures. share: what of all targets is there, 0 to 1."""

    project: Project
    classes: int
    full: int
    decided: int
    share: float


def fullness() -> list[Fullness]:
    """Every project, the oldest first; two queries."""
    counts: dict[int, Counter[int]] = defaultdict(Counter)
    rows = (
        Candidate.objects.filter(state=Candidate.State.DECIDED)
        .order_by()
        .values_list("project", "label")
        .annotate(n=Count("pk"))
    )
    for project_id, label, n in rows:
        counts[project_id][label] += n
    found = []
    for project in Project.objects.annotate(classes_there=Count("classes")).order_by("id"):
        number = project.classes_there
        there, target = counts[project.pk], project.target
        full = sum(n >= target for n in there.values()) if target else number
        filled = sum(min(n, target) for n in there.values())
        share = filled / (number * target) if number and target else 0.0
        found.append(Fullness(project, number, full, there.total(), share))
    return found
