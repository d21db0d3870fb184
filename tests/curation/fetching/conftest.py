"""A misbehaving server for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.curation.fetching.server import Server
from tests.curation.fetching.work import jpeg


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture(scope="session")
def photo() -> bytes:
    return jpeg()
