"""How a project is reviewed: curators read it, leads change it."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from curation.errors import Refused
from curation.forms.review_policy import PolicyForm
from curation.models import Project, Role
from curation.selectors.review_policy import Reach, reach
from curation.services.review_policy import change_policy
from curation.views.access import needs, person


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.CURATOR)
def policy(request: HttpRequest, key: str) -> HttpResponse:
    project = get_object_or_404(Project, key=key)
    lead = person(request).has_role(Role.LEAD)
    if request.method == "POST" and not lead:
        raise PermissionDenied(_("Changing the policy is for the role Lead curator and above."))
    form = PolicyForm(request.POST if request.method == "POST" else None, project=project)
    if request.method == "POST" and form.is_valid():
        try:
            done = change_policy(person(request), project, **form.changes())
        except Refused as error:
            form.add_refusal(error.message, error.extra.get("fields"))
        else:
            said = _("The policy is saved.")
            if done.job:
                said += " " + _("Job %(job)s counts the votes that are in anew.") % {"job": done.job.pk}
            messages.success(request, said)
            return redirect("policy", key=key)
    if not lead:
        for field in form.fields.values():
            field.disabled = True
    found = reach(project)
    context = {
        "project": project,
        "form": form,
        "reach": found,
        "lines": _lines(form, found),
        "editable": lead,
    }
    return render(request, "policy/policy.html", context, status=400 if request.method == "POST" else 200)


def _lines(form: PolicyForm, found: Reach) -> list[tuple[object, str, str]]:
    """Each field with how many pictures it is about, and the state under which they are listed, if one is."""
    open_ = ngettext("%(n)s open picture", "%(n)s open pictures", found.open) % {"n": found.open}
    begun = ngettext("%(n)s open picture has votes", "%(n)s open pictures have votes", found.begun) % {
        "n": found.begun
    }
    gold = ngettext("%(n)s picture has a known answer", "%(n)s pictures have a known answer", found.gold) % {
        "n": found.gold
    }
    aside = ngettext("%(n)s picture is set aside", "%(n)s pictures are set aside", found.set_aside) % {
        "n": found.set_aside
    }
    return [
        (form["votes_needed"], open_, "open"),
        (form["double_share"], _("%(n)s of the open pictures") % {"n": found.doubled}, ""),
        (form["blind_second"], begun, ""),
        (form["audit_share"], _("%(n)s of the open pictures") % {"n": found.audited}, ""),
        (form["gold_share"], gold, ""),
        (form["gold_feedback"], gold, ""),
        (form["order"], open_, "open"),
        (form["grid_confidence"], _("%(n)s open pictures are that sure") % {"n": found.sure}, ""),
        (form["adjudicators"], aside, "set-aside"),
    ]
