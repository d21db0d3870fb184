"""Votes and decisions of a project as files, sent while they are read."""

from __future__ import annotations

from itertools import chain

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from curation.errors import Refused
from curation.models import Project, Role
from curation.selectors.label_columns import TABLES
from curation.selectors.label_rows import Scope
from curation.services import audit
from curation.services.labels import files
from curation.services.labels.package import all_resources, package
from curation.services.labels.write import FORMS
from curation.views.access import needs, person


@require_safe
@needs(Role.LEAD)
def page(request: HttpRequest, key: str) -> HttpResponse:
    """What can be downloaded, and what its columns mean."""
    project = get_object_or_404(Project, key=key)
    context = {"project": project, "tables": TABLES.values(), "forms": FORMS}
    return render(request, "projects/labels.html", context)


@require_safe
@needs(Role.LEAD)
def data_package(request: HttpRequest, key: str) -> HttpResponse:
    project = get_object_or_404(Project, key=key)
    content = package(project.key, project.title, all_resources())
    return HttpResponse(content, content_type="application/json")


@require_safe
@needs(Role.LEAD)
def download(request: HttpRequest, key: str, name: str, form: str) -> HttpResponseBase:
    """One file. `?names=1`: user names, for admins, which the audit trail keeps; `?images=`: see tasks."""
    project = get_object_or_404(Project, key=key)
    names = request.GET.get("names") == "1"
    if names and not person(request).has_role(Role.ADMIN):
        raise PermissionDenied(_("Names of reviewers are for the role Admin; others get pseudonyms."))
    images = request.GET.get("images", "").replace("\0", "") or None
    try:
        pieces = files.pieces(name, form, Scope(project, names=names), images)
    except Refused as refusal:
        raise Http404(refusal.message) from refusal
    if names and request.method == "GET":
        audit.record(person(request), "labels.names", f"{name}.{form}", project)
    # The first piece now, so that an error is an error page and no file that ends early.
    response = StreamingHttpResponse(
        chain([next(pieces, b"")], pieces), content_type=files.CONTENT_TYPES[form]
    )
    response["Content-Disposition"] = f'attachment; filename="{project.key}-{name}.{form}"'
    return response
