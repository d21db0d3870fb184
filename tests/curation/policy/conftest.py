from __future__ import annotations

from typing import Any

import pytest

from curation.models import Project, User
from tests.factories import make_project, make_user


@pytest.fixture(autouse=True)
def plain_static_files(settings: Any) -> None:
    """Templates name static files as they are; the collected ones are for the browser tests."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}


@pytest.fixture
def lead(db: None) -> User:
    return make_user("lead", first_name="Lena Lead")


@pytest.fixture
def project(db: None) -> Project:
    return make_project(classes=3, key="flora", guidelines="Look twice.")
