"""What is done with a picture set aside: settled, sent back with a question, or a settlement taken back."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from curation.errors import Refused
from curation.forms.adjudicate import QuestionForm
from curation.forms.votes import AdjudicationForm
from curation.models import Candidate, Project, Role
from curation.selectors.adjudicate import FILTERS
from curation.services.adjudicate import adjudicate
from curation.services.adjudicate_back import send_back as ask_again
from curation.services.adjudicate_undo import take_settlement_back
from curation.views.access import needs, person
from curation.views.adjudicate import to_settle


@require_POST
@needs(Role.CURATOR)
def settle(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """Decide the picture as the class `label`; the next one comes, with the filters of the address."""
    candidate = _candidate(to_settle(request, key), pk)
    form = AdjudicationForm(request.POST)
    if not form.is_valid():
        raise BadRequest(form.errors.as_text())
    said = form.cleaned_data
    try:
        decision = adjudicate(
            person(request), pk, said["label"], said["reason"], request.POST.get("seen", "")
        )
    except Refused as refusal:
        messages.error(request, refusal.message)
        return _to(request, key, picture=pk)
    words = _("%(picture)s is now %(class)s.") % {"picture": candidate.image.title, "class": decision.label}
    again = f"{reverse('set_aside', args=[key])}?again={pk}"
    messages.success(request, format_html('{} <a href="{}">{}</a>', words, again, _("Change it")))
    return _to(request, key, after=pk)


@require_POST
@needs(Role.CURATOR)
def send_back(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """Open the picture for review again, with a question that its reviewers see."""
    candidate = _candidate(to_settle(request, key), pk)
    form = QuestionForm(request.POST)
    try:
        if not form.is_valid():
            raise Refused(" ".join(str(why) for whys in form.errors.values() for why in whys))
        ask_again(person(request), pk, form.cleaned_data["question"], form.cleaned_data["seen"])
    except Refused as refusal:
        messages.error(request, refusal.message)
        return _to(request, key, picture=pk)
    words = _("%(picture)s is with the reviewers again.") % {"picture": candidate.image.title}
    messages.success(request, words)
    return _to(request, key, after=pk)


@require_POST
@needs(Role.CURATOR)
def take_back(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """Undo the person's own settlement; the picture is on the screen again."""
    candidate = _candidate(to_settle(request, key), pk)
    try:
        now = take_settlement_back(person(request), pk)
    except Refused as refusal:
        messages.error(request, refusal.message)
        return _to(request, key, picture=pk)
    title = candidate.image.title
    if now.state == Candidate.State.DECIDED:
        words = _("Taken back: %(picture)s is %(class)s again.") % {"picture": title, "class": now.label}
    elif now.state == Candidate.State.OPEN:
        words = _("Taken back: %(picture)s is open for review again.") % {"picture": title}
    else:
        words = _("Taken back: %(picture)s waits to be settled again.") % {"picture": title}
    messages.success(request, words)
    return _to(request, key, picture=pk)


def _candidate(project: Project, pk: int) -> Candidate:
    return get_object_or_404(project.candidates.select_related("image"), pk=pk)


def _to(request: HttpRequest, key: str, **where: int) -> HttpResponse:
    """The page with the filters that stand in the address of this request."""
    filters = {name: request.GET[name] for name in FILTERS if request.GET.get(name)}
    return redirect(f"{reverse('set_aside', args=[key])}?{urlencode(filters | where)}")
