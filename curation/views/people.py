"""People: list, add, role, password, in or out. Admins only."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from curation.errors import Refused
from curation.forms.people import PersonForm, RoleForm
from curation.models import Role, User
from curation.selectors.people import audit_of
from curation.selectors.people import people as everybody
from curation.services import institution, second_factor, sign_in
from curation.services import people as service
from curation.views.access import needs, person
from curation.views.home import ROLES


@needs(Role.ADMIN)
def people(request: HttpRequest) -> HttpResponse:
    return render(request, "people/people.html", {"people": everybody()})


@never_cache  # the answer to the form shows a password
@needs(Role.ADMIN)
def person_new(request: HttpRequest) -> HttpResponse:
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user, password = service.add_person(person(request), **form.cleaned_data)
        except Refused as error:
            form.add_refusal(error.message, error.extra.get("fields"))
        else:
            return render(
                request, "people/handover.html", {"someone": user, "password": password, "new": True}
            )
    status = 400 if request.method == "POST" else 200
    return render(request, "people/new.html", {"form": form, "roles": ROLES}, status=status)


@never_cache
@needs(Role.ADMIN)
def person_page(request: HttpRequest, username: str) -> HttpResponse:
    """One account; POST changes it, by `do`: role, (de)activate, password, unlock, totp, email, unlink."""
    someone = get_object_or_404(User, username=username)
    if request.method != "POST":
        form = RoleForm(initial={"role": someone.role})
        return render(
            request,
            "people/person.html",
            {
                "someone": someone,
                "form": form,
                "roles": ROLES,
                "history": audit_of(someone),
                "locked_from": sign_in.locked_from(someone),
                "second_factor": second_factor.facts(someone),
                "institution": settings.OIDC,
                "linked": institution.linked(someone),
            },
        )
    try:
        if request.POST.get("do") == "password":
            password = service.reset_password(person(request), someone)
            return render(request, "people/handover.html", {"someone": someone, "password": password})
        messages.success(request, change(person(request), someone, request.POST))
    except Refused as error:
        messages.error(request, error.message)
    return redirect("person", username=someone.username)


def change(actor: User, someone: User, asked: dict[str, str]) -> str:
    """Do what the form asks and say it in words."""
    do = asked.get("do")
    if do == "role":
        role = service.change_role(actor, someone, asked.get("role", "")).get_role_display()
        return _("%(someone)s is now %(role)s.") % {"someone": someone, "role": role.lower()}
    if do == "deactivate":
        service.set_active(actor, someone, False)
        return _("%(someone)s may no longer sign in. Their votes stay.") % {"someone": someone}
    if do == "activate":
        service.set_active(actor, someone, True)
        return _("%(someone)s may sign in again.") % {"someone": someone}
    if do == "unlock":
        sign_in.let_in(actor, someone)
        return _("%(someone)s may try again at once.") % {"someone": someone}
    if do == "totp":
        second_factor.reset(actor, someone)
        return _("%(someone)s signs in by password alone, until they set up a second factor again.") % {
            "someone": someone
        }
    if do == "email":
        institution.set_email(actor, someone, asked.get("email", ""))
        return _("The e-mail address of %(someone)s is saved.") % {"someone": someone}
    if do == "unlink":
        institution.unlink(actor, someone)
        return _("%(someone)s is no longer linked.") % {"someone": someone}
    raise Refused(_("%(do)r is not something that can be done to an account.") % {"do": do})
