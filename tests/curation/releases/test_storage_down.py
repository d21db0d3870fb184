"""Pictures and exports in a storage that does not answer: pages say so, in words, and ask it sparingly."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.storage import default_storage, storages
from django.test import Client

from curation import storage_s3
from curation.errors import Refused, StorageDown
from curation.models import Export, Image, Release
from curation.selectors.release_page import sample
from curation.services.files import opened, store
from curation.services.release_page import set_public
from curation.settings import in_bucket
from tests.curation.releases.conftest import AsRole
from tests.curation.releases.s3_server import KEYS, Server
from tests.curation.releases.test_public_page import finished
from tests.factories import make_user

pytestmark = pytest.mark.django_db
WORDS = "Pictures and exports lie in a storage of their own, and it does not answer now."


@pytest.fixture
def server(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server of this test's own, which it may stop, with pictures and exports in it."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(storage_s3, "ATTEMPTS", 1)
    made = Server()
    settings.STORAGES = settings.STORAGES | {
        "default": in_bucket("media", "herbarium", made.url),
        "exports": in_bucket("exports", "herbarium", made.url),
    }
    storages["exports"].client.create_bucket(Bucket="herbarium")
    yield made
    made.stop()


@pytest.fixture
def export(server: Server, release: Release) -> Export:
    set_public(make_user("admin"), release, True)
    export = finished(release, "datacite")
    for image in Image.objects.filter(memberships__release=release):
        store(image.file_name(Image.Rendition.THUMB), b"RIFF")
    return export


def asked(client: Client, path: str) -> Any:
    client.raise_request_exception = False
    response = client.get(path)
    if response.streaming:
        b"".join(response)  # type: ignore[arg-type]
    return response


def test_pages_say_that_the_storage_is_down(
    server: Server, export: Export, as_role: AsRole, caplog: pytest.LogCaptureFixture
) -> None:
    shown = next(row for rows in sample(export.release, ["class-a"]).values() for row in rows)
    picture = f"/pictures/thumb/{shown.sha256}.webp"
    places = {
        "reader": (picture, f"/exports/{export.pk}/files/datacite.json", f"/exports/{export.pk}/all.zip"),
        "": (
            f"/r/first/pictures/{shown.sha256}.webp",
            f"/r/first/exports/{export.pk}/files/datacite.json",
            f"/r/first/exports/{export.pk}/all.zip",
        ),
    }
    for role, paths in places.items():
        for path in paths:
            assert asked(as_role(role), path).status_code == 200, path
    server.stop()
    caplog.set_level(logging.ERROR, "curation.middleware")
    for role, paths in places.items():
        for path in paths:
            response = asked(as_role(role), path)
            page = response.content.decode()
            assert response.status_code == 503 and WORDS in page, path
            assert response["Retry-After"] == "30" and "no-store" in response["Cache-Control"]
            # Which storage it is, is for the log.
            assert server.url not in page and "herbarium" not in page
    assert server.url in caplog.text
    # Pages about pictures need the database alone.
    for role, path in (
        ("reader", f"/images/{shown.sha256}/"),
        ("", "/r/first/"),
        ("reader", "/releases/first/"),
    ):
        assert asked(as_role(role), path).status_code == 200, path


def test_a_storage_that_does_not_answer_is_left_alone_for_a_while(server: Server, export: Export) -> None:
    name = Image.objects.filter(memberships__release=export.release)[0].file_name(Image.Rendition.THUMB)
    server.stop()
    with pytest.raises(StorageDown, match="did not do what was asked of it"):
        opened(name)
    with pytest.raises(StorageDown, match="did not answer a moment ago"):
        opened(name)
    # Jobs ask all the same, and take it for what cannot be done now.
    with pytest.raises(Refused, match="did not do what was asked of it"):
        default_storage.open(name)
    default_storage.silent_until = 0.0
    with pytest.raises(StorageDown, match="did not do what was asked of it"):
        opened(name)


def test_one_that_says_no_is_asked_again(server: Server, export: Export) -> None:
    name = Image.objects.filter(memberships__release=export.release)[0].file_name(Image.Rendition.THUMB)
    there = storage_s3.Bucket(**in_bucket("media", "nowhere", server.url)["OPTIONS"])
    for _again in range(2):
        with pytest.raises(StorageDown) as refusal:
            there.open(name)
        assert refusal.value.extra == {"answered": True} and there.silent_until == 0.0
    with pytest.raises(FileNotFoundError):
        opened("thumb/00/none.webp")
    assert opened(name).read() == b"RIFF"
