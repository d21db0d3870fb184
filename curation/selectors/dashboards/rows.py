"""The rows behind numbers that count several projects; a single project has pages of its own for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from curation.models import Candidate, Role, User, Vote
from curation.selectors.figure_filters import between, of_columns, of_figures
from curation.selectors.pictures import SET_ASIDE, UNPREDICTED
from curation.selectors.votes_filter import filter_votes


def pictures(asked: Mapping[str, Any]) -> QuerySet[Candidate]:
    """Candidates that meet all of it (figure_filters), the newest first."""
    rows = Candidate.objects.all()
    if asked.get("state") == SET_ASIDE:
        rows = rows.filter(state__in=[Candidate.State.FLAGGED, Candidate.State.DISPUTED])
        asked = {name: value for name, value in asked.items() if name != "state"}
    if asked.get("predicted") == UNPREDICTED:
        rows = rows.filter(prediction=None)
    rows = of_figures(of_columns(rows, asked), asked)
    return rows.select_related("project", "image", "source", "label", "guess").order_by("-id")


def votes(viewer: User, asked: Mapping[str, Any]) -> QuerySet[Vote]:
    """Votes for a class, the newest first: leads see everybody's, others their own."""
    rows = Vote.objects.filter(kind=Vote.Kind.LABEL)
    if not viewer.has_role(Role.LEAD):
        rows = rows.filter(user=viewer)
    if reviewer := asked.get("reviewer"):
        rows = rows.filter(user=reviewer)
    names = {"project": "label__project", "source": "candidate__source", "batch": "candidate__batch"}
    for name, column in names.items():
        if value := asked.get(name):
            rows = rows.filter(**{column: value})
    rows = filter_votes(rows, standing=asked.get("standing", ""), decided=asked.get("decided", ""))
    rows = rows.filter(between("created_at", asked.get("from"), asked.get("to")))
    return rows.select_related("user", "label__project", "candidate__image").order_by("-created_at", "-id")
