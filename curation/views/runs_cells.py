"""The pictures behind the cells of a confusion matrix."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from curation.forms.evaluations import CellFilter
from curation.models import Evaluation, ModelVersion, Role
from curation.selectors.evaluation_cells import classes_of, predicted, with_images
from curation.views.access import needs

PAGE = 60


@require_safe
@needs(Role.READER)
def evaluation_pictures(request: HttpRequest, pk: int) -> HttpResponse:
    """What the model said of the pictures that it was measured on; `decided` and `said` narrow it."""
    rows = Evaluation.objects.select_related("model", "release__project", "run")
    found = get_object_or_404(rows, pk=pk)
    ways = [("tiles", _("Tiles")), ("whole", _("Whole sheets"))]
    of_sheets = found.model.kind == ModelVersion.Kind.TILES
    form = CellFilter(classes_of(found), ways if of_sheets else [], request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    gone = False
    try:
        matching = predicted(found, **asked) if form.is_valid() else []
    except FileNotFoundError:
        matching, gone = [], True
    page = Paginator(matching, PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "runs/pictures.html",
        {
            "evaluation": found,
            "release": found.release,
            "project": found.release.project,
            "form": form,
            "decided": asked.get("decided"),
            "said": asked.get("said"),
            "query": urlencode({name: value for name, value in asked.items() if value}),
            "page": page,
            "shown": with_images(list(page.object_list)),
            "gone": gone,
        },
        status=200 if form.is_valid() else 400,
    )
