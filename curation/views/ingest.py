"""Bringing pictures in: the list of batches, and a new one. Admins only; one batch: views/deliveries.py."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from curation.errors import Refused
from curation.forms.deliveries import BatchFilter
from curation.forms.ingest import BatchForm
from curation.models import Batch, Licence, Role, Source, User
from curation.selectors import batches as rows
from curation.services import deliveries, folders, uploads
from curation.services.ingest import request_ingest
from curation.services.licences import licence_named
from curation.services.sources import source_for
from curation.views.access import needs, person


@require_safe
@needs(Role.ADMIN)
def batches(request: HttpRequest) -> HttpResponse:
    form = BatchFilter(request.GET)
    criteria = form.criteria()
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in criteria.items() if value})
    context = {
        "page": rows.batches(request.GET.get("page"), **criteria),
        "form": form,
        "query": query.urlencode(),
    }
    return render(request, "ingest/batches.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.ADMIN)
def batch_new(request: HttpRequest) -> HttpResponse:
    """The form; the script beside it has sent the files by then, without it they come with the form."""
    if request.method != "POST":
        uploads.remove_abandoned()
        return render(request, "ingest/new.html", {"form": BatchForm(), "max_archive": max_archive()})
    data = with_upload(request.POST)
    upload, refusal, table = uuid.UUID(str(data["upload"])), "", None
    try:
        # First of all, so that they are there for another try where the form is refused.
        keep_sent(upload, request.FILES.getlist("files"))
        table = uploads.table_of(upload)
    except Refused as error:
        refusal = error.message
    form = BatchForm(data, table=table is not None)
    if refusal:
        form.add_refusal(refusal)
    if form.is_valid():
        try:
            check = request.POST.get("do") == "check"
            batch = start(form, person(request), table, check=check)
        except Refused as error:
            form.add_refusal(error.message)
        else:
            return redirect("batch", pk=batch.pk)
    context = {
        "form": form,
        "staged": uploads.count(upload),
        "table": table,
        "max_archive": max_archive(),
    }
    return render(request, "ingest/new.html", context, status=400)


def max_archive() -> str:
    mib = settings.MAX_ARCHIVE_MIB
    return f"{mib / 1024:g} GiB" if mib >= 1024 else f"{mib} MiB"


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


def start(form: BatchForm, user: User, table: str | None, *, check: bool) -> Batch:
    """Hand the upload in and queue its check, or the ingest of pictures.

    On a refusal the files stay for another try.
    """
    upload = form.cleaned_data["upload"]
    folder = uploads.hand_in(upload)
    try:
        with transaction.atomic():
            source, licence = source_of(form), licence_of(form)
            if table or check:
                batch = deliveries.receive(
                    f"{folder}/{table}" if table else folder,
                    project=form.cleaned_data["project"],
                    source=source,
                    licence=licence,
                    rights_holder=form.cleaned_data["rights_holder"],
                    created_by=user,
                    origin=origin_of(folder),
                )
                deliveries.request_check(batch, user)
                return batch
            assert source is not None and licence is not None  # the form asks for both
            return request_ingest(
                folder,
                project=form.cleaned_data["project"],
                source=source,
                licence=licence,
                rights_holder=form.cleaned_data["rights_holder"],
                created_by=user,
                origin=origin_of(folder),
                remove_after=True,
            )
    except BaseException:
        uploads.take_back(upload)
        raise


def source_of(form: BatchForm) -> Source | None:
    data = form.cleaned_data
    if data["source"] or not data["source_code"]:
        return data["source"]
    return source_for(data["source_code"], data["source_name"], data["source_kind"])


def licence_of(form: BatchForm) -> Licence | None:
    return licence_named(form.cleaned_data["licence"]) if form.cleaned_data["licence"] else None


def origin_of(folder: str) -> str:
    names = sorted({entry.name.partition("/")[0] for entry in folders.entries(folder)})
    return f"upload: {names[0]}" + (f" and {len(names) - 1} more" if len(names) > 1 else "")
