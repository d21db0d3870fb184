"""API permissions by role; the same rule as curation.views.access."""

from __future__ import annotations

from django.utils.translation import gettext as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from curation.models import Role, User


def needs(role: Role) -> type[BasePermission]:
    """A permission class that lets only people with `role`, or one above it, in."""

    class HasRole(BasePermission):
        code = "role"  # told apart from a session that has ended

        @property
        def message(self) -> str:
            return _("This needs the role %(role)s or above.") % {"role": role.label}

        def has_permission(self, request: Request, view: APIView) -> bool:
            return isinstance(request.user, User) and request.user.has_role(role)

    return HasRole
