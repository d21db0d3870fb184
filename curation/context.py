"""What every template knows."""

from __future__ import annotations

from django.http import HttpRequest

from curation import __version__
from curation.models import Role


def site(request: HttpRequest) -> dict[str, object]:
    """`can`: which roles this person has, as {{ can.curator }}; and the version for the footer."""
    user = request.user
    return {
        "can": {role.value: user.is_authenticated and user.has_role(role) for role in Role},
        "version": __version__,
    }
