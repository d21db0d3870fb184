"""Label Studio's annotations back in: send the file, look at what would become of it, take it in."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from curation.errors import Refused
from curation.forms.labels import AnnotatorsForm, StudioFileForm
from curation.languages import in_words
from curation.models import Project, Role
from curation.services.labels import uploaded
from curation.services.labels.take_in import People, Report, take_in
from curation.views.access import needs, person

NOBODY = "stands for nobody here: choose above who it is"
SHOWN = 200  # rows of each table


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.LEAD)
def send(request: HttpRequest, key: str) -> HttpResponse:
    """The form for the file."""
    project = get_object_or_404(Project, key=key)
    if request.method != "POST":
        return _form(request, project, StudioFileForm())
    form = StudioFileForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            upload = uploaded.keep(project, file.name, file.size, file.chunks())
        except Refused as refusal:
            form.add_refusal(refusal.message, {"file": [refusal.message]})
        else:
            return redirect("labels_import_check", key=key, upload=upload)
    return _form(request, project, form, status=400)


def _form(request: HttpRequest, project: Project, form: StudioFileForm, status: int = 200) -> HttpResponse:
    return render(request, "projects/labels_import.html", {"project": project, "form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.LEAD)
def check(request: HttpRequest, key: str, upload: UUID) -> HttpResponse:
    """What would become of the file, with the people chosen in the address. POST: take it in, or drop it."""
    project = get_object_or_404(Project, key=key)
    path = uploaded.find(project, upload)
    if path is None:
        messages.error(
            request, _("The file is not here any more: it was taken in or dropped. Send it again.")
        )
        return redirect("labels_import", key=key)
    if request.method == "POST" and request.POST.get("do") == "drop":
        uploaded.forget(upload)
        return redirect("labels", key=key)
    data = request.POST if request.method == "POST" else request.GET
    form = AnnotatorsForm(uploaded.annotators(path), data)
    valid = form.is_valid()
    people = People(form.users if valid else {}, nobody=NOBODY)
    if request.method == "POST" and valid:
        report = take_in(project, path, people, person(request), name=path.name)
        uploaded.forget(upload)
        messages.success(request, _words(report))
        return redirect("labels", key=key)
    report = take_in(project, path, people, name=path.name, rehearse=True)
    context = {
        "project": project,
        "upload": upload,
        "form": form,
        "report": report,
        "rows": report.rows[:SHOWN],
        "more_rows": max(report.saved + report.known - SHOWN, 0),
        "problems": report.problems[:SHOWN],
        "more_problems": max(report.wrong - SHOWN, 0),
    }
    return render(request, "projects/labels_check.html", context, status=200 if valid else 400)


def _words(report: Report) -> str:
    said = ngettext("%(n)s vote is saved.", "%(n)s votes are saved.", report.saved)
    text = said % {"n": in_words(f"{report.saved:,}")}
    if report.wrong:
        rest = ngettext("%(n)s row was left out.", "%(n)s rows were left out.", report.wrong)
        text = f"{text} {rest % {'n': in_words(f'{report.wrong:,}')}}"
    return text
