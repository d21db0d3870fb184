"""One class of a project: its name, key and definition. Leads only."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from curation.errors import Refused
from curation.forms.classes import ClassForm
from curation.models import Candidate, LabelClass, Project, Role
from curation.services.classes import rename
from curation.views.access import needs, person


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.LEAD)
def label_class(request: HttpRequest, key: str, slug: str) -> HttpResponse:
    project = get_object_or_404(Project, key=key)
    label = get_object_or_404(LabelClass, project=project, slug=slug)
    form = ClassForm(request.POST if request.method == "POST" else None, label=label)
    if request.method == "POST" and form.is_valid():
        try:
            saved = rename(person(request), label, **form.arguments())
        except Refused as error:
            form.add_refusal(error.message, error.extra.get("fields"))
        else:
            messages.success(request, _("%(class)s is saved.") % {"class": saved.name})
            return redirect("label_class", key=key, slug=slug)
    context = {
        "project": project,
        "label": label,
        "form": form,
        "classes": project.classes.order_by("index"),
        "decided": Candidate.objects.filter(project=project, label=label).count(),
    }
    return render(request, "classes/class.html", context, status=400 if request.method == "POST" else 200)
