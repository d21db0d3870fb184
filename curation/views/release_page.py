"""The words of a release's public page: write them, look at the page, open it to everyone and close it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from curation.errors import Refused
from curation.forms.release_page import ReleasePageForm
from curation.models import Role
from curation.selectors import release_page as reads
from curation.selectors.release_about import page_of
from curation.services.release_page import save_page, set_public
from curation.views.access import needs, person
from curation.views.public_release import context_of
from curation.views.releases import found


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.ADMIN)
def release_page(request: HttpRequest, name: str) -> HttpResponse:
    """The form of the words; `look` saves and shows what has come of it."""
    release = found(name)
    page = page_of(release)
    form = ReleasePageForm(request.POST if request.method == "POST" else None, page=page)
    if request.method == "POST" and form.is_valid():
        try:
            save_page(person(request), release, **form.arguments())
        except Refused as error:
            form.add_refusal(error.message, error.extra.get("fields"))
        else:
            if "look" in request.POST:
                return redirect("release_page_preview", name=name)
            messages.success(request, _("The page of %(release)s is saved.") % {"release": name})
            return redirect("release_page", name=name)
    context = {"release": release, "project": release.project, "page": page, "form": form}
    return render(request, "releases/public_edit.html", context, status=400 if form.is_bound else 200)


@require_safe
@needs(Role.ADMIN)
def release_page_preview(request: HttpRequest, name: str) -> HttpResponse:
    """The page as everyone would see it, also while it is closed."""
    release = found(name)
    context = context_of(request, release) | {"preview": True, "is_public": page_of(release).is_public}
    return render(request, "releases/public.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Role.ADMIN)
def release_page_public(request: HttpRequest, name: str, is_public: bool) -> HttpResponse:
    """Ask what opening or closing means, then do it."""
    release = found(name)
    if request.method == "POST":
        set_public(person(request), release, is_public)
        said = (
            _("Everyone can read the page of %(release)s now.")
            if is_public
            else _(
                "The page of %(release)s is closed. Nobody but people with an account sees anything of it."
            )
        )
        messages.success(request, said % {"release": name})
        return redirect("release_page", name=name)
    public = reads.public_page(release)
    context = {
        "release": release,
        "project": release.project,
        "is_public": is_public,
        "page": page_of(release),
        "public": public,
        "shown": sum(len(each.shown) for each in public.classes),
    }
    return render(request, "releases/public_confirm.html", context)
