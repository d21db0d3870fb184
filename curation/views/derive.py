"""Making pictures out of others: corrupted ones, and parts that a detector found. Admins only."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from curation.errors import Refused
from curation.forms.derive import CorruptionsForm, CropsForm
from curation.models import Role
from curation.services.derive_corruptions import request_corruptions
from curation.services.derive_crops import request_crops
from curation.views.access import needs, person


@needs(Role.ADMIN)
def corruptions(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "derive/corruptions.html", {"form": CorruptionsForm()})
    form = CorruptionsForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            job = request_corruptions(
                data["project"], data["count"], data["seed"], person(request), kinds=data["kinds"]
            )
        except Refused as error:
            form.add_refusal(error.message)
        else:
            return redirect("batch", pk=job.params["batch"])
    return render(request, "derive/corruptions.html", {"form": form}, status=400)


@needs(Role.ADMIN)
def crops(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "derive/crops.html", {"form": CropsForm()})
    form = CropsForm(request.POST, request.FILES)
    if form.is_valid():
        data = form.cleaned_data
        try:
            job = request_crops(
                data["project"],
                data["file"].read(),
                data["file"].name,
                person(request),
                parts=data["parts"].split(","),
                min_side=data["min_side"],
            )
        except Refused as error:
            form.add_refusal(error.message, {"file": [error.message]})
        else:
            return redirect("batch", pk=job.params["batch"])
    return render(request, "derive/crops.html", {"form": form}, status=400)
