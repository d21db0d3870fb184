"""What django-allauth asks us: which steps there are, how secrets are kept, who somebody is."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest

from curation.errors import Refused
from curation.models import User
from curation.services import institution
from curation.sign_in import marks, oidc

BACKEND = "django.contrib.auth.backends.ModelBackend"


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by hand, by invitation or by services.institution: never by way of django-allauth."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_stages(self) -> list[str]:
        return ["curation.sign_in.stages.CodeStage"]

    def login(self, request: HttpRequest, user: Any) -> None:
        login(request, user, backend=BACKEND)
        marks.confirmed(request.session)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Ours are said by the views."""

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """No mail is sent from here."""


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets are encrypted (Fernet: AES-128-CBC with HMAC-SHA256) by a key made from SECRET_KEY."""

    def get_totp_issuer(self) -> str:
        return f"Vasculum {super()._get_site_name()}"

    def get_totp_label(self, user: Any) -> str:
        return str(user.username)

    def encrypt(self, text: str) -> str:
        return _keys().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises InvalidToken where it was encrypted under another key."""
        return _keys().decrypt(encrypted_text.encode()).decode()


def _keys() -> MultiFernet:
    """The present secret key encrypts; those before it (SECRET_KEY_FALLBACKS) still read."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    made = [hashlib.sha256(b"vasculum second factor" + str(each).encode()).digest() for each in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in made])


class SocialAdapter(DefaultSocialAccountAdapter):
    """Decides itself who somebody is, so that django-allauth finds a person and never makes one."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Any:
        return oidc.provider(request)

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Called with a `sociallogin.user` that is saved where this account was linked before."""
        try:
            person = sociallogin.user if sociallogin.is_existing else self._found(sociallogin)
            assert isinstance(person, User)
            if not person.is_active:
                raise Refused(institution.ended())
        except Refused as refusal:
            raise ImmediateHttpResponse(oidc.page(request, refusal.message, status=403)) from refusal

    def _found(self, sociallogin: SocialLogin) -> User:
        assert settings.OIDC is not None  # the views are not there without
        account = institution.person_for(settings.OIDC, oidc.identity(sociallogin))
        sociallogin.account, sociallogin.user = account, account.user
        return account.user

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        raise ImmediateHttpResponse(oidc.failed(request, error, exception, extra_context or {}))
