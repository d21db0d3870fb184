"""Licences: texts that wait for a person, all texts, and what each project accepts. Admins only."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy
from django.views.decorators.http import require_http_methods

from curation.errors import Refused
from curation.forms.licences import VERDICTS, PolicyForm, SettleForm, TextFilter, suggestions
from curation.languages import in_words
from curation.licensing import parse
from curation.models import LicenceText, Project, Role
from curation.selectors import licences as rows
from curation.services import licences as service
from curation.views.access import needs, person

OPEN_PAGE = 20
PAGE = 50
STATES = {
    "waiting": ngettext_lazy("%(n)s record will be fetched", "%(n)s records will be fetched", "count"),
    "held": ngettext_lazy(
        "%(n)s record still waits for another answer", "%(n)s records still wait for another answer", "count"
    ),
    "refused": ngettext_lazy("%(n)s record stays out", "%(n)s records stay out", "count"),
    "duplicate": ngettext_lazy(
        "%(n)s record has an address that another record has",
        "%(n)s records have an address that another record has",
        "count",
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.ADMIN)
def licences(request: HttpRequest) -> HttpResponse:
    """POST settles one text, or with `do` = undo takes a decision back."""
    if request.method != "POST":
        return _page(request)
    if request.POST.get("do") == "undo":
        return _undo(request, reverse("licences"))
    form = SettleForm(request.POST)
    if form.is_valid():
        text = form.cleaned_data["text"]
        try:
            moved = service.settle_text(text, form.meant(), person(request))
        except Refused as error:
            form.add_refusal(error.message)
        else:
            messages.success(
                request,
                _("%(quoted)s is settled%(moves)s.") % {"quoted": _quoted(text), "moves": _moves(moved)},
            )
            wanted = {name: value for name in ("page", "at") if (value := request.POST.get(name, ""))}
            return redirect(f"{reverse('licences')}?{urlencode(wanted)}".removesuffix("?"))
    return _page(request, form, status=400)


def _page(request: HttpRequest, failed: SettleForm | None = None, status: int = 200) -> HttpResponse:
    asked = request.POST if failed else request.GET
    waiting = rows.open_texts()
    page: Any = Paginator(waiting, OPEN_PAGE).get_page(asked.get("page"))
    shown = rows.with_samples(page.object_list)
    at = asked.get("at", "")
    failed_text = failed.data.get("text") if failed else None
    filters = TextFilter(request.GET)
    found: Any = Paginator(
        rows.texts(**filters.criteria()) if filters.is_valid() else LicenceText.objects.none(), PAGE
    ).get_page(request.GET.get("p"))
    texts = list(found.object_list)
    shared = rows.shared_by(texts)
    context = {
        "page": page,
        "open": shown,
        "records": sum(one.n for one in waiting),
        "focus": min(int(at) if at.isdecimal() and len(at) < 4 else 0, max(len(shown) - 1, 0)),
        "failed": failed,
        "failed_text": failed_text,
        "astray": failed is not None and failed_text not in {str(one.text.pk) for one in shown},
        "suggestions": suggestions(),
        "settled": rows.lately_settled(),
        "filters": filters,
        "filtered": any(request.GET.get(name) for name in filters.fields),
        "query": urlencode({name: value for name in filters.fields if (value := request.GET.get(name))}),
        "found": found,
        "texts": [(text, shared[text.pk]) for text in texts],
        "projects": Project.objects.order_by("id"),
    }
    return render(request, "licences/licences.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.ADMIN)
def licence_text(request: HttpRequest, pk: int) -> HttpResponse:
    """One text with its records and decisions; a decision may be changed or taken back here."""
    text = get_object_or_404(LicenceText.objects.select_related("licence", "settled_by"), pk=pk)
    if request.method == "POST" and request.POST.get("do") == "undo":
        return _undo(request, reverse("licence_text", args=[pk]))
    form = SettleForm(request.POST if request.method == "POST" else None, initial={"text": text.pk})
    if request.method == "POST" and form.is_valid():
        try:
            moved = service.settle_text(
                text, form.meant(), person(request), form.cleaned_data["reason"], again=True
            )
        except Refused as error:
            form.add_refusal(error.message)
        else:
            messages.success(
                request,
                _("%(quoted)s is settled%(moves)s.") % {"quoted": _quoted(text), "moves": _moves(moved)},
            )
            return redirect("licence_text", pk=pk)
    context = {
        "text": text,
        "form": form,
        "reading": parse(text.verbatim),
        "states": rows.states_of(text),
        "samples": rows.samples_of(text),
        "history": rows.history_of(text),
        "suggestions": suggestions(),
    }
    return render(request, "licences/text.html", context, status=400 if request.method == "POST" else 200)


def _undo(request: HttpRequest, then: str) -> HttpResponse:
    given = request.POST.get("text", "")
    text = get_object_or_404(LicenceText, pk=int(given) if given.isdecimal() and len(given) < 18 else 0)
    try:
        moved = service.unsettle(text, person(request))
    except Refused as error:
        messages.error(request, error.message)
    else:
        messages.success(
            request,
            _("The decision about %(quoted)s is taken back%(moves)s.")
            % {"quoted": _quoted(text), "moves": _moves(moved)},
        )
    return redirect(then)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.ADMIN)
def licence_policy(request: HttpRequest, key: str) -> HttpResponse:
    """What a project does with each licence. Leaving out decided pictures is asked once more."""
    project = get_object_or_404(Project, key=key)
    lines = rows.policy_lines(project)
    form = PolicyForm(request.POST if request.method == "POST" else None, project=project)
    lost = 0
    if request.method == "POST" and form.is_valid():
        accepted = form.codes("accept")
        lost = rows.decided_without(lines, accepted)
        if not lost or form.cleaned_data["confirmed"]:
            try:
                moved = service.set_policy(project, accepted, form.codes("review"), person(request))
            except Refused as error:
                form.add_refusal(error.message)
                lost = 0
            else:
                messages.success(
                    request,
                    _("The licences of %(project)s are saved%(moves)s.")
                    % {"project": project, "moves": _moves(moved)},
                )
                return redirect("licence_policy", key=key)
    context = {
        "project": project,
        "form": form,
        "lines": [(line, form[line.code].value()) for line in lines],
        "verdicts": VERDICTS,
        "lost": lost,
    }
    refused = request.method == "POST" and not lost
    return render(request, "licences/policy.html", context, status=400 if refused else 200)


def _quoted(text: LicenceText) -> str:
    words = " ".join(text.verbatim.split())
    return f"“{words[:60]}{'…' if len(words) > 60 else ''}”" if words else _("The empty text")


def _moves(moved: dict[str, int]) -> str:
    """What the decision did, as the end of a sentence: ": 12 records will be fetched"."""
    said = [str(STATES[state] % {"count": n, "n": in_words(f"{n:,}")}) for state, n in moved.items()]
    return f": {', '.join(said)}" if said else ""
