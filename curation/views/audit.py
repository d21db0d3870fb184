"""The audit trail: who did what to what, as a page and as a file."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from curation.forms.team import AuditFilter
from curation.models import Role
from curation.selectors import audit as rows
from curation.views.access import needs, person


@require_safe
@needs(Role.LEAD)
def audit(request: HttpRequest) -> HttpResponse:
    form = AuditFilter(request.GET)
    before = request.GET.get("before", "")
    cursor = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    found = rows.Page([], None, True)
    if form.is_valid():
        found = rows.page(rows.entries(person(request), form.criteria()), cursor)
    context = {
        "form": form,
        "actions": rows.actions(),
        "page": found,
        "entries": [(row, rows.facts(row.detail)) for row in found.rows],
        "query": form.query(),
    }
    return render(request, "people/audit.html", context, status=200 if form.is_valid() else 400)


@require_safe
@needs(Role.LEAD)
def audit_tsv(request: HttpRequest) -> HttpResponseBase:
    """The same rows as a file, all of them."""
    form = AuditFilter(request.GET)
    if not form.is_valid():
        return HttpResponse(form.errors.as_text(), status=400, content_type="text/plain; charset=utf-8")
    lines = rows.tsv_lines(rows.entries(person(request), form.criteria()))
    response = StreamingHttpResponse(lines, content_type="text/tab-separated-values; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="audit.tsv"'
    return response
