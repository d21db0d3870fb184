"""API permissions: the role, as in curation.views.access, and for a token its scope, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from curation.models import ApiToken, Role, Scope, User

if TYPE_CHECKING:
    from rest_framework.views import APIView

OF_ROLE = {scope.role: scope for scope in Scope}


class HasRole(BasePermission):
    """The role `role` to read, `writes` (else `role`) for everything else.

    A token needs the scope `read` to read, else that of the role; views may ask for another one (`scope`).
    """

    role: ClassVar[Role] = Role.READER
    writes: ClassVar[Role | None] = None
    scope: ClassVar[Scope | None] = None
    code = "role"  # told apart from a session that has ended

    @classmethod
    def role_of(cls, method: str) -> Role:
        return cls.role if method in SAFE_METHODS or cls.writes is None else cls.writes

    @classmethod
    def scope_of(cls, method: str) -> Scope:
        if cls.scope is not None:
            return cls.scope
        return Scope.READ if method in SAFE_METHODS else OF_ROLE[cls.role_of(method)]

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.user, User):
            return False
        method = request.method or ""
        role, scope = self.role_of(method), self.scope_of(method)
        if not request.user.has_role(role):
            self.message = _("This needs the role %(role)s or above.") % {"role": role.label}
            return False
        if isinstance(request.auth, ApiToken) and scope not in request.auth.scopes:
            raise PermissionDenied(
                _("This needs a token with the scope %(scope)s; yours has %(mine)s.")
                % {"scope": scope, "mine": ", ".join(request.auth.scopes)},
                code="scope",
            )
        return True


def needs(role: Role, *, writes: Role | None = None, scope: Scope | None = None) -> type[HasRole]:
    """A permission class that lets only people with `role`, or one above it, in (see HasRole)."""
    return type("HasRole", (HasRole,), {"role": role, "writes": writes, "scope": scope})
