"""Where numbers lead: the pages of candidates, votes, members and records with the filters of a number."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from curation.models import Candidate, LabelClass, Project, Release
from curation.selectors.dashboards.scope import Scope

State = Candidate.State


def address(name: str, *args: Any, **asked: Any) -> str:
    """`from_` stands for the filter `from`; what is empty is left out."""
    query = urlencode({key.rstrip("_"): value for key, value in asked.items() if value not in ("", None)})
    place = reverse(name, args=list(args))
    return f"{place}?{query}" if query else place


def days(scope: Scope, first: str, last: str) -> dict[str, str]:
    """The days that were asked for, under the names that a page calls them."""
    found = {first: scope.since, last: scope.until}
    return {name: day.isoformat() for name, day in found.items() if day}


def candidates(scope: Scope, project: Project, *, state: str = "", label: Any = None, **asked: Any) -> str:
    """The candidates page: `label` is what they are decided as or, where undecided, taken for."""
    label = label or (None if scope.model else scope.label)  # of a model: what it said, in `asked`
    if isinstance(label, LabelClass):
        asked["label" if state == State.DECIDED else "predicted"] = label.slug
        if not state:
            asked.pop("predicted", None)
            asked["as"] = label.slug
    asked |= {"state": state, "source": asked.get("source") or (scope.source.code if scope.source else "")}
    asked["batch"] = scope.batch.pk if scope.batch else ""
    dated = {"decided_from", "decided_to", "added_from", "added_to"} & asked.keys()
    if not dated:
        asked |= days(scope, "added_from", "added_to")
    return address("candidates", project.key, **asked)


def votes(scope: Scope, project: Project | None, **asked: Any) -> str:
    """The votes page, where this person may read them and one project is asked about; else ""."""
    if project is None or not scope.sees_votes:
        return ""
    found = {
        "reviewer": scope.reviewer.username if scope.reviewer and scope.reviewer != scope.viewer else "",
        "source": scope.source.code if scope.source else "",
        "label": scope.label.slug if scope.label else "",
        "batch": scope.batch.pk if scope.batch else "",
        **days(scope, "from", "to"),
    }
    return address("votes", project.key, **(found | asked))


def members(release: Release, **asked: Any) -> str:
    return address("release_members", release.name, **asked)


def records(scope: Scope, **asked: Any) -> str:
    """The records behind a number of downloads."""
    found = {
        "source": scope.source.code if scope.source else "",
        "batch": scope.batch.pk if scope.batch else "",
        "project": scope.project.key if scope.project else "",
        **days(scope, "from", "to"),
    }
    return address("dashboard_records", **(found | asked))
