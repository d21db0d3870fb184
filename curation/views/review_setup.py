"""What the scripts of the pages that judge pictures need to begin, whichever way they show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse

from curation.models import LabelClass, Project, Role, User
from curation.selectors.queue import classes_version


def shared_setup(user: User, project: Project, classes: Sequence[LabelClass], page: str) -> dict[str, Any]:
    """The person, the project, its versions and the addresses of its queue. page: the name of its address."""
    return {
        "project": {"key": project.key, "title": project.title, "target": project.target},
        "reviewer": user.pk,
        "classesVersion": classes_version(classes),
        "guideline": project.guideline_id,
        "claimSeconds": settings.CLAIM_SECONDS,
        "can": {"lead": user.has_role(Role.LEAD), "admin": user.has_role(Role.ADMIN)},
        "csrfCookie": settings.CSRF_COOKIE_NAME,
        "urls": {
            "claims": reverse("api_claims", args=[project.key]),
            "heartbeat": reverse("api_claims_heartbeat", args=[project.key]),
            "free": reverse("api_claims_free", args=[project.key]),
            "votes": reverse("api_votes"),
            "signIn": f"{reverse('login')}?next={reverse(page, args=[project.key])}",
            "project": reverse("project", args=[project.key]),
            "setAside": reverse("set_aside", args=[project.key]),
            "freeze": reverse("release_new", args=[project.key]),
            "ingest": reverse("batch_new"),
        },
    }
