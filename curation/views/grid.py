"""The grid: pages of pictures that are predicted as one class, confirmed with one key.

Everything after the first paint goes through curation.api.review and curation.api.grid.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from curation.models import LabelClass, Project, Role, User
from curation.selectors.queue import classes_of
from curation.services.keys import COMMANDS, keys_for, shown
from curation.templatetags.classes import class_name
from curation.templatetags.vasculum import class_colour
from curation.views.access import needs, person
from curation.views.review_setup import shared_setup

SIZES = [12, 24, 48, 96]
UNSHOWN = {"left", "right", "up", "down", "escape"}


@require_safe
@needs(Role.CURATOR)
@ensure_csrf_cookie
def page(request: HttpRequest, key: str) -> HttpResponse:
    """?label=: key of the class on the table, else the one with most left; ?size=: pictures a page."""
    project = get_object_or_404(Project, key=key)
    user, classes = person(request), classes_of(project)
    keys = _keys(user, project)
    asked = request.GET.get("label", "")
    known = asked in {label.key for label in classes}
    context = {
        "project": project,
        "classes": classes,
        "sizes": SIZES,
        "setup": _setup(user, project, classes)
        | {
            "keys": keys,
            "label": asked if known else "",
            "size": _size(request.GET.get("size", "")),
            "notice": "" if known or not asked else _no_class(project, asked),
        },
        "caps": {name.replace("-", "_"): shown(signs[0]) for name, signs in keys.items() if signs},
        "key_rows": [
            ([shown(sign) for sign in keys[c.name]], str(c.label))
            for c in COMMANDS
            if c.name not in UNSHOWN and keys.get(c.name)
        ],
    }
    return render(request, "grid/page.html", context)


def _size(asked: str) -> int | None:
    """One of the sizes; None for anything else, and then the browser's own memory decides."""
    return int(asked) if asked.isascii() and asked.isdigit() and int(asked) in SIZES else None


def _no_class(project: Project, asked: str) -> str:
    return _("%(project)s has no class with the key %(key)s. Its keys are %(keys)s.") % {
        "project": project,
        "key": asked[:20],
        "keys": ", ".join(project.classes.values_list("key", flat=True)),
    }


def _keys(user: User, project: Project) -> dict[str, list[str]]:
    """Command -> keys of this page. Those of the single view would take some of them away."""
    here = {command.name for command in COMMANDS if command.scope != "single"}
    return {name: signs for name, signs in keys_for(user, project).items() if name in here}


def _setup(user: User, project: Project, classes: list[LabelClass]) -> dict[str, Any]:
    """What the script needs to begin: no pictures yet, those it claims itself."""
    setup = shared_setup(user, project, classes, "grid")
    setup["urls"] |= {
        "counts": reverse("api_grid_counts", args=[project.key]),
        "candidates": reverse("candidates", args=[project.key]),
        "review": reverse("review", args=[project.key]),
        "policy": reverse("policy", args=[project.key]),
        "models": reverse("models"),
    }
    return setup | {
        "classes": [
            {
                "id": label.pk,
                "key": label.key,
                "slug": label.slug,
                "name": class_name(label),
                "colour": class_colour(label),
            }
            for label in classes
        ],
        "least": project.grid_confidence,
        "sizes": SIZES,
    }
