"""Bringing pictures in: the list of batches, a new one, and its report. Admins only."""

from __future__ import annotations

import uuid

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render

from curation.errors import Refused
from curation.forms.ingest import BatchForm
from curation.models import Batch, BatchProblem, Role, User
from curation.selectors import batches as rows
from curation.services import uploads
from curation.services.ingest import request_ingest
from curation.services.licences import licence_named
from curation.services.sources import source_for
from curation.views.access import needs, person


@needs(Role.ADMIN)
def batches(request: HttpRequest) -> HttpResponse:
    return render(request, "ingest/batches.html", {"page": rows.batches(request.GET.get("page"))})


@needs(Role.ADMIN)
def batch_new(request: HttpRequest) -> HttpResponse:
    """The form; the script beside it has sent the files by then, without it they come with the form."""
    if request.method != "POST":
        uploads.remove_abandoned()
        return render(request, "ingest/new.html", {"form": BatchForm()})
    form = BatchForm(with_upload(request.POST))
    if form.is_valid():
        try:
            keep_sent(form.cleaned_data["upload"], request.FILES.getlist("files"))
            batch = start(form, person(request))
        except Refused as error:
            form.add_refusal(error.message)
        else:
            return redirect("batch", pk=batch.pk)
    staged = uploads.count(uuid.UUID(form.data["upload"]))
    return render(request, "ingest/new.html", {"form": form, "staged": staged}, status=400)


def with_upload(sent: QueryDict) -> QueryDict:
    """What was sent, with an upload of its own where the one named is none."""
    data = sent.copy()
    try:
        uuid.UUID(data.get("upload", ""))
    except ValueError:
        data["upload"] = str(uuid.uuid4())
    return data


def keep_sent(upload: uuid.UUID, files: list[UploadedFile]) -> None:
    """Files that came with the form itself. Browsers send bare names, so equal ones are numbered."""
    for file in files:
        name = uploads.free_name(upload, file.name or "")
        uploads.save_file(upload, name, file.chunks(uploads.CHUNK), announced=file.size or 0)


def start(form: BatchForm, user: User) -> Batch:
    """Hand the upload in and queue the ingest; on a refusal the files stay for another try."""
    data = form.cleaned_data
    folder = uploads.hand_in(data["upload"])
    names = sorted(path.name for path in folder.iterdir())
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    try:
        with transaction.atomic():
            source = data["source"] or source_for(
                data["source_code"], data["source_name"], data["source_kind"]
            )
            return request_ingest(
                folder,
                project=data["project"],
                source=source,
                licence=licence_named(data["licence"]),
                rights_holder=data["rights_holder"],
                created_by=user,
                origin=f"upload: {names[0]}{more}",
                remove_after=True,
            )
    except BaseException:
        uploads.take_back(data["upload"])
        raise


@needs(Role.ADMIN)
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """The report; htmx asks for the region that changes while the job runs."""
    found = get_object_or_404(
        Batch.objects.select_related("project", "source", "licence", "job", "created_by"), pk=pk
    )
    kind = request.GET.get("kind", "")
    context = {
        "batch": found,
        "kind": kind if kind in BatchProblem.Kind.values else "",
        "running": bool(found.job and found.job.is_active),
    }
    context["report"] = rows.report(
        found,
        kind=str(context["kind"]),
        pictures=request.GET.get("pictures"),
        problems=request.GET.get("problems"),
    )
    region = bool(request.htmx)  # type: ignore[attr-defined]
    return render(request, "ingest/_report.html" if region else "ingest/batch.html", context)
