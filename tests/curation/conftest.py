"""What the tests of the application share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from curation.models import Role
from tests.factories import make_user

AsRole = Callable[[str], Client]


@pytest.fixture(autouse=True)
def plain_static_files(settings: Any) -> None:
    """Templates name static files as they are; the collected ones are for the browser tests."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    """A request leaves its language behind in this thread."""
    yield
    translation.activate("en-gb")


@pytest.fixture
def as_role(db: None) -> AsRole:
    """`as_role("lead")` gives a client signed in as one, `as_role("")` a stranger's."""
    people = {role.value: make_user(role.value, username=f"the-{role.value}") for role in Role}

    def signed_in(role: str) -> Client:
        client = Client()
        if role:
            client.force_login(people[role])
        return client

    return signed_in
