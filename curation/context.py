"""What every template knows."""

from __future__ import annotations

from django.http import HttpRequest

from curation import __version__
from curation.models import Role, User


def site(request: HttpRequest) -> dict[str, object]:
    """`can`: which roles this person has, as {{ can.curator }}; and the version for the footer."""
    # A request that is refused before sign-in is looked at (a strange Host header) has no user.
    user = getattr(request, "user", None)
    return {
        "can": {role.value: isinstance(user, User) and user.has_role(role) for role in Role},
        "version": __version__,
    }
