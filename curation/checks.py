"""System checks: what can be told wrong before anything runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register


@register()
def services_configured(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """vasculum.E001: one of the two service addresses is set and the other is not."""
    if bool(settings.DATABASE_URL) != bool(settings.REDIS_URL):
        missing = "REDIS_URL" if settings.DATABASE_URL else "DATABASE_URL"
        return [
            Error(
                f"{missing} is not set although the other service address is.",
                hint="Set both, or neither to use the embedded PostgreSQL and Redis.",
                id="vasculum.E001",
            )
        ]
    return []


@register(deploy=True)
def https_on(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """vasculum.W001: a deployment without TLS sends sessions in clear text."""
    if settings.HTTPS:
        return []
    return [
        Warning(
            "VASCULUM_HTTPS is off: cookies are sent over plain HTTP.",
            hint="Put a TLS proxy in front that sets X-Forwarded-Proto, and set VASCULUM_HTTPS=1.",
            id="vasculum.W001",
        )
    ]
