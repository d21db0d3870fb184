"""Who works on what: a project's team for leads, and everybody's own work."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from curation.errors import Refused
from curation.forms.team import AssignForm
from curation.models import Assignment, Membership, Order, Project, Role, User
from curation.selectors import team as rows
from curation.services import assignments as service
from curation.views.access import may_look_at, needs, person
from curation.views.projects import whole


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.LEAD)
def team(request: HttpRequest, key: str) -> HttpResponse:
    """The people of a project; POST assigns, or takes back the assignment `remove`."""
    project = get_object_or_404(Project, key=key)
    form = AssignForm(project, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if "remove" in request.POST:
            _take_back(request, project)
            return redirect("team", key=key)
        if form.is_valid():
            try:
                made = service.assign(
                    person(request),
                    form.cleaned_data["user"],
                    project,
                    label=form.cleaned_data["label"],
                    source=form.cleaned_data["source"],
                )
            except Refused as error:
                form.add_refusal(error.message)
            else:
                what = service.words(project, made.label, made.source)
                messages.success(
                    request, _("%(person)s is assigned: %(what)s.") % {"person": made.user, "what": what}
                )
                return redirect("team", key=key)
    people = rows.team(project)
    context = {
        "project": project,
        "form": form,
        "team": people,
        "open": sum(rows.open_cells([project])[project.pk].values()),
        "assigned": sum(1 for each in people if each.assigned),
        "busy": sum(1 for each in people if each.week),
    }
    return render(request, "team/team.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.CURATOR)
def work(request: HttpRequest) -> HttpResponse:
    """One's own work; leads may look at somebody else's with ?person=. POST chooses an order."""
    viewer = person(request)
    someone = _asked_for(request, viewer)
    if request.method == "POST":
        project = get_object_or_404(Project, key=request.POST.get("project", ""))
        try:
            service.choose_order(viewer, project, request.POST.get("order", ""))
            messages.success(request, _("The order in %(project)s is kept.") % {"project": project.title})
        except Refused as error:
            messages.error(request, error.message)
        return redirect("work")
    projects = list(Project.objects.order_by("title"))
    orders = dict(Membership.objects.filter(user=someone).values_list("project", "order"))
    days = rows.days_of(someone)
    asked = rows.assigned_to(someone)
    context = {
        "someone": someone,
        "own": someone == viewer,
        "asked": asked,
        "next": (asked[0].row.project if asked else next(iter(projects), None)),
        "days": days,
        "month": sum(day.votes for day in days),
        "busiest": max(day.votes for day in days),
        "seconds": rows.pace_of(someone),
        "projects": [(project, orders.get(project.pk, "")) for project in projects],
        "orders": Order.choices,
        "questions": rows.questions_of(someone),
        "people": User.objects.filter(is_active=True).order_by("first_name", "username")
        if viewer.has_role(Role.LEAD)
        else [],
    }
    return render(request, "team/work.html", context)


def _asked_for(request: HttpRequest, viewer: User) -> User:
    someone = whose_work(viewer, request.GET.get("person", "").replace("\0", ""))
    if someone != viewer and request.method == "POST":
        raise PermissionDenied(_("Everybody chooses their own order."))
    return someone


def whose_work(viewer: User, username: str) -> User:
    """The person whose work `viewer` asks for; nobody in particular is oneself. Others are for leads."""
    if not username or username == viewer.username:
        return viewer
    may_look_at(viewer, username)
    return get_object_or_404(User, username=username)


def _take_back(request: HttpRequest, project: Project) -> None:
    pk = request.POST["remove"]
    row = Assignment.objects.filter(project=project, pk=whole(pk) or 0).first()
    if row is None:
        messages.error(request, _("That assignment is gone already."))
        return
    name = str(row.user)
    service.unassign(person(request), row)
    messages.success(request, _("The assignment of %(person)s is taken back.") % {"person": name})
