"""One source: what became of the pictures it gave."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from curation.models import Role, Source
from curation.selectors.sources import source_report
from curation.views.access import needs


@needs(Role.READER)
def source(request: HttpRequest, code: str) -> HttpResponse:
    found = get_object_or_404(Source, code=code)
    return render(request, "sources/source.html", {"source": found, "report": source_report(found)})
