"""The rows behind every number of votes."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from curation.forms.votes import VoteFilter
from curation.models import Project, Role
from curation.selectors.votes import reviewers_of, votes_seen_by, with_advice
from curation.selectors.votes_filter import filter_votes
from curation.views.access import needs, person

PER_PAGE = 50


@require_safe
@needs(Role.CURATOR)
def page(request: HttpRequest, key: str) -> HttpResponse:
    project = get_object_or_404(Project, key=key)
    user = person(request)
    sees_all = user.has_role(Role.LEAD)
    reviewers = reviewers_of(project) if sees_all else []
    form = VoteFilter(request.GET, classes=project.classes.order_by("index"), reviewers=reviewers)
    votes = filter_votes(votes_seen_by(user, project), **form.chosen())
    if sees_all:
        votes = with_advice(votes)
    found = Paginator(votes, PER_PAGE).get_page(request.GET.get("page"))
    context = {"project": project, "form": form, "votes": found, "sees_all": sees_all, "query": form.query()}
    return render(request, "review/votes.html", context, status=200 if form.is_valid() else 422)
