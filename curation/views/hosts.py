"""The hosts that pictures are fetched from, and how polite we are to each. Admins only."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from curation.errors import Refused
from curation.forms.hosts import HostForm
from curation.models import Role
from curation.selectors import hosts as rows
from curation.services import hosts as service
from curation.views.access import needs, person


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.ADMIN)
def hosts(request: HttpRequest) -> HttpResponse:
    """POST: `host`, and `do` = save, default or unpause."""
    if request.method != "POST":
        return _page(request)
    name = request.POST.get("host", "").replace("\0", "")
    if not rows.is_known(name):
        raise Http404(f"No record names the host {name!r}.")
    user, what = person(request), request.POST.get("do", "")
    form = HostForm(request.POST)
    try:
        if what == "default":
            service.be_polite(name, wait_seconds=None, connections=None, by=user)
            messages.success(request, f"{name} is treated as usual again.")
        elif what == "unpause":
            service.unpause(name, user)
            messages.success(request, f"{name} may be asked again.")
        elif not form.is_valid():
            return _page(request, failed=form, host=name, status=400)
        else:
            host = service.be_polite(name, **form.cleaned_data, by=user)
            messages.success(request, f"{name}: {_said(host.wait_seconds, host.connections)}.")
    except Refused as error:
        messages.error(request, error.message)
    page = request.POST.get("page", "")
    return redirect(f"{reverse('hosts')}?{urlencode({'page': page})}" if page else reverse("hosts"))


def _said(wait: float | None, connections: int | None) -> str:
    said = f"{rows.default_wait() if wait is None else wait:g} s from one request to the next"
    at_once = connections or rows.default_connections()
    return f"{said}, {at_once} at the same time"


def _page(
    request: HttpRequest, *, failed: HostForm | None = None, host: str = "", status: int = 200
) -> HttpResponse:
    asked = request.POST if failed else request.GET
    context: dict[str, Any] = {
        "found": rows.hosts(asked.get("page")),
        "wait": rows.default_wait(),
        "connections": rows.default_connections(),
        "contact": str(settings.FETCH["contact"]).strip(),
        "failed": failed,
        "failed_host": host,
    }
    return render(request, "hosts/hosts.html", context, status=status)
