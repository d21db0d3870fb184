"""The hosts that pictures are fetched from, and how polite we are to each. Admins only."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from curation.errors import Refused
from curation.forms.hosts import HostForm
from curation.languages import in_words
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
        raise Http404(_("No record names the host %(name)r.") % {"name": name})
    user, what = person(request), request.POST.get("do", "")
    form = HostForm(request.POST)
    try:
        if what == "default":
            service.be_polite(name, wait_seconds=None, connections=None, by=user)
            messages.success(request, _("%(name)s is treated as usual again.") % {"name": name})
        elif what == "unpause":
            service.unpause(name, user)
            messages.success(request, _("%(name)s may be asked again.") % {"name": name})
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
    seconds = rows.default_wait() if wait is None else wait
    return _("%(seconds)s s from one request to the next, %(n)s at the same time") % {
        "seconds": in_words(f"{seconds:g}"),
        "n": connections or rows.default_connections(),
    }


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
