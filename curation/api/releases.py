"""Releases: to read whole, member by member, and as tables; freezing; exports."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from curation import __version__
from curation.api.base import Listed, Single, body, check_names, checked_form, user_of
from curation.api.jobs import JobOut, job_answer
from curation.api.once import once
from curation.api.permissions import needs
from curation.api.schema import parameters
from curation.api.shapes import releases as shapes
from curation.errors import Refused
from curation.forms.releases import MemberFilter
from curation.models import Export, Project, Release, ReleaseMember, Role, Split
from curation.selectors import crosstab as tables
from curation.selectors import releases as rows
from curation.selectors.exports import ExportView, export_views
from curation.selectors.release_reports import registry
from curation.selectors.release_reports.table import ReportTable as Table
from curation.services.export import request_export, request_verify
from curation.services.freeze_each_job import request_each
from curation.services.freeze_job import request_freeze
from curation.views import exports as files
from curation.views.releases import found

SPLIT = OpenApiParameter("split", str, enum=Split.values, description="Only this split.")


class Releases(Listed):
    """All frozen releases, the newest first."""

    serializer_class = shapes.ReleaseOut
    filters = ("project",)

    @extend_schema(parameters=[OpenApiParameter("project", str, description="Key of a project.")])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def rows(self) -> QuerySet[Release]:
        wanted = rows.frozen()
        key = self.request.query_params.get("project", "")
        return wanted.filter(project=get_object_or_404(Project, key=key)) if key else wanted


class Frozen(APIView):
    permission_classes = [needs(Role.ADMIN)]

    @extend_schema(request=shapes.FreezeIn, responses={202: JobOut})
    @once
    def post(self, request: Request, key: str) -> Response:
        """Freeze a release; a job does it. The same again, while it goes on, answers the same job."""
        project = get_object_or_404(Project, key=key)
        told = dict(body(request, shapes.FreezeIn))
        if told.pop("each", False):
            if told.pop("test_sources", None):
                raise Refused(_("With `each` the test set is each source in turn: leave test_sources out."))
            return job_answer(request_each(project, created_by=user_of(request), **told))
        return job_answer(request_freeze(project, created_by=user_of(request), **told))


class OfRelease(APIView):
    """A release never changes: whoever has read something of it is told so before anything is counted."""

    permission_classes = [needs(Role.READER)]

    def conditional(self, request: Request, release: Release) -> HttpResponseBase | None:
        self.etag = f'"{release.manifest_sha256[:32]}-{__version__}-{get_language()}"'
        return get_conditional_response(request._request, etag=self.etag)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        if answer.status_code in (200, 304) and hasattr(self, "etag"):
            answer["ETag"] = self.etag
        return answer


class OneRelease(OfRelease):
    @extend_schema(responses=shapes.ReleaseWhole)
    def get(self, request: Request, name: str) -> HttpResponseBase:
        """A release, and what is in it."""
        check_names(request, ())
        release = found(name)
        if answer := self.conditional(request, release):
            return answer
        report = rows.report(release)
        release.pictures = report.pictures  # type: ignore[attr-defined]
        counts = {
            "splits": report.splits,
            "licences": report.licences,
            "classes": [label.slug for label in report.classes],
            "sources": report.sources,
        }
        return Response(shapes.ReleaseWhole({"release": release, "counts": counts}).data)


class Members(OfRelease, Listed):
    """The pictures of a release in the order of its manifest, with everything that an export says of them."""

    serializer_class = shapes.MemberOut
    keyset = ("id",)
    filters = tuple(MemberFilter.base_fields)

    @extend_schema(parameters=parameters(MemberFilter))
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        stable = "judged" not in request.query_params  # which can change: votes come in
        if stable and (answer := self.conditional(request, found(self.kwargs["name"]))):
            return answer
        return super().get(request, *args, **kwargs)

    def rows(self) -> QuerySet[ReleaseMember]:
        release = found(self.kwargs["name"])
        form = checked_form(MemberFilter(rows.member_choices(release), self.request.query_params))
        return rows.members(release, form.asked())


class Crosstab(OfRelease):
    @extend_schema(parameters=[SPLIT], responses=shapes.CrosstabOut)
    def get(self, request: Request, name: str) -> HttpResponseBase:
        """Pictures by class and source."""
        check_names(request, ("split",))
        split = request.query_params.get("split", "")
        if split and split not in Split.values:
            raise Http404(_("There is no split %(split)s.") % {"split": split[:40]})
        release = found(name)
        if answer := self.conditional(request, release):
            return answer
        table = tables.of_release(release, split or None)
        lines = {slug: counts[:-1] for slug, counts in table.lines() if slug is not None}
        return Response({"sources": table.sources, "rows": lines, "total": table.count(None, None)})


class ReportTable(APIView):
    permission_classes = [needs(Role.READER)]

    @extend_schema(
        parameters=[OpenApiParameter("table", str, OpenApiParameter.PATH, enum=list(registry.TABLES))],
        responses=shapes.TableOut,
    )
    def get(self, request: Request, name: str, table: str) -> Response:
        """One table of the report of a release."""
        check_names(request, ())
        release = found(name)
        if table not in registry.TABLES:
            known = ", ".join(registry.TABLES)
            raise Http404(_("There is no table %(key)s. Known: %(known)s.") % {"key": table, "known": known})
        made = registry.TABLES[table](release)
        return Response(table_json(made))


def table_json(made: Table) -> dict[str, Any]:
    """A table as TableOut has it."""
    return {
        "key": made.key,
        "title": str(made.title),
        "columns": [{"key": one.key, "title": str(one.title), "kind": one.kind} for one in made.columns],
        "rows": [[cell.value for cell in cells] for cells in made.rows],
        "notes": [str(note) for note in made.notes],
    }


class Exports(Listed):
    """The exports of a release, the newest first."""

    serializer_class = shapes.ExportOut
    permission_classes = [needs(Role.READER, writes=Role.ADMIN)]

    def rows(self) -> QuerySet[Export]:
        return Export.objects.filter(release=found(self.kwargs["name"])).defer("files")

    def shown(self, page: list[Any]) -> list[Any]:
        views = {view.export.pk: view for view in export_views(Export.objects.filter(pk__in=_ids(page)))}
        return [views[pk] for pk in _ids(page)]

    @extend_schema(request=shapes.ExportIn, responses={202: shapes.ExportOut})
    @once
    def post(self, request: Request, name: str) -> Response:
        """Write a release in a format; a job does it."""
        release, told = found(name), body(request, shapes.ExportIn)
        export = request_export(
            release,
            told["format"],
            licences=told.get("licences", []),
            acknowledged=told.get("acknowledged", False),
            options=told.get("options", {}),
            created_by=user_of(request),
        )
        return Response(shapes.ExportOut(_view(export.pk)).data, status=202)


class OneExport(Single):
    """One export."""

    serializer_class = shapes.ExportOut

    def get_object(self) -> ExportView:
        return _view(self.kwargs["pk"])


class ExportVerified(APIView):
    permission_classes = [needs(Role.ADMIN)]

    @extend_schema(request=None, responses={202: JobOut})
    @once
    def post(self, request: Request, pk: int) -> Response:
        """Check every file of an export again; a job does it."""
        return job_answer(request_verify(_view(pk).export, user_of(request)))


BYTES = {(200, "application/octet-stream"): OpenApiResponse(OpenApiTypes.BINARY, "The bytes.")}


class ExportFile(APIView):
    permission_classes = [needs(Role.READER)]

    @extend_schema(responses=BYTES)
    def get(self, request: Request, pk: int, path: str) -> HttpResponseBase:
        """One file of a finished export."""
        check_names(request, ())
        return files.send_file(get_object_or_404(Export, pk=pk, finished_at__isnull=False), path)


class ExportBundle(APIView):
    permission_classes = [needs(Role.READER)]

    @extend_schema(responses=BYTES)
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        """All files of a finished export as one ZIP."""
        check_names(request, ())
        return files.send_all(get_object_or_404(Export, pk=pk, finished_at__isnull=False))


def _ids(page: list[Export]) -> list[int]:
    return [export.pk for export in page]


def _view(pk: int) -> ExportView:
    views = export_views(Export.objects.filter(pk=pk))
    if not views:
        raise Http404(_("There is no export %(pk)s.") % {"pk": pk})
    return views[0]
