"""Sources: the table, one of them, and for admins adding and editing."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from curation.errors import Refused
from curation.forms.sources import SourceFilter, SourceForm
from curation.models import MediaRecord, Role, Source
from curation.selectors.sources import source_report
from curation.selectors.sources_table import source_lines, source_rows
from curation.selectors.sources_unmapped import record_states, rules
from curation.services import sources as service
from curation.views.access import needs, person

# Column of the table: sort key, words, numbers stand to the right.
COLUMNS = [
    ("code", gettext_lazy("Code"), False),
    ("name", gettext_lazy("Name"), False),
    ("kind", gettext_lazy("Kind"), False),
    ("pictures", gettext_lazy("Pictures"), True),
    ("waiting", gettext_lazy("Waiting"), True),
    ("decided", gettext_lazy("Decided"), True),
]


@require_safe
@needs(Role.READER)
def sources(request: HttpRequest) -> HttpResponse:
    form = SourceFilter(request.GET)
    valid = form.is_valid()
    rows = source_rows(**form.criteria()) if valid else []
    asked = {name: value for name in ("kind", "show") if (value := request.GET.get(name, ""))}
    context = {
        "form": form,
        "rows": rows,
        "heads": heads(form.criteria()["sort"] if valid else "code", asked),
        "query": urlencode(asked | ({"sort": sort} if (sort := request.GET.get("sort")) else {})),
        "every": valid and form.criteria()["every"],
    }
    return render(request, "sources/sources.html", context, status=200 if valid else 400)


def heads(sort: str, asked: dict[str, str]) -> list[dict[str, object]]:
    """Column heads: each links to the table sorted by it; the current one to the other way round."""
    found: list[dict[str, object]] = []
    for key, words, number in COLUMNS:
        first, other = (f"-{key}", key) if number else (key, f"-{key}")  # large numbers first
        chosen = other if sort == first else first
        found.append(
            {
                "words": words,
                "number": number,
                "query": urlencode(asked | {"sort": chosen}),
                "order": {key: "ascending", f"-{key}": "descending"}.get(sort, ""),
            }
        )
    return found


@require_safe
@needs(Role.READER)
def sources_tsv(request: HttpRequest) -> HttpResponse:
    """The same table as a file."""
    form = SourceFilter(request.GET)
    if not form.is_valid():
        return HttpResponse(form.errors.as_text(), status=400, content_type="text/plain; charset=utf-8")
    content = "".join(source_lines(source_rows(**form.criteria())))
    response = HttpResponse(content, content_type="text/tab-separated-values; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="sources.tsv"'
    return response


@require_safe
@needs(Role.READER)
def source(request: HttpRequest, code: str) -> HttpResponse:
    found = get_object_or_404(Source, code=code)
    states = record_states(found)
    names = dict(MediaRecord.State.choices)
    context = {
        "source": found,
        "report": source_report(found),
        "records": [(names[state], n) for state, n in states.items()],
        "rules": rules().filter(source=found) if person(request).has_role(Role.ADMIN) else [],
    }
    return render(request, "sources/source.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.ADMIN)
def source_new(request: HttpRequest) -> HttpResponse:
    form = SourceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = service.source_add(person(request), **form.cleaned_data)
        except Refused as error:
            form.add_refusal(error.message, error.extra.get("fields"))
        else:
            messages.success(
                request, _("%(code)s, %(name)s, is added.") % {"code": made.code, "name": made.name}
            )
            return redirect("source", code=made.code)
    status = 400 if request.method == "POST" else 200
    return render(request, "sources/form.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.ADMIN)
def source_edit(request: HttpRequest, code: str) -> HttpResponse:
    found = get_object_or_404(Source, code=code)
    initial = {name: getattr(found, name) for name in service.EDITABLE}
    form = SourceForm(request.POST or None, source=found, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            service.source_edit(person(request), found, **form.cleaned_data)
        except Refused as error:
            form.add_refusal(error.message, error.extra.get("fields"))
        else:
            messages.success(request, _("%(code)s is saved.") % {"code": found.code})
            return redirect("source", code=found.code)
    status = 400 if request.method == "POST" else 200
    return render(request, "sources/form.html", {"form": form, "source": found}, status=status)
