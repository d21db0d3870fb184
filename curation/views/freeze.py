"""Freezing a release: the form, what each class has, a last look, and the deed. Admins only."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.forms.releases import FreezeForm
from curation.models import Project, Role
from curation.selectors.releases import Preview, preview
from curation.services.balance import Sizes
from curation.services.freeze import Shortage, freeze
from curation.views.access import needs, person


@needs(Role.ADMIN)
def release_new(request: HttpRequest, key: str) -> HttpResponse:
    """GET shows the form, and to htmx the table of what each class has; POST asks once more, then freezes."""
    project = get_object_or_404(Project, key=key)
    if request.method == "POST":
        return _asked(request, project, FreezeForm(project, request.POST))
    form = FreezeForm(project, request.GET if "train" in request.GET else None)
    template = "releases/_supply.html" if request.headers.get("HX-Request") else "releases/new.html"
    return render(request, template, _context(project, form))


def _asked(request: HttpRequest, project: Project, form: FreezeForm) -> HttpResponse:
    context = _context(project, form)
    shown = context["preview"]
    if not form.is_valid() or not isinstance(shown, Preview) or shown.sizes is None:
        return render(request, "releases/new.html", context, status=400)
    if "confirmed" not in request.POST:
        return render(request, "releases/confirm.html", context)
    data = form.cleaned_data
    try:
        release = freeze(
            project,
            seed=data["seed"],
            name=data["name"] or None,
            train=data["train"],
            test=data["test"],
            validate=data["validate"],
            balance=data["balance"],
            largest=data["largest"],
            created_by=person(request),
        )
    except Refused as error:
        form.add_refusal(error.message)
        shortage = error if isinstance(error, Shortage) else None
        return render(request, "releases/new.html", context | {"shortage": shortage}, status=400)
    messages.success(request, _("%(release)s is frozen.") % {"release": release})
    return redirect("release", name=release.name)


def _context(project: Project, form: FreezeForm) -> dict[str, object]:
    target: Sizes | None = Sizes(project.train, project.test, project.validate)
    largest = False
    if form.is_bound:
        target = form.sizes if form.is_valid() else None
        largest = bool(form.cleaned_data.get("largest"))
    return {
        "project": project,
        "form": form,
        "preview": preview(project, target, largest=largest) if target else None,
    }
