"""The page where pictures are judged. Everything after the first paint goes through curation.api.review."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from curation.models import LabelClass, Membership, Order, Project, Role, User
from curation.selectors.keyboard import keyboard
from curation.selectors.queue import class_rows, classes_of, classes_version, decided_per_class
from curation.views.access import needs, person


@require_safe
@needs(Role.CURATOR)
@ensure_csrf_cookie
def page(request: HttpRequest, key: str) -> HttpResponse:
    project = get_object_or_404(Project, key=key)
    classes = classes_of(project)
    own = Membership.objects.filter(user=person(request), project=project).values_list("order", flat=True)
    hand = keyboard(person(request), project)
    context = {
        "project": project,
        "classes": classes,
        "setup": _setup(person(request), project, classes) | {"keys": hand["keys"]},
        "caps": {name.replace("-", "_"): cap for name, cap in hand["caps"].items()},
        "key_rows": hand["rows"],
        "order": own.first() or "",
        "orders": Order.choices,
    }
    return render(request, "review/page.html", context)


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
            "order": reverse("api_order", args=[project.key]),
            "classPictures": reverse("api_class_pictures", args=[project.key, 0]),
            "comments": reverse("api_comments", args=[0]),
            "commentNames": reverse("api_comment_names"),
            "guidelines": reverse("guidelines", args=[project.key]),
            "signIn": f"{reverse('login')}?next={reverse('review', args=[project.key])}",
            "project": reverse("project", args=[project.key]),
            "setAside": reverse("set_aside", args=[project.key]),
            "freeze": reverse("release_new", args=[project.key]),
            "ingest": reverse("batch_new"),
        },
    }
