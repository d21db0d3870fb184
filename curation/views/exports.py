"""Exports of a release: ask for one, watch it, check it, download its files."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from curation.errors import Refused, StorageDown
from curation.forms.releases import ExportForm
from curation.models import Export, Role
from curation.selectors.exports import ExportView, export_views
from curation.services.export import request_export, request_verify
from curation.services.exports.bundle import bundle
from curation.services.exports.content import licence_counts
from curation.services.exports.upload import bucket, bundled
from curation.views.access import needs, person
from curation.views.releases import found, release_page

BYTES = "application/octet-stream"


@require_POST
@needs(Role.ADMIN)
def export_new(request: HttpRequest, name: str) -> HttpResponse:
    release = found(name)
    form = ExportForm(licence_counts(release), request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            export = request_export(
                release,
                data["format"],
                licences=form.chosen,
                acknowledged=data["acknowledged"],
                options=form.options,
                created_by=person(request),
            )
        except Refused as error:
            form.add_refusal(error.message)
        else:
            return redirect("export", pk=export.pk)
    return release_page(request, release, form, status=400)


def _view(pk: int) -> ExportView:
    views = export_views(Export.objects.filter(pk=pk))
    if not views:
        raise Http404(_("There is no export %(pk)s.") % {"pk": pk})
    return views[0]


@require_safe
@needs(Role.READER)
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of an export; to htmx only the part that changes while its job goes on."""
    view = _view(pk)
    template = "exports/_state.html" if request.headers.get("HX-Request") else "exports/export.html"
    context = {"view": view, "export": view.export, "release": view.export.release}
    context["options"] = [
        (ExportForm.base_fields[name].label, value) for name, value in view.export.options.items()
    ]
    return render(request, template, context | {"project": view.export.release.project})


@require_POST
@needs(Role.ADMIN)
def export_verify(request: HttpRequest, pk: int) -> HttpResponse:
    """Check the export again; a job does it."""
    view = _view(pk)
    if view.goes_on is None:
        try:
            request_verify(view.export, person(request))
        except Refused as error:
            messages.error(request, error.message)
    return redirect("export", pk=pk)


@require_safe
@needs(Role.READER)
def export_file(request: HttpRequest, pk: int, path: str) -> HttpResponseBase:
    """One file of a finished export."""
    return send_file(get_object_or_404(Export, pk=pk, finished_at__isnull=False), path)


def send_file(export: Export, path: str) -> HttpResponseBase:
    """Only names that the export lists are ever looked for."""
    file = next((file for file in export.files if file["name"] == path), None)
    if file is None:
        raise Http404(_("This export has no such file."))
    if there := bucket():
        try:
            pieces = there.pieces(f"{export.folder}/{path}")
        except FileNotFoundError as error:
            raise Http404(_("The file is gone from the storage. Export the release again.")) from error
        name = content_disposition_header(True, PurePosixPath(path).name)
        headers = {"Content-Disposition": name, "Content-Length": str(file["bytes"])}
        return StreamingHttpResponse(pieces, content_type=BYTES, headers=headers)
    place = Path(settings.EXPORTS_DIR) / export.folder / path
    if place.is_symlink() or not place.is_file():
        raise Http404(_("The file is gone from the exports folder. Export the release again."))
    response = FileResponse(place.open("rb"), as_attachment=True, filename=path)
    response["Content-Type"] = BYTES
    return response


@require_safe
@needs(Role.READER)
def export_bundle(request: HttpRequest, pk: int) -> HttpResponseBase:
    """All files of a finished export as one ZIP, sent while it is made."""
    return send_all(get_object_or_404(Export, pk=pk, finished_at__isnull=False))


def send_all(export: Export) -> HttpResponseBase:
    there = bucket()
    try:
        pieces = (
            bundled(there, export.folder, export.files)
            if there
            else bundle(Path(settings.EXPORTS_DIR) / export.folder, [file["name"] for file in export.files])
        )
    except StorageDown:
        raise
    except Refused as error:
        raise Http404(error.message) from error
    headers = {"Content-Disposition": f'attachment; filename="{export.release.name}-{export.format}.zip"'}
    return StreamingHttpResponse(pieces, content_type="application/zip", headers=headers)
