"""The part of a page that tells of the job under way."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_htmx.http import HttpResponseClientRefresh

from curation.selectors.jobs import JobView


def job_region(request: HttpRequest, job: JobView | None) -> HttpResponse:
    """What stands on the page while a job goes on; the page is loaded anew when it has ended."""
    if job is None or not job.job.is_active:
        return HttpResponseClientRefresh()
    return render(request, "representation/_job.html", {"view": job})
