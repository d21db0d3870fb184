"""Own keys for review, and a sheet of them to print."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from curation.errors import Refused
from curation.models import Hand, Project, Role
from curation.services import keys as service
from curation.views.access import needs, person


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.CURATOR)
def keys(request: HttpRequest) -> HttpResponse:
    user = person(request)
    typed, wrong, refusal = dict(user.keys), {}, ""
    hand = user.hand
    if request.method == "POST":
        hand = request.POST.get("hand", user.hand)
        typed = {c.name: request.POST.get(c.name, "") for c in service.COMMANDS if not c.fixed}
        try:
            if request.POST.get("do") == "reset":
                service.reset(user)
                messages.success(request, _("The usual keys are back."))
            else:
                service.choose(user, typed, hand)
                messages.success(request, _("Your keys are kept. They hold from the next page of review on."))
            return redirect("keys")
        except Refused as error:
            wrong, refusal = error.extra.get("fields", {}), error.message
    projects = list(Project.objects.order_by("title"))
    project = next((each for each in projects if each.key == request.GET.get("project")), None)
    project = project or next(iter(projects), None)
    now = service.keys_for(user, project)
    rows = [
        {
            "command": command,
            "own": typed.get(command.name, ""),
            "shown": service.named(typed.get(command.name, "")),
            "usual": [service.shown(key) for key in service.usual(command, hand)],
            "wrong": wrong.get(command.name, []),
        }
        for command in service.COMMANDS
        if not command.fixed
    ]
    context = {
        "rows": rows,
        "refusal": refusal,
        "hand": hand,
        "hands": Hand.choices,
        "projects": projects,
        "project": project,
        "classes": project.classes.order_by("index") if project else [],
        "sheet": [(c, [service.shown(key) for key in now[c.name]]) for c in service.COMMANDS],
        "changed": bool(user.keys),
    }
    return render(request, "account/keys.html", context, status=400 if refusal else 200)
