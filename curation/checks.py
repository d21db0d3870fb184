"""System checks: what can be told wrong before anything runs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register


@register()
def services_configured(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """vasculum.W002: one of the two service addresses is set and the other is not."""
    given = {name: bool(os.environ.get(name)) for name in ("DATABASE_URL", "REDIS_URL")}
    if len(set(given.values())) > 1:
        missing = next(name for name, value in given.items() if not value)
        return [
            Warning(
                f"{missing} is not set although the other service address is: the embedded one is used.",
                hint="Set both, or neither to use the embedded PostgreSQL and Redis.",
                id="vasculum.W002",
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
