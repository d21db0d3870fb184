"""What is said to a person, and the talk about one picture."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from curation.errors import Refused
from curation.forms.issues import CommentForm, OpenForm
from curation.models import Candidate, DataIssue, Role
from curation.selectors import issues, mentions
from curation.services import comments as service
from curation.services.adjudicate import may_adjudicate
from curation.views.access import needs, person
from curation.views.projects import whole

UNSEEN = "unseen"


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.CURATOR)
def for_you(request: HttpRequest) -> HttpResponse:
    """Where this person was named or asked. POST marks one (`mention`) or all of it as seen."""
    user = person(request)
    if request.method == "POST":
        if (one := whole(request.POST.get("mention"))) is not None:
            service.see_mentions(user, [one])
        elif request.POST.get("do") == "all":
            service.see_all(user)
        return redirect("for_you")
    service.tell_of_questions(user)
    rows = mentions.mentions_of(user)
    new = mentions.unseen(user)
    only_new = request.GET.get("show") == UNSEEN
    page = Paginator(rows.filter(seen_at=None) if only_new else rows, mentions.PAGE)
    context = {
        "page": page.get_page(request.GET.get("page")),
        "unseen": new,
        "only_new": only_new,
        "query": f"show={UNSEEN}" if only_new else "",
    }
    return render(request, "mentions/for_you.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.CURATOR)
def discussion(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """The picture, its record, what was said and what is wrong. POST adds a comment.

    It shows neither votes nor suggestion, for whoever follows a mention may yet have to judge the picture.
    """
    candidate = get_object_or_404(
        Candidate.objects.select_related("project", "image__source", "image__licence", "label", "gold"),
        project__key=key,
        pk=pk,
    )
    form = CommentForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            return _said(request, candidate, form.cleaned_data["text"])
        except Refused as refusal:
            form.add_refusal(refusal.message, {"text": [refusal.message]})
    context = _discussion(request, candidate) | {"form": form}
    return render(request, "issues/discussion.html", context, status=422 if form.errors else 200)


def _discussion(request: HttpRequest, candidate: Candidate) -> dict[str, Any]:
    user, project = person(request), candidate.project
    leads = user.has_role(Role.LEAD)
    found = mentions.discussion(user, candidate)
    about = issues.of_picture(user, candidate)
    if request.method == "GET" and found.unseen:
        service.see_comments(user, found.unseen)
    still = [issue for issue in about if issue.closed_at is None]
    doubled = any(issue.kind == DataIssue.Kind.DUPLICATE for issue in still)
    at = still[0].pk if still else None
    seen = issues.issues_seen_by(user, project)
    may = leads and may_adjudicate(user, project)
    return {
        "project": project,
        "candidate": candidate,
        "image": candidate.image,
        "talk": found,
        "issues": about,
        "open_form": OpenForm(),
        "may_send_back": may or (leads and candidate.state == Candidate.State.OPEN),
        "may_settle": may and candidate.state != Candidate.State.OPEN,
        "classes": project.classes.order_by("index") if may and still else [],
        "following": issues.following(seen, candidate, at) if leads else None,
        "near": issues.near_duplicates(candidate.image) if doubled else [],
    }


def _said(request: HttpRequest, candidate: Candidate, text: str) -> HttpResponse:
    comment = service.add_comment(person(request), candidate.pk, text)
    missed = service.not_told(comment)
    if missed:
        names = ", ".join(f"@{name}" for name in missed)
        words = _("Not told: %(names)s. Only people who review can be named; look for typing errors.")
        messages.warning(request, words % {"names": names})
    return redirect(
        f"{reverse('discussion', args=[candidate.project.key, candidate.pk])}#comment-{comment.pk}"
    )
