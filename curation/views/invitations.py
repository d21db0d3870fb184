"""Invitations: made, listed and taken back by admins; accepted by whoever has the link."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from curation.errors import Refused
from curation.forms.team import AcceptForm, InvitationForm
from curation.models import Invitation, Role
from curation.services import invitations as service
from curation.services import sign_in
from curation.sign_in import marks
from curation.sign_in.adapters import BACKEND
from curation.views.access import needs, person
from curation.views.projects import whole

SHOWN = 100


@never_cache  # the answer to the form shows a link that lets somebody in
@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.ADMIN)
def invitations(request: HttpRequest) -> HttpResponse:
    """All invitations; POST makes one, or takes back the one in `revoke`."""
    admin = person(request)
    if "revoke" in request.POST:
        pk = request.POST["revoke"]
        row = get_object_or_404(Invitation, pk=whole(pk) or 0)
        try:
            service.revoke(admin, row)
            messages.success(request, _("The invitation is taken back; its link does nothing any more."))
        except Refused as error:
            messages.error(request, error.message)
        return redirect("invitations")
    form = InvitationForm(admin, request.POST if request.method == "POST" else None)
    link, made = "", None
    if request.method == "POST" and form.is_valid():
        try:
            made, token = service.create(admin, **form.cleaned_data)
            link = request.build_absolute_uri(reverse("invitation", args=[token]))
            form = InvitationForm(admin)
        except Refused as error:
            form.add_refusal(error.message, error.extra.get("fields"))
    rows = Invitation.objects.select_related("project", "created_by", "accepted_by")[:SHOWN]
    context = {"form": form, "link": link, "made": made, "invitations": rows, "now": timezone.now()}
    return render(request, "people/invitations.html", context, status=400 if form.errors else 200)


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the link. Guessing links is braked like guessing passwords."""
    response = _answer(request, token)
    # The address is a secret. "no-referrer" would make browsers hide the origin of the form as well, which
    # the check against forged requests needs.
    response["Referrer-Policy"] = "strict-origin"
    return response


def _answer(request: HttpRequest, token: str) -> HttpResponse:
    address = sign_in.address_of(request)
    if sign_in.is_braked(sign_in.Guess.LINK, address):
        why = _("Too many wrong links from your address. Wait five minutes, then try again.")
        return render(request, "people/invitation.html", {"why": why}, status=429)
    row = service.found(token)
    if why := service.closed(row):
        if row is None:
            sign_in.count_wrong(sign_in.Guess.LINK, address)
        return render(request, "people/invitation.html", {"why": why}, status=404 if row is None else 410)
    form = AcceptForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            user = service.accept(token, **form.cleaned_data)
        except Refused as error:
            form.add_refusal(error.message, error.extra.get("fields"))
        else:
            login(request, user, backend=BACKEND)
            marks.confirmed(request.session)
            messages.success(request, _("Welcome, %(name)s. You are signed in.") % {"name": user})
            return redirect("home")
    context = {"invitation": row, "form": form}
    return render(request, "people/invitation.html", context, status=400 if form.errors else 200)
