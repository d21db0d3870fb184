"""How good the votes are, for lead curators: agreement, aggregations, pictures with a known answer."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from curation.errors import Refused
from curation.forms.quality import AggregationForm, GoldForm
from curation.models import GoldItem, Project, Role
from curation.selectors import quality as rows
from curation.services import gold as gold_service
from curation.services.aggregate import request_aggregation
from curation.services.agreement import request_agreement
from curation.views.access import needs, person
from curation.views.jobs import wants_region
from curation.views.projects import whole

GOLD_PAGE = 48


@require_safe
@needs(Role.LEAD)
def agreement(request: HttpRequest, key: str) -> HttpResponse:
    """The newest report. A working job's bar asks for itself; when it has ended the page comes anew."""
    project = get_object_or_404(Project, key=key)
    under_way = rows.under_way(project)
    if wants_region(request):
        if not under_way:
            return HttpResponseClientRefresh()
        return render(request, "quality/_under_way.html", {"project": project, "under_way": under_way})
    pair = whole(request.GET.get("a")), whole(request.GET.get("b"))
    context = {
        "project": project,
        "under_way": under_way,
        "failed": rows.failed(project),
        "report": rows.report(project, *pair),
        "aggregation": rows.aggregation(
            project, request.GET.get("method", ""), whole(request.GET.get("person"))
        ),
        "form": AggregationForm(),
        "judged_twice": rows.judged_twice(project),
    }
    return render(request, "quality/agreement.html", context)


@require_POST
@needs(Role.LEAD)
def measure(request: HttpRequest, key: str) -> HttpResponse:
    """Bring the report up to date, and the aggregation asked for (Dawid-Skene unless another is named)."""
    project = get_object_or_404(Project, key=key)
    by = person(request)
    try:
        if method := request.POST.get("method"):
            request_aggregation(project, by, method)
        else:
            request_agreement(project, by)
            if rows.has_votes(project):
                request_aggregation(project, by)
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("agreement", key=project.key)


@require_safe
@needs(Role.LEAD)
def gold(request: HttpRequest, key: str) -> HttpResponse:
    project = get_object_or_404(Project, key=key)
    page = Paginator(rows.gold_items(project), GOLD_PAGE).get_page(request.GET.get("page"))
    context = {"project": project, "page": page, "items": rows.with_shares(page.object_list)}
    return render(request, "quality/gold.html", context)


@require_POST
@needs(Role.LEAD)
def make_gold(request: HttpRequest, key: str) -> HttpResponse:
    """From the page of a decided picture; it leads back there."""
    project = get_object_or_404(Project, key=key)
    form = GoldForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("The picture was not made one with a known answer: %s") % form.words())
        return _back(request, project)
    candidate = get_object_or_404(project.candidates, pk=form.cleaned_data["candidate"])
    try:
        item = gold_service.make_gold(person(request), candidate.pk, form.cleaned_data["why"])
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(
            request,
            _("Its known answer is %(label)s. Reviewers meet it now and then.") % {"label": item.label},
        )
    return _back(request, project)


@require_POST
@needs(Role.LEAD)
def change_gold(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    project = get_object_or_404(Project, key=key)
    item = get_object_or_404(GoldItem, project=project, pk=pk)
    active = request.POST.get("do") == "activate"
    try:
        gold_service.set_active(person(request), item, active)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(
            request,
            _("Reviewers meet the picture again.") if active else _("Reviewers meet the picture no longer."),
        )
    return _back(request, project)


def _back(request: HttpRequest, project: Project) -> HttpResponse:
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and urlsplit(wanted).path.startswith(
        ("/images/", "/projects/")
    ):
        return redirect(wanted)
    return redirect("gold", key=project.key)
