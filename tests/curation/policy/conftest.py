from __future__ import annotations

import pytest

from curation.models import Project, User
from tests.factories import make_project, make_user


@pytest.fixture
def lead(db: None) -> User:
    return make_user("lead", first_name="Lena Lead")


@pytest.fixture
def project(db: None) -> Project:
    return make_project(classes=3, key="flora", guidelines="Look twice.")
