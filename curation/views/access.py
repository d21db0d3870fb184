"""Who may see a page. Strangers are sent to sign in; a role below the one asked for gets 403."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from curation.models import Role, User

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)
View = Callable[Concatenate[HttpRequest, P], R]


def person(request: HttpRequest) -> User:
    """The signed-in user (LoginRequiredMiddleware has already turned strangers away)."""
    return cast(User, request.user)


def may_look_at(viewer: User, username: str) -> None:
    """Raises PermissionDenied for the work of somebody else, unless a lead curator asks."""
    if username != viewer.username and not viewer.has_role(Role.LEAD):
        raise PermissionDenied(
            _("What others work on is for the role %(role)s and above.") % {"role": Role.LEAD.label}
        )


def needs(role: Role) -> Callable[[View[P, R]], View[P, R]]:
    """Let only people with `role`, or one above it, in; others get 403."""

    def decorate(view: View[P, R]) -> View[P, R]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> R:
            if not person(request).has_role(role):
                raise PermissionDenied(
                    _("This page is for the role %(label)s and above.") % {"label": role.label}
                )
            return view(request, *args, **kwargs)

        cast(Any, guarded).needs_role = role
        return guarded

    return decorate
