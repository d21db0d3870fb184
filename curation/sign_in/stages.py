"""Between the password (or the institution's word) and being signed in.

Until this step is done django-allauth keeps the beginning in the session; `request.user` is nobody.
"""

from __future__ import annotations

from allauth.account.internal.stagekit import clear_login
from allauth.account.stages import LoginStage
from django.http import HttpResponse
from django.shortcuts import redirect

from curation.models import User
from curation.services import second_factor


class CodeStage(LoginStage):
    """Asks for the code of whoever has set up a second factor."""

    key = "code"
    urlname = "sign_in_code"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        user = self.login.user
        if not isinstance(user, User) or not second_factor.is_on(user):
            return None, True
        self.state["password"] = user.get_session_auth_hash()
        return redirect(self.urlname), True

    def still_good(self) -> bool:
        """False where access ended, the password was changed or the factor reset since the first step."""
        user = self.login.user
        return (
            isinstance(user, User)
            and user.is_active
            and self.state.get("password") == user.get_session_auth_hash()
            and second_factor.is_on(user)
        )

    def abort(self) -> HttpResponse:
        clear_login(self.request)
        return redirect("login")
