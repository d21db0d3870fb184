"""Where numbers lead: the pages of candidates, votes, members and records with the filters of a number."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from curation.models import Candidate, LabelClass, Project, Release
from curation.selectors.dashboards.scope import Scope

State = Candidate.State


def address(name: str, *args: Any, **asked: Any) -> str:
    """`from_` stands for the filter `from`; what is empty is left out."""
    query = urlencode({key.rstrip("_"): value for key, value in asked.items() if value not in ("", None)})
    place = _place(name, args)
    return f"{place}?{query}" if query else place


@lru_cache(maxsize=4096)
def _place(name: str, args: tuple[Any, ...]) -> str:
    """A page has a thousand addresses of few places, and finding one takes longer than adding up its rows."""
    return reverse(name, args=list(args))


def days(scope: Scope, first: str, last: str) -> dict[str, str]:
    """The days that were asked for, under the names that a page calls them."""
    found = {first: scope.since, last: scope.until}
    return {name: day.isoformat() for name, day in found.items() if day}


def judged_by(scope: Scope) -> dict[str, str]:
    """Of pictures: judged by the reviewer of the scope, on the days of its series."""
    if not scope.reviewer:
        return {}
    first, last = (day.isoformat() for day in scope.span)
    return {"reviewer": scope.reviewer.username, "voted_from": first, "voted_to": last}


def candidates(
    scope: Scope, project: Project | None, *, state: str = "", label: Any = None, **asked: Any
) -> str:
    """The candidates page, or without a project that of pictures of all projects.

    `label` is what they are decided as or, where undecided, taken for; it needs a project.
    """
    label = label or (None if scope.model else scope.label)  # of a model: what it said, in `asked`
    if isinstance(label, LabelClass):
        asked["label" if state == State.DECIDED else "predicted"] = label.slug
        if not state:
            asked.pop("predicted", None)
            asked["as"] = label.slug
    asked |= {"state": state, "source": asked.get("source") or (scope.source.code if scope.source else "")}
    asked["batch"] = scope.batch.pk if scope.batch else ""
    if scope.reviewer:
        asked |= judged_by(scope)
    elif scope.model:
        asked |= {"model": scope.model.name}
    dated = {"decided_from", "decided_to", "added_from", "added_to", "seen_from", "seen_to"} & asked.keys()
    if not dated and not scope.reviewer:
        came = ("seen_from", "seen_to") if scope.model else ("added_from", "added_to")
        asked |= days(scope, *came)
    if project is None:
        return address("dashboard_pictures", **asked)
    return address("candidates", project.key, **asked)


def votes(scope: Scope, project: Project | None, **asked: Any) -> str:
    """The votes page, or without a project that of votes of all projects; "" for who may not read them."""
    if not scope.sees_votes:
        return ""
    found = {
        "reviewer": scope.reviewer.username if scope.reviewer and scope.reviewer != scope.viewer else "",
        "source": scope.source.code if scope.source else "",
        "label": scope.label.slug if scope.label else "",
        "batch": scope.batch.pk if scope.batch else "",
        **days(scope, "from", "to"),
    }
    if project is None:
        asked.pop("kind", None)  # there are no others there
        return address("dashboard_votes", **(found | asked))
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
