"""One's own tokens for programs: made, listed, taken back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from curation.errors import Refused
from curation.forms.tokens import TokenForm
from curation.models import Role
from curation.services.tokens import make_token, revoke_token
from curation.views.access import needs, person
from curation.views.projects import whole

SHOWN = 100


@never_cache  # the answer to the form shows a token
@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.READER)
def tokens(request: HttpRequest) -> HttpResponse:
    """POST makes a token, or takes back the one in `revoke`."""
    user = person(request)
    if "revoke" in request.POST:
        token = get_object_or_404(user.api_tokens, pk=whole(request.POST["revoke"]) or 0)
        if revoke_token(token, user):
            messages.success(request, _("The token %(name)s opens nothing any more.") % {"name": token.name})
        return redirect("tokens")
    form = TokenForm(user, request.POST if request.method == "POST" else None)
    made, text = None, ""
    if request.method == "POST" and form.is_valid():
        try:
            made, text = make_token(user, **form.cleaned_data)
            form = TokenForm(user)
        except Refused as refusal:
            form.add_refusal(refusal.message)
    context = {"form": form, "made": made, "text": text, "tokens": user.api_tokens.all()[:SHOWN]}
    return render(request, "account/tokens.html", context, status=400 if form.errors else 200)
