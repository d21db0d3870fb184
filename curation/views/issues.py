"""What is wrong with pictures of a project: the list, closing one or several, opening one again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from curation.errors import Refused
from curation.forms.issues import STATES, CloseForm, IssueFilter, OpenForm
from curation.models import DataIssue, Project, Role, User
from curation.selectors import issues as rows
from curation.services import issue_outcomes, issues
from curation.services.adjudicate import may_adjudicate
from curation.views.access import needs, person
from curation.views.projects import whole


@require_safe
@needs(Role.CURATOR)
def page(request: HttpRequest, key: str) -> HttpResponse:
    """All issues for leads, their own for others; open ones unless the address asks otherwise."""
    project = get_object_or_404(Project, key=key)
    user = person(request)
    seen = rows.issues_seen_by(user, project)
    form = _filter(request, user, project, seen)
    criteria = form.criteria()
    tally = rows.tally(rows.filter_issues(seen, criteria | {"kind": "", "state": ""}))
    found = Paginator(rows.with_rows(rows.filter_issues(seen, criteria)), rows.PAGE)
    context = {
        "project": project,
        "form": form,
        "issues": found.get_page(request.GET.get("page")),
        "doors": _doors(form, tally, criteria),
        "asked": form.asked(),
        "query": form.query(),
        "open": criteria["state"] == rows.OPEN,
        "sees_all": user.has_role(Role.LEAD),
    }
    return render(request, "issues/issues.html", context, status=200 if form.is_valid() else 422)


def _filter(request: HttpRequest, user: User, project: Project, seen: rows.Issues) -> IssueFilter:
    more: dict[str, Iterable[Any]] = {}
    sees_all = user.has_role(Role.LEAD)
    if sees_all:
        more = {"classes": project.classes.order_by("index"), "openers": rows.openers(project)}
    return IssueFilter(request.GET, user=user, sees_all=sees_all, sources=rows.sources(seen), **more)


def _doors(form: IssueFilter, tally: rows.Tally, criteria: dict[str, str]) -> dict[str, Any]:
    """Counts by state and by kind, each with the address that shows its rows."""
    state, kind = criteria["state"], criteria.get("kind", "")
    states = [
        (words, form.query(state="" if value == rows.OPEN else value), tally.of(value, kind), value == state)
        for value, words in STATES
    ]
    kinds = [
        (words, form.query(kind=value), tally.of(state, value), value == kind)
        for value, words in [("", _("All kinds")), *DataIssue.Kind.choices]
    ]
    return {
        "states": states,
        "kinds": kinds,
        "everybodys": form.query(mine=""),
        "mine": form.query(mine="yes"),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.LEAD)
def close(request: HttpRequest, key: str) -> HttpResponse:
    """Close several (?issue=ID&issue=ID): GET asks what came of them, POST does it."""
    project = get_object_or_404(Project, key=key)
    asked = request.POST if request.method == "POST" else request.GET
    ids = {number for text in asked.getlist("issue")[: rows.PAGE] if (number := whole(text))}
    wanted = rows.issues_seen_by(person(request), project).filter(pk__in=ids, closed_at=None)
    found = list(rows.with_rows(wanted))
    if not found:
        messages.error(request, _("None of the issues chosen is open. Choose some in the list."))
        return redirect("issues", key)
    form = CloseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        then = form.cleaned_data["then"]
        try:
            number = issue_outcomes.close_issues(
                person(request), found, form.cleaned_data["resolution"], then
            )
        except Refused as refusal:
            form.add_refusal(refusal.message)
        else:
            words = ngettext("%(n)s issue is closed.", "%(n)s issues are closed.", number)
            messages.success(request, words % {"n": number})
            return redirect("issues", key)
    may = may_adjudicate(person(request), project)
    context = {"project": project, "issues": found, "form": form, "may_send_back": may}
    return render(request, "issues/close.html", context, status=422 if form.errors else 200)


@require_POST
@needs(Role.LEAD)
def change(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """Close one issue, or with `do` = again open it again; then the next open one."""
    project = get_object_or_404(Project, key=key)
    issue = get_object_or_404(
        DataIssue.objects.select_related("candidate__image"), pk=pk, candidate__project=project
    )
    here = f"{reverse('discussion', args=[key, issue.candidate_id])}#issue-{pk}"
    try:
        if request.POST.get("do") == "again":
            issues.open_again(person(request), issue)
            messages.success(request, _("The issue is open again."))
            return redirect(here)
        _close(request, issue)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect(here)
    seen = rows.issues_seen_by(person(request), project)
    onward = rows.following(seen, issue.candidate, issue.pk)
    if onward is None:
        return redirect("issues", key)
    return redirect(f"{reverse('discussion', args=[key, onward.candidate_id])}#issue-{onward.pk}")


DONE = {
    issue_outcomes.NOTHING: gettext_lazy("The issue of %(picture)s is closed."),
    issue_outcomes.REVIEW: gettext_lazy("%(picture)s is with the reviewers again, with your question."),
    issue_outcomes.SETTLE: gettext_lazy("%(picture)s is settled, and its issues are closed."),
}


def _close(request: HttpRequest, issue: DataIssue) -> None:
    form = CloseForm(request.POST)
    if not form.is_valid():
        raise Refused(" ".join(str(error) for errors in form.errors.values() for error in errors))
    asked = form.cleaned_data
    issue_outcomes.close_issue(person(request), issue, asked["resolution"], asked["then"], asked["label"])
    place = reverse("discussion", args=[issue.candidate.project.key, issue.candidate_id])
    words = DONE[asked["then"]] % {"picture": issue.candidate.image.title}
    messages.success(request, format_html('{} <a href="{}">{}</a>', words, place, _("Look at it again")))


@require_POST
@needs(Role.CURATOR)
def open_one(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """Say that something is wrong with a picture, without a vote."""
    project = get_object_or_404(Project, key=key)
    candidate = get_object_or_404(project.candidates, pk=pk)
    form = OpenForm(request.POST)
    if not form.is_valid():
        raise BadRequest(form.errors.as_text())
    try:
        issue = issues.open_issue(
            person(request), candidate.pk, form.cleaned_data["kind"], form.cleaned_data["text"]
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("discussion", key, pk)
    messages.success(request, _("The lead curators will see it."))
    return redirect(f"{reverse('discussion', args=[key, pk])}#issue-{issue.pk}")
