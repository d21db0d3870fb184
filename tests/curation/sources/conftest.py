"""Published records that wait for their source."""

from __future__ import annotations

import hashlib
import itertools
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from curation.models import Batch, LicenceText, MediaRecord, Role, User
from tests.factories import make_licence, make_user

VERBATIM = "https://creativecommons.org/publicdomain/zero/1.0/"
_numbers = itertools.count(1)


@pytest.fixture
def admin(db: None) -> User:
    return make_user("admin", username="the-admin")


@pytest.fixture
def client_of() -> Callable[[str], Client]:
    def signed_in(role: str) -> Client:
        client = Client()
        client.force_login(User.objects.filter(role=role).first() or make_user(role))
        return client

    return signed_in


@pytest.fixture
def as_admin(admin: User, client_of: Callable[[str], Client]) -> Client:
    return client_of(Role.ADMIN)


def make_text() -> LicenceText:
    text, _ = LicenceText.objects.get_or_create(
        digest=hashlib.sha256(VERBATIM.encode()).hexdigest(),
        defaults={"verbatim": VERBATIM, "code": "CC0", "meaning": "licence", "licence": make_licence("CC0")},
    )
    return text


def make_records(n: int, batch: Batch | None = None, **fields: Any) -> list[MediaRecord]:
    """`n` records under CC0 that wait for their source; `fields`: codes and whatever else is to differ."""
    batch = batch or Batch.objects.create(origin="a list", kind="list")
    made = []
    for _ in range(n):
        number = next(_numbers)
        made.append(
            MediaRecord(
                batch=batch,
                file="list.tsv",
                row=number + 1,
                access_hash=uuid.UUID(int=number),
                host="example.org",
                licence_text=make_text(),
                **{
                    "access_uri": f"https://example.org/{number}.jpg",
                    "state": "held",
                    "rule": "source-unmapped",
                }
                | fields,
            )
        )
    return MediaRecord.objects.bulk_create(made)
