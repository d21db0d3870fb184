"""Secrets from files, as Docker and Kubernetes mount them: NAME_FILE is read into NAME."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

NAMES = (
    "DATABASE_URL",
    "REDIS_URL",
    "VASCULUM_SECRET_KEY",
    "VASCULUM_METRICS_TOKEN",
    "VASCULUM_OIDC_CLIENT_SECRET",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
)


def read_into(environment: MutableMapping[str, str] = os.environ) -> None:
    """Fill in NAME from the file that NAME_FILE names. Raises ImproperlyConfigured where both are set, and
    where the file cannot be read or is empty."""
    for name in NAMES:
        path = environment.get(f"{name}_FILE")
        if not path:
            continue
        if environment.get(name):
            raise ImproperlyConfigured(f"{name} and {name}_FILE are both set: which?")
        try:
            value = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ImproperlyConfigured(f"{name}_FILE={path!r}: {error}") from error
        if not value:
            raise ImproperlyConfigured(f"{name}_FILE={path!r}: the file is empty")
        environment[name] = value
        del environment[f"{name}_FILE"]  # read; a second call, and a child, find NAME alone
