"""One batch: its dry run, its account, what may be done with it, and its rows as a file. Admins only."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from curation.errors import Refused
from curation.forms.deliveries import ColumnsForm, StatedForm
from curation.languages import in_words
from curation.models import Batch, BatchProblem, Job, Role, User
from curation.selectors import batches as reports
from curation.selectors import deliveries as rows
from curation.selectors import delivery_rows, jobs
from curation.selectors.forecast import Forecast
from curation.services import deliveries, download, undo
from curation.services.jobs import resume
from curation.services.licences import licence_named
from curation.services.uploads import upload_of
from curation.views.access import needs, person

State = Batch.State
GOING_ON = (State.RUNNING, State.DONE)
SHOWS = [
    ("added", gettext_lazy("Added")),
    ("duplicate", gettext_lazy("Already here")),
    ("held", gettext_lazy("Held")),
    ("waiting", gettext_lazy("Waiting")),
    ("refused", gettext_lazy("Refused")),
    ("failed", gettext_lazy("Failed")),
    ("note", gettext_lazy("Notes")),
]


def found_batch(pk: int) -> Batch:
    related = ("project", "source", "licence", "job", "created_by", "undone_by")
    return get_object_or_404(Batch.objects.select_related(*related), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.ADMIN)
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a batch; htmx asks for the region that changes. POST: `do` names what is asked for."""
    found = found_batch(pk)
    if request.method == "POST":
        return _act(request, found)
    if getattr(request, "htmx", False):
        return _region(request, found)
    return render(request, "ingest/batch.html", _context(request, found))


def _region(request: HttpRequest, found: Batch) -> HttpResponse:
    context = _context(request, found)
    seen = request.GET.get("seen", "")
    if seen.startswith(State.CHECKING) and found.state != State.CHECKING:
        # Another page altogether, with another next step.
        response = HttpResponse(status=200)
        response["HX-Refresh"] = "true"
        return response
    context["changed"] = seen != context["standing"]
    template = {State.CHECKING: "ingest/_checking.html"}.get(
        State(found.state), "ingest/_account.html" if context["of_records"] else "ingest/_report.html"
    )
    return render(request, template, context)


def _context(request: HttpRequest, found: Batch, **forms: Any) -> dict[str, Any]:
    active = bool(found.job and found.job.is_active)
    of_records = found.kind in reports.RECORD_KINDS
    context: dict[str, Any] = {
        "batch": found,
        "of_records": of_records,
        "job": _job_view(found.job_id) if active or found.state == State.CHECKING else None,
        "running": active,
        "of_upload": upload_of(found.path) is not None,
        "standing": f"{found.state}-{'active' if active else 'still'}",
        "undoable": found.state in GOING_ON and not active,
    }
    if found.state in GOING_ON and of_records:
        context |= _account(request, found, active)
    elif found.state in GOING_ON:
        context |= _report(request, found)
    elif found.preview and found.state != State.CHECKING:
        context |= _forecast(found, **forms)
    if found.state == State.UNDONE:
        problems = found.problems.order_by("id")
        context["problems"] = Paginator(problems, reports.PROBLEMS).get_page(request.GET.get("problems"))
    return context


def _account(request: HttpRequest, found: Batch, active: bool) -> dict[str, Any]:
    account = rows.account(found)
    show, rule = request.GET.get("show", ""), request.GET.get("rule", "").replace("\0", "")
    show = show if show in delivery_rows.SHOWS else ""
    context: dict[str, Any] = {"account": account, "show": show, "rule": rule}
    context["poll"] = active or account.waiting > 0
    if account.waiting and not active:
        context["download"] = _download()
    if not getattr(request, "htmx", False):
        number = request.GET.get("page")
        context["rows"] = delivery_rows.rows(found, show=show, rule=rule, number=number)
        context["shows"] = SHOWS
        asked = {name: value for name, value in (("show", show), ("rule", rule)) if value}
        context["query"] = f"{urlencode(asked)}&" if asked else ""
    return context


def _download() -> jobs.JobView | None:
    """The download under way, or how the last one ended."""
    last = jobs.jobs().filter(kind=Job.Kind.DOWNLOAD).order_by("-id").first()
    return jobs.views([last])[0] if last else None


def _job_view(pk: int | None) -> jobs.JobView | None:
    row = jobs.jobs().filter(pk=pk).first() if pk else None
    return jobs.views([row])[0] if row else None


def _report(request: HttpRequest, found: Batch) -> dict[str, Any]:
    kind = request.GET.get("kind", "")
    kind = kind if kind in BatchProblem.Kind.values else ""
    pages = {name: request.GET.get(name) for name in ("pictures", "problems")}
    asked = {name: value for name, value in ({"kind": kind} | pages).items() if value}
    return {
        "kind": kind,
        "asked": urlencode(asked),
        "report": reports.report(found, kind=kind, **pages),
    }


def _forecast(
    found: Batch, columns: ColumnsForm | None = None, stated: StatedForm | None = None
) -> dict[str, Any]:
    forecast = Forecast(found, found.preview or {})
    context: dict[str, Any] = {"forecast": forecast, "contact": bool(str(settings.FETCH["contact"]).strip())}
    if found.state == State.CHECKED:
        if forecast.is_list and forecast.found.get("headers"):
            context["columns"] = columns or _columns_form(found)
        if forecast.of_records and not forecast.error:
            initial = {
                "source": found.source_id,
                "licence": found.licence.identifier if found.licence else "",
            }
            context["stated"] = stated or StatedForm(initial=initial, prefix="all", focus=not forecast.comes)
        context["failed_form"] = bool(columns or stated)
    return context


def _columns_form(found: Batch, data: Any = None) -> ColumnsForm:
    preview = found.preview or {}
    return ColumnsForm(
        data,
        headers=preview.get("headers", []),
        columns=preview.get("columns", {}),
        focus="error" in preview,
        prefix="column",
    )


def _act(request: HttpRequest, found: Batch) -> HttpResponse:
    """Do what the form asks; what is refused is said on the page."""
    user, what = person(request), request.POST.get("do", "")
    try:
        if what == "columns":
            columns = _columns_form(found, request.POST)
            if not columns.is_valid():
                return _again(request, found, columns=columns)
            deliveries.remap(found, columns.cleaned_data, user)
        elif what == "state":
            stated = StatedForm(request.POST, prefix="all")
            if not stated.is_valid():
                return _again(request, found, stated=stated)
            licence = stated.cleaned_data["licence"]
            deliveries.remap(
                found,
                by=user,
                source=stated.cleaned_data["source"],
                licence=licence_named(licence) if licence else None,
            )
        else:
            _simple(what, request, found, user)
    except Refused as error:
        messages.error(request, error.message)
    return redirect("batch", pk=found.pk)


def _again(request: HttpRequest, found: Batch, **forms: Any) -> HttpResponse:
    return render(request, "ingest/batch.html", _context(request, found, **forms), status=400)


def _simple(what: str, request: HttpRequest, found: Batch, user: User) -> None:
    if what == "import":
        deliveries.request_import(found, user)
    elif what == "discard":
        deliveries.discard(found, user)
    elif what == "resume" and found.job:
        resume(found.job, user)
    elif what == "retry":
        n = download.retry(found, request.POST.get("rule", "").replace("\0", ""), user)
        messages.success(
            request,
            ngettext("%(n)s picture is fetched once more.", "%(n)s pictures are fetched once more.", n)
            % {"n": in_words(f"{n:,}")},
        )
    elif what == "go-on":
        _go_on(user)
    else:
        raise Refused(_("The form did not say what to do. Open the page again."))


def _go_on(user: User) -> None:
    last = Job.objects.filter(kind=Job.Kind.DOWNLOAD).order_by("-id").first()
    if last and last.state in {Job.State.FAILED, Job.State.CANCELLED}:
        resume(last, user)
    else:
        download.request_download(user)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.ADMIN)
def batch_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """What would go, or why the batch can't be taken back; POST takes it back."""
    found = found_batch(pk)
    if request.method == "POST":
        try:
            n = undo.undo_batch(found, person(request))
        except Refused as error:
            messages.error(request, error.message)
        else:
            messages.success(
                request,
                ngettext(
                    "Batch %(pk)s is taken back: %(n)s picture went.",
                    "Batch %(pk)s is taken back: %(n)s pictures went.",
                    n,
                )
                % {"pk": pk, "n": in_words(f"{n:,}")},
            )
        return redirect("batch", pk=pk)
    context = {"batch": found, "why_not": undo.why_not(found), "goes": reports.what_goes(found)}
    return render(request, "ingest/undo.html", context)


@require_safe
@needs(Role.ADMIN)
def batch_tsv(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Every row of the delivery with what became of it, as TSV, sent while it is read."""
    found = found_batch(pk)
    return StreamingHttpResponse(
        delivery_rows.tsv_lines(found),
        content_type="text/tab-separated-values; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="batch-{pk}.tsv"'},
    )
