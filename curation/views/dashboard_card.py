"""The data card of a source, for leads, who send it to the institution."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from curation.languages import SOURCE
from curation.models import Role, Source
from curation.selectors.dashboards import card as cards
from curation.selectors.release_reports.table import to_html
from curation.views.access import needs, person

FORMS = {
    "md": "text/markdown; charset=utf-8",
    "json": "application/json",
    "html": "text/html; charset=utf-8",
}


def _made(request: HttpRequest, code: str) -> tuple[Source, cards.Card]:
    source = get_object_or_404(Source, code=code)
    return source, cards.card(source, person(request), f"{request.scheme}://{request.get_host()}")


@require_safe
@needs(Role.LEAD)
def card(request: HttpRequest, code: str) -> HttpResponse:
    source, found = _made(request, code)
    context = {"source": source, "card": found, "sections": [(one, to_html(one)) for one in found.tables]}
    return render(request, "dashboards/card.html", context)


@require_safe
@needs(Role.LEAD)
def card_file(request: HttpRequest, code: str, form: str) -> HttpResponse:
    """The same to take away; in English whoever asks, so that a file does not depend on its reader."""
    if form not in FORMS:
        raise Http404(_("There is no such form."))
    with translation.override(SOURCE):
        source, found = _made(request, code)
        if form == "html":
            context = {
                "card": found,
                "inside": True,
                "sections": [(one, to_html(one)) for one in found.tables],
            }
            text: str = render_to_string("dashboards/card_file.html", context)
        else:
            text = {"md": cards.to_text, "json": cards.to_json}[form](found)
    response = HttpResponse(text, content_type=FORMS[form])
    response["Content-Disposition"] = f'attachment; filename="{source.code}-card.{form}"'
    return response
