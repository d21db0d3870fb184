"""What the environment says about signing in: an institution's provider, and who needs a second factor."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

ROLES = ("reader", "curator", "lead", "admin")  # curation.models.Role, which cannot be imported by settings
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Provider(NamedTuple):
    """An OpenID Connect provider. `role`: of people whom nobody here knows; empty: they get no account."""

    name: str
    issuer: str
    client_id: str
    secret: str
    role: str

    @property
    def key(self) -> str:
        """Kept with each linked person: two providers may call two people by one name."""
        return "oidc-" + hashlib.sha256(self.issuer.encode()).hexdigest()[:16]


def provider(environment: Mapping[str, str] = os.environ) -> Provider | None:
    """From VASCULUM_OIDC_*; None where none of them is set. Raises ImproperlyConfigured for half of it."""
    names = ("NAME", "ISSUER", "CLIENT_ID", "CLIENT_SECRET")
    given = {name: environment.get(f"VASCULUM_OIDC_{name}", "").strip() for name in names}
    role = environment.get("VASCULUM_OIDC_ROLE", "").strip()
    if not any(given.values()):
        return None
    if missing := [f"VASCULUM_OIDC_{name}" for name, value in given.items() if not value]:
        raise ImproperlyConfigured(f"signing in by OpenID Connect needs {', '.join(missing)} as well")
    if role and role not in ROLES:
        known = ", ".join(ROLES)
        raise ImproperlyConfigured(f"VASCULUM_OIDC_ROLE={role!r}: expected one of {known}, or nothing")
    issuer = given["ISSUER"].removesuffix("/.well-known/openid-configuration").rstrip("/")
    parts = urlsplit(issuer)
    # What the token endpoint says is believed for the sake of TLS (OpenID Connect Core 1.0, section 3.1.3.7).
    if not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)):
        raise ImproperlyConfigured(f"VASCULUM_OIDC_ISSUER={issuer!r}: expected an https:// address")
    return Provider(given["NAME"], issuer, given["CLIENT_ID"], given["CLIENT_SECRET"], role)


def roles_with_second_factor(environment: Mapping[str, str] = os.environ) -> frozenset[str]:
    """VASCULUM_TOTP_ROLES: roles, with spaces or commas between them."""
    roles = environment.get("VASCULUM_TOTP_ROLES", "").replace(",", " ").split()
    if unknown := [role for role in roles if role not in ROLES]:
        raise ImproperlyConfigured(f"VASCULUM_TOTP_ROLES: {unknown[0]!r} is none of {', '.join(ROLES)}")
    return frozenset(roles)
