"""Jobs for machines: state, progress, rate, ETA, the end of the log; cancelling and resuming."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from curation.api.base import Listed, check_names, user_of
from curation.api.permissions import needs
from curation.models import Job, Role
from curation.selectors.jobs import JobView, job_view, jobs, views
from curation.services.jobs import request_cancel, resume

STATES, KINDS = list(Job.State.values), list(Job.Kind.values)


class LineOut(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    line = serializers.CharField()


class JobOut(serializers.Serializer[Any]):
    """`done` of `total` units, where the total is known."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=KINDS)
    title = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES)
    words = serializers.CharField(help_text="The state in words that are true now.")
    done = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True)
    unit = serializers.CharField()
    rate = serializers.FloatField(allow_null=True, help_text="Units a second.")
    eta_seconds = serializers.IntegerField(allow_null=True)
    cancel_requested = serializers.BooleanField()
    error = serializers.CharField(allow_blank=True)
    result = serializers.JSONField(allow_null=True)
    result_url = serializers.CharField(allow_blank=True, help_text="Page of what came of it.")
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    log = LineOut(many=True, help_text="The last lines; none in lists.")


class Jobs(Listed):
    """All jobs, the newest first."""

    serializer_class = JobOut
    filters = ("state", "kind")

    @extend_schema(
        parameters=[OpenApiParameter("state", str, enum=STATES), OpenApiParameter("kind", str, enum=KINDS)]
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def rows(self) -> QuerySet[Job]:
        found = jobs()
        for name, known in (("state", STATES), ("kind", KINDS)):
            if value := self.request.query_params.get(name, ""):
                if value not in known:
                    words = _("must be one of %(known)s, got %(got)r.")
                    raise serializers.ValidationError(
                        {name: [words % {"known": ", ".join(known), "got": value[:40]}]}
                    )
                found = found.filter(**{name: value})
        return found

    def shown(self, page: list[Any]) -> list[Any]:
        return [as_json(view) for view in views(page)]


class JobDetail(APIView):
    """GET /api/v1/jobs/<id>/"""

    permission_classes = [needs(Role.READER)]

    @extend_schema(responses=JobOut)
    def get(self, request: Request, pk: int) -> Response:
        """One job, with the end of its log."""
        check_names(request, ())
        return Response(as_json(job_view(pk)))


class JobCancelled(APIView):
    permission_classes = [needs(Role.ADMIN)]

    @extend_schema(request=None, responses=JobOut)
    def post(self, request: Request, pk: int) -> Response:
        """Cancel a job: at once where it waits, at its next clean point where it runs."""
        return Response(as_json(job_view(request_cancel(_job(pk), user_of(request)).pk)))


class JobResumed(APIView):
    permission_classes = [needs(Role.ADMIN)]

    @extend_schema(request=None, responses=JobOut)
    def post(self, request: Request, pk: int) -> Response:
        """Queue a failed or cancelled job again; it goes on where it was."""
        return Response(as_json(job_view(resume(_job(pk), user_of(request)).pk)))


def _job(pk: int) -> Job:
    return job_view(pk).job


def job_answer(job: Job) -> Response:
    """202: the job will do it; `Location` says where to look."""
    answer = Response(as_json(job_view(job.pk)), status=202)
    answer["Location"] = reverse("api_job", args=[job.pk])
    return answer


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
