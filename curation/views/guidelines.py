"""The guidelines as they are read; and sending back what was decided under earlier ones."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from curation.errors import Refused
from curation.forms.send_back import SendBackForm
from curation.models import Project, Role
from curation.selectors import guidelines as rows
from curation.services.guidelines_reopen import Choice, chosen, newest_decision, request_reopen
from curation.views.access import needs, person
from curation.views.projects import whole


@require_GET
@needs(Role.READER)
def guidelines(request: HttpRequest, key: str) -> HttpResponse:
    """The current version; ?version=N an older one, with what it changed."""
    project = get_object_or_404(Project, key=key)
    asked = request.GET.get("version")
    number = whole(asked)
    shown = rows.version(project, min(number, 2**31 - 1) if number else number)
    if asked and (number is None or shown is None):
        return render(request, "errors/404.html", status=404)
    context = {
        "project": project,
        "guide": rows.guide(project, shown),
        "shown": shown,
        "current": shown is not None and shown.pk == project.guideline_id,
        "versions": rows.versions(project),
        "changes": rows.changes(rows.version(project, shown.number - 1), shown)
        if asked and shown and shown.number > 1
        else None,
    }
    return render(request, "guidelines/guidelines.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.LEAD)
def send_back(request: HttpRequest, key: str) -> HttpResponse:
    """Choose (`do` = count), see how many that is, and confirm (`do` = send)."""
    project = get_object_or_404(Project, key=key)
    current = rows.version(project)
    number = current.number if current else 0
    changed = rows.changed_classes(project, number)
    newest = newest_decision(project)
    if request.method == "POST":
        form = SendBackForm(request.POST, project=project)
    else:
        note = f": {current.note}" if current and current.note else ""
        form = SendBackForm(
            project=project,
            initial={
                "labels": [label.pk for label in changed],
                "before": max(number, 1),
                "share": 100,
                "reason": _("Guidelines version %(number)s%(note)s") % {"number": number, "note": note},
                "last": newest,
            },
        )
    count = None
    if request.method == "POST" and form.is_valid():
        if request.POST.get("do") == "send":
            try:
                job = request_reopen(person(request), project, form.choice(), form.cleaned_data["reason"])
            except Refused as error:
                form.add_refusal(error.message)
            else:
                messages.success(request, _("The pictures go back to review."))
                return redirect("job", pk=job.pk)
        else:
            count = chosen(project, form.choice()).count()
    labels = list(project.classes.order_by("index"))
    all_of_them = chosen(project, Choice(max(number, 1), tuple(label.pk for label in labels), last=newest))
    counts = dict(all_of_them.order_by().values_list("label").annotate(n=Count("pk")))
    of_each = [(label, label in changed, counts.get(label.pk, 0)) for label in labels]
    picked = set(map(str, form["labels"].value() or []))
    context = {
        "project": project,
        "form": form,
        "number": number,
        "classes": [(*one, str(one[0].pk) in picked) for one in of_each],
        "affected": sum(n for _label, is_changed, n in of_each if is_changed),
        "changed": changed,
        "count": count,
    }
    refused = request.method == "POST" and count is None
    return render(request, "guidelines/send_back.html", context, status=400 if refused else 200)
