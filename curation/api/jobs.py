"""A job for machines: state, progress, rate, ETA, the end of its log."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from curation.api.permissions import needs
from curation.models import Role
from curation.selectors.jobs import JobView, job_view


class JobDetail(APIView):
    """GET /api/v1/jobs/<id>/"""

    permission_classes = [needs(Role.READER)]

    def get(self, request: Request, pk: int) -> Response:
        return Response(as_json(job_view(pk)))


def as_json(view: JobView) -> dict[str, Any]:
    """Times are ISO 8601 in UTC, `rate` is in units per second, `eta_seconds` whole seconds or null."""
    job = view.job
    return {
        "id": job.pk,
        "kind": job.kind,
        "title": job.title,
        "state": job.state,
        "words": view.words,
        "done": job.done,
        "total": job.total,
        "unit": job.unit,
        "rate": round(view.rate, 3) if view.rate and job.is_active else None,
        "eta_seconds": round(view.eta.total_seconds()) if view.eta is not None else None,
        "cancel_requested": job.cancel_requested,
        "error": job.error,
        "result": job.result,
        "result_url": job.result_url,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "log": [{"at": line.at, "line": line.line} for line in view.log],
    }
