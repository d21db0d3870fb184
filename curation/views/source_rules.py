"""Which codes belong to which source: the combinations that wait, and the rules there are. Admins only."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from curation.errors import Refused
from curation.forms.sources import WORDS, BatchSourceForm, RuleForm, UnmappedForm
from curation.languages import in_words
from curation.models import Role, SourceRule
from curation.selectors import sources_unmapped as rows
from curation.selectors.sources_table import source_groups
from curation.services import sources as service
from curation.services.source_rules import FIELDS, Codes
from curation.views.access import needs, person

PAGE = 25


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.ADMIN)
def unmapped(request: HttpRequest) -> HttpResponse:
    """POST settles one combination, or with `do` = batch the records of a batch without codes."""
    if request.method != "POST":
        return _page(request)
    form: UnmappedForm | BatchSourceForm
    form = BatchSourceForm(request.POST) if request.POST.get("do") == "batch" else UnmappedForm(request.POST)
    if form.is_valid():
        try:
            messages.success(request, _settle(request, form))
        except Refused as error:
            form.add_refusal(error.message, error.extra.get("fields"))
        else:
            wanted = {name: value for name in ("page", "at") if (value := request.POST.get(name, ""))}
            return redirect(f"{reverse('source_rules')}?{urlencode(wanted)}".removesuffix("?"))
    return _page(request, form, status=400)


def _settle(request: HttpRequest, form: UnmappedForm | BatchSourceForm) -> str:
    if isinstance(form, BatchSourceForm):
        batch, source = form.cleaned_data["batch"], form.cleaned_data["source"]
        moved = service.settle_batch(person(request), batch, source)
        return ngettext(
            "%(n)s record of batch %(batch)s now comes from %(source)s.",
            "%(n)s records of batch %(batch)s now come from %(source)s.",
            moved,
        ) % {"n": in_words(f"{moved:,}"), "batch": batch.pk, "source": source.code}
    rule, moved = service.add_rule(person(request), **form.rule())
    codes = service.describe(Codes(*(getattr(rule, name) for name in FIELDS)))
    return ngettext(
        "%(n)s record now comes from %(source)s (rule: %(codes)s).",
        "%(n)s records now come from %(source)s (rule: %(codes)s).",
        moved,
    ) % {"n": in_words(f"{moved:,}"), "source": rule.source.code, "codes": codes}


def _records(n: int) -> str:
    return ngettext("%(n)s record", "%(n)s records", n) % {"n": in_words(f"{n:,}")}


def _page(request: HttpRequest, failed: Form | None = None, status: int = 200) -> HttpResponse:
    asked = request.POST if failed else request.GET
    every = rows.unmapped()
    page: Any = Paginator(every, PAGE).get_page(asked.get("page"))
    shown = rows.with_samples(page.object_list)
    at = asked.get("at", "")
    batches = rows.nameless()
    failed_codes = _codes(failed) if isinstance(failed, UnmappedForm) else None
    failed_batch = str(failed.data.get("batch")) if isinstance(failed, BatchSourceForm) else None
    shown_still = failed_codes in [one.codes for one in shown] or failed_batch in [
        str(one.batch.pk) for one in batches
    ]
    context = {
        "page": page,
        "lines": shown,
        "total": sum(one.n for one in every),
        "nameless": batches,
        "rules": rows.rules(),
        "sources": source_groups(),
        "focus": min(int(at) if at.isdecimal() and len(at) < 4 else 0, max(len(shown) - 1, 0)),
        "failed": failed,
        "failed_codes": failed_codes,
        "failed_batch": failed_batch,
        "lost": failed if failed and not shown_still else None,
    }
    return render(request, "sources/unmapped.html", context, status=status)


def _codes(form: Form) -> Codes:
    return Codes(*(str(form.data.get(name, "")).strip() for name in FIELDS))


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.ADMIN)
def rule_new(request: HttpRequest) -> HttpResponse:
    form = RuleForm(request.POST or None, initial={"source": request.GET.get("source", "")})
    if request.method == "POST" and form.is_valid():
        try:
            rule, moved = service.add_rule(person(request), **form.cleaned_data)
        except Refused as error:
            form.add_refusal(error.message, error.extra.get("fields"))
        else:
            messages.success(
                request,
                _("The rule is added; %(records)s got %(code)s by it.")
                % {"records": _records(moved), "code": rule.source.code},
            )
            return redirect("source_rules")
    return _rule_page(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.ADMIN)
def rule_edit(request: HttpRequest, pk: int) -> HttpResponse:
    rule = get_object_or_404(SourceRule.objects.select_related("source"), pk=pk)
    initial = {name: getattr(rule, name) for name in FIELDS} | {"source": rule.source.code}
    form = RuleForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            rule, moved = service.change_rule(person(request), rule, **form.cleaned_data)
        except Refused as error:
            form.add_refusal(error.message, error.extra.get("fields"))
        else:
            messages.success(
                request,
                _("The rule is saved; %(records)s got %(code)s by it.")
                % {"records": _records(moved), "code": rule.source.code},
            )
            return redirect("source_rules")
    return _rule_page(request, form, rule)


def _rule_page(request: HttpRequest, form: RuleForm, rule: SourceRule | None) -> HttpResponse:
    context = {"form": form, "rule": rule, "sources": source_groups()}
    return render(request, "sources/rule.html", context, status=400 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.ADMIN)
def rule_remove(request: HttpRequest, pk: int) -> HttpResponse:
    rule = get_object_or_404(SourceRule.objects.select_related("source"), pk=pk)
    if request.method == "POST":
        service.remove_rule(person(request), rule)
        messages.success(request, _("The rule is removed. Records that have their source keep it."))
        return redirect("source_rules")
    named = [(WORDS[name], value) for name in FIELDS if (value := getattr(rule, name))]
    context = {"rule": rule, "named": named, "records": rows.records_of_rule(rule)}
    return render(request, "sources/rule_remove.html", context)
