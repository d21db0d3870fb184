"""Webhooks: the list, one with its messages, and what admins do about them."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from curation.errors import Refused
from curation.forms.webhooks import WebhookForm
from curation.models import Role, User, Webhook
from curation.selectors.jobs import workers_alive
from curation.services.webhooks import hooks
from curation.views.access import needs, person

PER_PAGE = 50


@never_cache  # the answer to the form shows a secret
@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.ADMIN)
def webhooks(request: HttpRequest) -> HttpResponse:
    """All webhooks; POST adds one."""
    form = WebhookForm(request.POST if request.method == "POST" else None)
    made = None
    if request.method == "POST" and form.is_valid():
        try:
            made = hooks.add(person(request), **form.cleaned_data)
            form = WebhookForm()
        except Refused as refusal:
            form.add_refusal(refusal.message)
    rows = list(Webhook.objects.select_related("created_by"))
    context = {"form": form, "made": made, "hooks": rows, "secret": hooks.secret_of(made) if made else ""}
    return render(request, "webhooks/webhooks.html", context, status=400 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.ADMIN)
def webhook(request: HttpRequest, pk: int) -> HttpResponse:
    """One with its messages; POST with `do` = ping, on, off, secret, remove, or `again` = a message's id."""
    hook = get_object_or_404(Webhook.objects.select_related("created_by"), pk=pk)
    secret = ""
    if request.method == "POST":
        try:
            done = _do(person(request), hook, request)
        except Refused as refusal:
            messages.error(request, refusal.message)
            return redirect("webhook", pk=pk)
        if done != "secret":
            return redirect("webhooks") if done == "remove" else redirect("webhook", pk=pk)
        secret = hooks.secret_of(hook)
    page = Paginator(hook.deliveries.all(), PER_PAGE).get_page(request.GET.get("page"))
    context = {"hook": hook, "page": page, "secret": secret, "worker": workers_alive()}
    # The list asks for itself as long as something of it may change by itself.
    context["waiting"] = hook.active and any(row.state == row.State.WAITING for row in page)
    return render(request, "webhooks/webhook.html", context)


def _do(user: User, hook: Webhook, request: HttpRequest) -> str:
    do = request.POST.get("do", "")
    if "again" in request.POST:
        hooks.again(user, get_object_or_404(hook.deliveries, pk=_uuid(request.POST["again"])))
        messages.success(request, _("The message is sent again in a moment."))
    elif do == "ping":
        hooks.ping(user, hook)
        messages.success(request, _("A test is sent in a moment. Look below for what became of it."))
    elif do in ("on", "off"):
        hooks.change(user, hook, active=do == "on")
    elif do == "secret":
        hooks.renew_secret(user, hook)
    elif do == "remove":
        hooks.remove(user, hook)
        messages.success(request, _("%(url)s is told of nothing any more.") % {"url": hook.url})
    else:
        raise Refused(_("%(do)r is not something that can be done to a webhook.") % {"do": do[:40]})
    return do


def _uuid(text: str) -> UUID:
    """The id; where the text is none, one that nothing has."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)
