"""The page where pictures are judged. Everything after the first paint goes through curation.api.review."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from curation.models import LabelClass, Project, Role, User
from curation.selectors.queue import class_rows, classes_of, classes_version, decided_per_class
from curation.services.keys import COMMANDS, keys_for, shown
from curation.views.access import needs, person

# What the page can't do (yet) has no key; arrows and Escape need no line in the list of keys.
UNKNOWN = {"ask", "compare"}
UNSHOWN = {"left", "right", "up", "down", "escape"}


@require_safe
@needs(Role.CURATOR)
@ensure_csrf_cookie
def page(request: HttpRequest, key: str) -> HttpResponse:
    project = get_object_or_404(Project, key=key)
    classes = classes_of(project)
    keys = _keys(person(request), project)
    context = {
        "project": project,
        "classes": classes,
        "setup": _setup(person(request), project, classes) | {"keys": keys},
        "caps": {name.replace("-", "_"): shown(signs[0]) for name, signs in keys.items() if signs},
        "key_rows": _key_rows(keys),
    }
    return render(request, "review/page.html", context)


def _keys(user: User, project: Project) -> dict[str, list[str]]:
    """Command -> keys of this page. Those of a grid would take some of them away."""
    here = {command.name for command in COMMANDS if command.scope != "grid"} - UNKNOWN
    return {name: signs for name, signs in keys_for(user, project).items() if name in here}


def _key_rows(keys: dict[str, list[str]]) -> list[tuple[list[str], str]]:
    """Key caps and what they do, as they are for this person in this project."""
    wanted = [c for c in COMMANDS if c.name not in UNSHOWN and keys.get(c.name)]
    return [([shown(key) for key in keys[c.name]], str(c.label)) for c in wanted]


def _setup(user: User, project: Project, classes: list[LabelClass]) -> dict[str, Any]:
    """What the script needs to begin: no pictures yet, those it claims itself."""
    return {
        "project": {"key": project.key, "title": project.title, "target": project.target},
        "reviewer": user.pk,
        "classes": class_rows(project, classes),
        "classesVersion": classes_version(classes),
        "guideline": project.guideline_id,
        "decided": decided_per_class(project, classes),
        "claimSeconds": settings.CLAIM_SECONDS,
        "batch": settings.CLAIM_BATCH,
        "can": {"lead": user.has_role(Role.LEAD), "admin": user.has_role(Role.ADMIN)},
        "csrfCookie": settings.CSRF_COOKIE_NAME,
        "urls": {
            "claims": reverse("api_claims", args=[project.key]),
            "heartbeat": reverse("api_claims_heartbeat", args=[project.key]),
            "free": reverse("api_claims_free", args=[project.key]),
            "votes": reverse("api_votes"),
            "signIn": f"{reverse('login')}?next={reverse('review', args=[project.key])}",
            "project": reverse("project", args=[project.key]),
            "setAside": reverse("set_aside", args=[project.key]),
            "freeze": reverse("release_new", args=[project.key]),
            "ingest": reverse("batch_new"),
        },
    }
