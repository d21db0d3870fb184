"""The page where pictures are judged. Everything after the first paint goes through curation.api.review."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from curation.models import LabelClass, Membership, Order, Project, ProjectKind, Role, User
from curation.selectors.keyboard import keyboard
from curation.selectors.queue import class_rows, classes_of, decided_per_class
from curation.views.access import needs, person
from curation.views.review_setup import shared_setup


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
        "sheets": project.kind == ProjectKind.CONDITION,
    }
    return render(request, "review/page.html", context)


def _setup(user: User, project: Project, classes: list[LabelClass]) -> dict[str, Any]:
    """What the script needs to begin: no pictures yet, those it claims itself."""
    setup = shared_setup(user, project, classes, "review")
    setup["urls"] |= {
        "order": reverse("api_order", args=[project.key]),
        "classPictures": reverse("api_class_pictures", args=[project.key, 0]),
        "comments": reverse("api_comments", args=[0]),
        "commentNames": reverse("api_comment_names"),
        "guidelines": reverse("guidelines", args=[project.key]),
    }
    if project.kind == ProjectKind.CONDITION:
        setup["urls"] |= {
            "regions": reverse("api_regions", args=[0]),
            "region": reverse("api_region", args=[0]),
        }
    return setup | {
        "classes": class_rows(project, classes),
        "decided": decided_per_class(project, classes),
        "batch": settings.CLAIM_BATCH,
    }
