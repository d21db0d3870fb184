from __future__ import annotations

from typing import Any

import pytest

from tests.curation.conftest import as_role, english_again, plain_static_files

__all__ = ["as_role", "english_again", "plain_static_files"]


@pytest.fixture(autouse=True)
def quick_hasher(settings: Any) -> None:
    """What is tested here is not the hash, which takes its time on purpose."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
