"""What models reached: ask for an evaluation, read one, and all there is to say about a model."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from curation.errors import Refused
from curation.models import Evaluation, ModelVersion, Release, Role
from curation.selectors import condition_evaluation as condition
from curation.selectors import evaluations as rows
from curation.selectors import run_folder
from curation.selectors.lineage import ancestors, descendants
from curation.selectors.markdown import to_html
from curation.selectors.models import model_view, places
from curation.selectors.runs import figures, looks, looks_of, splits
from curation.services.condition.evaluate import request_condition_evaluation
from curation.services.runs.request import request_evaluation
from curation.views.access import needs, person

FILES = {"json": "application/json", "tsv": "text/tab-separated-values; charset=utf-8"}


@require_POST
@needs(Role.LEAD)
def model_evaluate(request: HttpRequest, name: str) -> HttpResponse:
    """`release` and `split` say on what; back to `next` where it is refused."""
    model = get_object_or_404(ModelVersion, name=name)
    release = get_object_or_404(
        Release.objects.exclude(manifest_sha256="").select_related("project"),
        name=request.POST.get("release", "").replace("\0", ""),
    )
    split, whole = request.POST.get("split", ""), request.POST.get("sheet_model", "")
    try:
        if model.kind == ModelVersion.Kind.TILES:
            beside = get_object_or_404(ModelVersion, name=whole.replace("\0", ""))
            run = request_condition_evaluation(model, beside, release, split, person(request))
        else:
            run = request_evaluation(model, release, split, person(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("model", name=name)
    return redirect("run", name=run.name)


@require_safe
@needs(Role.READER)
def evaluation(request: HttpRequest, pk: int) -> HttpResponse:
    of_sheets = condition.evaluation(pk)
    if of_sheets is not None:
        return render(request, "condition/evaluation.html", {"view": of_sheets, **of_sheets.context})
    view = rows.evaluation_view(pk)
    found = view.evaluation
    files = list(run_folder.files(found.run))
    context = {
        "view": view,
        "evaluation": found,
        "release": found.release,
        "project": found.release.project,
        "looks": looks(found.release, found.split),
        "plots": view.plots,
        "tables": [
            (_("By source"), _("Source"), "sources", view.sources),
            (_("By licence"), _("Licence"), "licences", view.licences),
        ],
        "others": rows.beside(found),
        "files": files,
        "forms": [form for form in FILES if any(one.name.endswith(f"evaluation.{form}") for one in files)],
    }
    return render(request, "runs/evaluation.html", context)


@require_GET
@needs(Role.READER)
def evaluation_file(request: HttpRequest, pk: int, form: str) -> HttpResponseBase:
    """The whole report as JSON, or its table as TSV."""
    found = get_object_or_404(Evaluation.objects.select_related("run"), pk=pk)
    place = next(
        (
            place
            for name in (f"evaluation.{form}", f"evaluation/evaluation.{form}")
            if form in FILES and (place := run_folder.file_of(found.run, name))
        ),
        None,
    )
    if place is None:
        raise Http404(_("This evaluation has no such file."))
    name = f"{found.model.name}-{found.release.name}-{found.split}.{form}"
    response = FileResponse(place.open("rb"), as_attachment=True, filename=name)
    response["Content-Type"] = FILES[form]
    return response


@require_safe
@needs(Role.READER)
def model(request: HttpRequest, name: str) -> HttpResponse:
    """One model: what it is, what it reached, where it comes from, what it was used for."""
    row = get_object_or_404(
        ModelVersion.objects.select_related("run__project", "training_release__project"), name=name
    )
    view = model_view(row)
    found = rows.evaluations(row)
    times = looks_of([one.evaluation.release for one in found])
    card = run_folder.contents(row.run).card if row.run else ""
    if view.encoder:
        card = run_folder.card_of(view.encoder.path)
    releases = rows.releases_for(row)
    return render(
        request,
        "runs/model.html",
        {
            "view": view,
            "model": row,
            "folder": view.folder,
            "places": places(row),
            "card": to_html(card),
            "figures": figures(row.metrics),
            "evaluations": [
                (one, times[one.evaluation.release_id] if one.evaluation.split == "test" else 0)
                for one in found
            ],
            "before": ancestors(row),
            "after": descendants(row),
            "releases": [(one, looks(one), splits(one)) for one in releases],
            "sheet_models": condition.beside(row),
        },
    )
