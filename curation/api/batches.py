"""Batches: bringing in what was uploaded, what became of each row, and what can be done about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from curation.api.base import Listed, body, check_names, checked_form, user_of
from curation.api.jobs import JobOut, job_answer
from curation.api.once import once
from curation.api.permissions import needs
from curation.api.schema import parameters
from curation.api.shapes import batches as shapes
from curation.errors import Refused
from curation.forms.deliveries import BatchFilter, ColumnsForm
from curation.forms.ingest import BatchForm
from curation.models import Batch, BatchProblem, MediaRecord, Project, Role, Source
from curation.selectors import batches as rows
from curation.selectors import deliveries as accounts
from curation.services import deliveries, download, undo, uploads
from curation.services.derive_corruptions import KINDS, request_corruptions
from curation.services.derive_crops import request_crops
from curation.services.jobs import resume
from curation.services.licences import licence_named
from curation.views.ingest import start

ADMIN = needs(Role.ADMIN)
RELATED = ("project", "source", "licence", "job", "created_by")


class Batches(Listed):
    """All batches, the newest first."""

    serializer_class = shapes.BatchOut
    permission_classes = [ADMIN]
    filters = tuple(BatchFilter.base_fields)

    @extend_schema(parameters=parameters(BatchFilter))
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def rows(self) -> QuerySet[Batch]:
        asked = checked_form(BatchFilter(self.request.query_params)).criteria()
        found = Batch.objects.select_related(*RELATED).defer("columns", "preview")
        return found.filter(**{name: value for name, value in asked.items() if value})

    def shown(self, page: list[Any]) -> list[Any]:
        return rows.with_counts(page)

    @extend_schema(request=shapes.BatchIn, responses={202: shapes.BatchOut})
    @once
    def post(self, request: Request) -> Response:
        """Bring in what was uploaded; a job does it. An archive or list is looked through, and then waits for
        `import`."""
        told = dict(body(request, shapes.BatchIn))
        project = get_object_or_404(Project, key=told["project"])
        source = get_object_or_404(Source, code=told["source"]) if "source" in told else None
        table = uploads.table_of(told["upload"])
        form = BatchForm(
            told | {"project": project.pk, "source": source.pk if source else ""}, table=table is not None
        )
        check = told.get("check_only", False)
        return _batch_answer(start(checked_form(form), user_of(request), table, check=check).pk)


class OneBatch(APIView):
    permission_classes = [ADMIN]

    @extend_schema(responses=shapes.BatchWhole)
    def get(self, request: Request, pk: int) -> Response:
        """One batch: what it would bring in where it was only looked through, why rows did not come in."""
        check_names(request, ())
        batch = _batch(pk)
        [row] = rows.with_counts([batch])
        told = {"batch": row, "columns": batch.columns, "preview": batch.preview}
        told |= {"reasons": accounts.account(batch).reasons, "keeps": undo.why_not(batch)}
        return Response(shapes.BatchWhole(told).data)


class Records(Listed):
    """The records of an archive or list, in their order, and what became of each."""

    serializer_class = shapes.RecordOut
    permission_classes = [ADMIN]
    keyset = ("pk",)
    filters = ("state", "rule")

    @extend_schema(
        parameters=[
            OpenApiParameter("state", str, enum=MediaRecord.State.values),
            OpenApiParameter("rule", str),
        ]
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def rows(self) -> QuerySet[MediaRecord]:
        found = _batch(self.kwargs["pk"]).records.select_related("source", "licence_text", "image")
        return found.filter(**_asked(self.request, self.filters))


class Problems(Listed):
    """Files that did not become pictures, and notes, in their order."""

    serializer_class = shapes.ProblemOut
    permission_classes = [ADMIN]
    keyset = ("pk",)
    filters = ("kind", "rule")

    @extend_schema(
        parameters=[
            OpenApiParameter("kind", str, enum=BatchProblem.Kind.values),
            OpenApiParameter("rule", str),
        ]
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def rows(self) -> QuerySet[BatchProblem]:
        found = _batch(self.kwargs["pk"]).problems.select_related("twin")
        return found.filter(**_asked(self.request, self.filters))


class OfBatch(APIView):
    """Something that is asked of one batch."""

    permission_classes = [ADMIN]


class Imported(OfBatch):
    @extend_schema(request=None, responses={202: JobOut})
    def post(self, request: Request, pk: int) -> Response:
        """Bring in what was looked through."""
        return job_answer(deliveries.request_import(_batch(pk), user_of(request)))


class Remapped(OfBatch):
    @extend_schema(request=shapes.RemapIn, responses={202: JobOut})
    def post(self, request: Request, pk: int) -> Response:
        """Read a list otherwise, or state source or licence for all rows, and look it through again."""
        batch, told = _batch(pk), body(request, shapes.RemapIn)
        if not told:
            raise Refused(_("Say other columns, a source or a licence."))
        source = get_object_or_404(Source, code=told["source"]) if "source" in told else None
        licence = licence_named(told["licence"]) if "licence" in told else None
        columns = _columns(batch, told["columns"]) if "columns" in told else None
        job = deliveries.remap(batch, columns, user_of(request), source=source, licence=licence)
        return job_answer(job)


def _columns(batch: Batch, told: Mapping[str, str]) -> dict[str, Any]:
    preview = batch.preview or {}
    form = ColumnsForm(
        {f"column-{name}": column for name, column in told.items()},
        headers=preview.get("headers", []),
        columns=preview.get("columns", {}),
        prefix="column",
    )
    return checked_form(form).cleaned_data


class Discarded(OfBatch):
    @extend_schema(request=None, responses=shapes.BatchOut)
    def post(self, request: Request, pk: int) -> Response:
        """Leave a delivery that was looked through out for good."""
        deliveries.discard(_batch(pk), user_of(request))
        return _batch_answer(pk, status=200)


class Resumed(OfBatch):
    @extend_schema(request=None, responses={202: JobOut})
    def post(self, request: Request, pk: int) -> Response:
        """Queue the job of a batch again where it failed or was cancelled."""
        batch = _batch(pk)
        if batch.job is None:
            raise Refused(_("Batch %(pk)s has no job that could go on.") % {"pk": pk})
        return job_answer(resume(batch.job, user_of(request)))


class Retried(OfBatch):
    @extend_schema(request=shapes.RetryIn, responses=shapes.BatchOut)
    def post(self, request: Request, pk: int) -> Response:
        """Fetch records that failed by a rule once more."""
        download.retry(_batch(pk), body(request, shapes.RetryIn)["rule"], user_of(request))
        return _batch_answer(pk, status=200)


class TakenBack(OfBatch):
    @extend_schema(request=None, responses=shapes.WentOut)
    def post(self, request: Request, pk: int) -> Response:
        """Take a batch back with its pictures, where nobody has judged or frozen one."""
        return Response({"pictures": undo.undo_batch(_batch(pk), user_of(request))})


class Downloads(APIView):
    permission_classes = [ADMIN]

    @extend_schema(request=None, responses={202: JobOut})
    def post(self, request: Request) -> Response:
        """Fetch whatever waits of all batches; the download under way, or a new one."""
        return job_answer(download.request_download(user_of(request)))


class Corruptions(APIView):
    permission_classes = [ADMIN]

    @extend_schema(request=shapes.CorruptionsIn, responses={202: JobOut})
    @once
    def post(self, request: Request, key: str) -> Response:
        """Make corrupted pictures out of ordinary ones; a job does it."""
        project = get_object_or_404(Project, key=key)
        told = body(request, shapes.CorruptionsIn)
        kinds = told.get("kinds", KINDS)
        return job_answer(
            request_corruptions(project, told["count"], told["seed"], user_of(request), kinds=kinds)
        )


class Crops(APIView):
    permission_classes = [ADMIN]

    @extend_schema(request=shapes.CropsIn, responses={202: JobOut})
    @once
    def post(self, request: Request, key: str) -> Response:
        """Cut parts that a detector found out of pictures; a job does it."""
        project = get_object_or_404(Project, key=key)
        told = body(request, shapes.CropsIn)
        content = json.dumps(told["detections"]).encode()
        parts, side = told.get("parts", []), told["min_side"]
        return job_answer(
            request_crops(project, content, told["name"], user_of(request), parts=parts, min_side=side)
        )


def _batch(pk: int) -> Batch:
    return get_object_or_404(Batch.objects.select_related(*RELATED), pk=pk)


def _batch_answer(pk: int, status: int = 202) -> Response:
    [row] = rows.with_counts([_batch(pk)])
    return Response(shapes.BatchOut(row).data, status=status)


def _asked(request: Request, names: tuple[str, ...]) -> dict[str, str]:
    return {name: value for name in names if (value := request.query_params.get(name, ""))}
