from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def quick_hash(settings: Any) -> None:
    """How passwords are hashed is not what is tested here."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
