"""Models that are here, and letting one look at a project."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from curation.errors import Refused
from curation.models import ModelVersion, Project, Role
from curation.selectors.models import model_views
from curation.services.preclassify import request_preclassify
from curation.views.access import needs, person
from inference.published import PUBLISHED_ADDRESS


@require_GET
@needs(Role.READER)
def models(request: HttpRequest) -> HttpResponse:
    return render(request, "models/models.html", {"models": model_views(), "published": PUBLISHED_ADDRESS})


@require_POST
@needs(Role.LEAD)
def preclassify(request: HttpRequest, key: str) -> HttpResponse:
    project = get_object_or_404(Project, key=key)
    # PostgreSQL compares no text that holds NUL.
    model = get_object_or_404(ModelVersion, name=request.POST.get("model", "").replace("\0", ""))
    try:
        job = request_preclassify(project, model, person(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("models")
    return redirect("job", pk=job.pk)
