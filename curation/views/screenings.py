"""Screenings of sheets for their condition: what was found, sheet by sheet, and the list for the staff."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from curation.errors import Refused
from curation.models import ModelVersion, Project, ProjectKind, Role, Screening, SheetScore, Split
from curation.selectors import screenings as rows
from curation.selectors.blindness import sight
from curation.selectors.pictures import Standing
from curation.selectors.regions_shown import regions_shown
from curation.selectors.spectrum import SCORES, Spectrum, spectrum
from curation.services.condition import request as ask
from curation.services.condition.places import heatmap_of, tiles_of
from curation.views.access import needs, person
from curation.views.csv_lines import csv_lines

PER_PAGE = 48
FOREVER = "private, max-age=31536000, immutable"


def _project(key: str) -> Project:
    return get_object_or_404(Project, key=key, kind=ProjectKind.CONDITION)


def _screening(key: str, pk: int) -> Screening:
    wanted = Screening.objects.select_related(
        "project", "tile_model__training_release", "sheet_model", "job", "created_by"
    )
    return get_object_or_404(wanted, pk=pk, project__key=key, project__kind=ProjectKind.CONDITION)


def _asked(request: HttpRequest, screening: Screening) -> rows.Asked:
    return rows.Asked.of(request.GET.dict(), splits=rows.release_of(screening) is not None)


@require_safe
@needs(Role.READER)
def condition(request: HttpRequest, key: str) -> HttpResponse:
    """The screenings of a project, and the form for another one."""
    project = _project(key)
    tile_models, sheet_models = rows.usable_models(project)
    context = {
        "project": project,
        "screenings": rows.screenings(project),
        "tile_models": tile_models,
        "sheet_models": sheet_models,
    }
    return render(request, "condition/condition.html", context)


@require_POST
@needs(Role.LEAD)
def start(request: HttpRequest, key: str) -> HttpResponse:
    project = _project(key)
    whole = request.POST.get("sheet_model", "")
    try:
        job = ask.request_screening(
            project,
            get_object_or_404(ModelVersion, name=request.POST.get("tile_model", "")),
            get_object_or_404(ModelVersion, name=whole) if whole else None,
            person(request),
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
        return redirect("condition", key=key)
    return redirect("job", pk=job.pk)


@require_safe
@needs(Role.READER)
def screening(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """What a screening found: spread of the scores, how right they are, what a threshold would flag."""
    found = _screening(key, pk)
    asked = _asked(request, found)
    counted = spectrum(rows.rows_of(found, asked), asked.score)
    wrong = rows.misclassified(found, asked)
    models = [("tiles", found.tile_model, counted if asked.score != "whole" else None)]
    if found.sheet_model:
        models.append(("whole", found.sheet_model, counted if asked.score == "whole" else None))
    context = _context(request, found, asked) | {
        "spectrum": counted,
        "figures": counted.figures(asked.threshold),
        "compared": [
            (model, _figures(found, asked, "whole" if way == "whole" else _of_tiles(asked), known))
            for way, model, known in models
        ],
        "sources": rows.per_source(found, asked),
        "wrong": wrong[: rows.SHOWN],
        "wrong_count": wrong.count(),
        "plots": _plots(found, asked, counted),
    }
    return render(request, "condition/screening.html", context)


def _of_tiles(asked: rows.Asked) -> str:
    return asked.score if asked.score != "whole" else "mean"


def _figures(found: Screening, asked: rows.Asked, score: str, known: Spectrum | None) -> Any:
    if known is None:
        here = replace(asked, score=score)
        known = spectrum(rows.rows_of(found, here), score)
    return known.figures(asked.threshold)


def _plots(found: Screening, asked: rows.Asked, counted: Spectrum) -> dict[str, Any]:
    return {
        "sound": counted.sound,
        "condition": counted.condition,
        "unjudged": counted.unjudged,
        "coverage": counted.coverage(asked.threshold) if counted.judged else [],
        "threshold": asked.threshold,
        "sheets": reverse("screening_sheets", args=[found.project.key, found.pk]),
        "asked": asked.query(),
        "names": {
            "sound": _("decided as sound"),
            "condition": _("decided as a condition"),
            "unjudged": _("not judged"),
        },
    }


def _context(request: HttpRequest, found: Screening, asked: rows.Asked) -> dict[str, Any]:
    scores = {"mean": _("mean over the tiles"), "share": _("part of the tiles"), "maximum": _("worst tile")}
    if found.sheet_model:
        scores["whole"] = _("whole sheet")
    return {
        "project": found.project,
        "screening": found,
        "asked": asked,
        "release": rows.release_of(found),
        "splits": [split for split in Split if split != Split.SURVEY],
        "scores": [(name, scores[name]) for name in SCORES if name in scores],
        "query": urlencode(asked.query()),
        "lead": person(request).has_role(Role.LEAD),
    }


@require_safe
@needs(Role.READER)
def sheets(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """Sheets of a bar of the histogram, of a source, or all, the least sound first."""
    found = _screening(key, pk)
    asked = _asked(request, found)
    page = Paginator(rows.shown(rows.rows_of(found, asked)), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "condition/sheets.html", _context(request, found, asked) | {"page": page})


@require_safe
@needs(Role.READER)
def sheet(request: HttpRequest, key: str, pk: int, sha256: str) -> HttpResponse:
    """One sheet under its heat map."""
    found = _screening(key, pk)
    asked = _asked(request, found)
    score = _score(found, sha256)
    before, after = rows.neighbours(found, asked, score)
    candidate = score.candidate
    regions = [
        {"label": row.label.name, "index": row.label.index, "box": [row.left, row.top, row.width, row.height]}
        for row in regions_shown(person(request), candidate)
    ]
    context = _context(request, found, asked) | {
        "score": score,
        "candidate": candidate,
        "standing": Standing(candidate, sight=sight(person(request), candidate)),
        "image": candidate.image,
        "before": before,
        "after": after,
        "setup": {
            "tiles": reverse("screening_tiles", args=[key, pk, sha256]),
            "regions": regions,
            "width": candidate.image.width,
            "height": candidate.image.height,
        },
    }
    return render(request, "condition/sheet.html", context)


def _score(found: Screening, sha256: str) -> SheetScore:
    wanted = found.scores.select_related(
        "candidate__image__source", "candidate__label", "candidate__project", "candidate__gold"
    )
    return get_object_or_404(wanted, candidate__image__sha256=sha256)


@require_safe
@needs(Role.READER)
def heatmap(request: HttpRequest, key: str, pk: int, sha256: str) -> HttpResponseBase:
    found = _screening(key, pk)
    try:
        file = heatmap_of(found, _score(found, sha256).candidate.image).open("rb")
    except OSError as error:
        raise Http404(_("The heat map of this sheet is gone; screen again.")) from error
    response = FileResponse(file, content_type="image/png")
    response["Cache-Control"] = FOREVER
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
@needs(Role.READER)
def tiles(request: HttpRequest, key: str, pk: int, sha256: str) -> HttpResponse:
    """The tiles of a sheet: size, boxes in pixels, P(condition) of each, null where it was passed over."""
    from inference.condition.table import read_tiles_of
    from inference.errors import InputError

    found = _screening(key, pk)
    try:
        scores = read_tiles_of(tiles_of(found, _score(found, sha256).candidate.image))
    except (OSError, InputError) as error:
        raise Http404(_("The tiles of this sheet are gone; screen again.")) from error
    condition = [
        round(float(p), 4) if kept else None for p, kept in zip(scores.condition, scores.kept, strict=True)
    ]
    response = JsonResponse(
        {
            "size": scores.size,
            "boxes": scores.boxes.tolist(),
            "condition": condition,
            "entropy": [round(float(bits), 3) for bits in scores.entropy],
        }
    )
    response["Cache-Control"] = FOREVER
    return response


COLUMNS = (
    "source", "catalog_number", "family", "genus", "scientific_name", "p_sound", "worst_tile", "tiles",
    "decision", "page",
)  # fmt: skip


@require_safe
@needs(Role.READER)
def worklist(request: HttpRequest, key: str, pk: int) -> HttpResponseBase:
    """Flagged sheets in the order of the cabinets: to print, or with ?as=csv as a file."""
    found = _screening(key, pk)
    asked = _asked(request, found)
    wanted = rows.worklist(found, asked)
    if request.GET.get("as") == "csv":
        lines = csv_lines(COLUMNS, _lines(request, found, wanted))
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = (
            f'attachment; filename="worklist-{found.project.key}-{found.pk}.csv"'
        )
        return response
    page = Paginator(wanted, 500).get_page(request.GET.get("page"))
    return render(request, "condition/worklist.html", _context(request, found, asked) | {"page": page})


def _lines(
    request: HttpRequest, found: Screening, wanted: QuerySet[SheetScore]
) -> Iterator[tuple[object, ...]]:
    for score in wanted.iterator(chunk_size=2000):
        image, label = score.candidate.image, score.candidate.label
        page = reverse("screening_sheet", args=[found.project.key, found.pk, image.sha256])
        yield (
            image.source.code,
            image.title,
            image.family,
            image.genus,
            image.scientific_name,
            round(cast(Any, score).soundness, 4),
            "" if score.condition_max is None else round(score.condition_max, 4),
            score.tiles,
            label.name if label else "",
            request.build_absolute_uri(page),
        )
