"""An address that was signed opens its file, until its end, for anybody; nothing else does."""

from __future__ import annotations

import time
from pathlib import Path
from unittest import mock
from urllib.parse import urlsplit

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from curation.drawing import draw
from curation.models import Image
from curation.services.ingest import ingest_folder
from tests.curation.conftest import AsRole
from tests.factories import make_licence, make_source

pytestmark = pytest.mark.django_db
LINKS = "/api/v1/pictures/links/"


@pytest.fixture
def images(tmp_path: Path) -> list[Image]:
    for number in range(2):
        draw("ordinary-pressed-specimens", number, short_side=300).save(tmp_path / f"{number}.jpg")
    ingest_folder(tmp_path, source=make_source(), licence=make_licence())
    return list(Image.objects.order_by("sha256"))


def asked(client: Client, images: list[Image], **more: object) -> list[dict[str, str]]:
    body = {"pictures": [image.sha256 for image in images], **more}
    answer = client.post(LINKS, body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    return list(answer.json()["links"])


def path(link: dict[str, str]) -> str:
    parts = urlsplit(link["address"])
    return f"{parts.path}?{parts.query}"


@pytest.mark.parametrize("rendition", Image.Rendition.values)
def test_a_stranger_gets_the_file_by_it(images: list[Image], rendition: str, as_role: AsRole) -> None:
    links = asked(as_role("reader"), images[::-1], rendition=rendition)
    assert [link["picture"] for link in links] == [image.sha256 for image in images[::-1]]
    for image, link in zip(images[::-1], links, strict=True):
        answer = Client().get(path(link))
        assert answer.status_code == 200
        with default_storage.open(image.file_name(rendition), "rb") as file:
            assert b"".join(answer.streaming_content) == file.read()  # type: ignore[attr-defined]
        assert answer["X-Content-Type-Options"] == "nosniff"
        kept = int(answer["Cache-Control"].partition("max-age=")[2].partition(",")[0])
        assert 0 < kept <= 15 * 60  # no longer than it is good


def test_it_ends(images: list[Image], as_role: AsRole) -> None:
    [link] = asked(as_role("reader"), images[:1], seconds=60)
    now = time.time()
    with mock.patch("curation.services.picture_links.time.time", lambda: now + 50):
        assert Client().get(path(link)).status_code == 200
    with mock.patch("curation.services.picture_links.time.time", lambda: now + 61):
        assert Client().get(path(link)).status_code == 404


def test_whatever_is_changed_of_it_opens_nothing(images: list[Image], as_role: AsRole) -> None:
    [link] = asked(as_role("reader"), images[:1])
    good = path(link)
    until = good.partition("until=")[2].partition("&")[0]
    changed = [
        good.replace("/review/", "/original/"),
        good.replace(images[0].sha256, images[1].sha256),
        good.replace(until, str(int(until) + 1)),
        good.replace(until, f"+{until}"),
        good.partition("&")[0],
        good.partition("?")[0],
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        good.replace("until=", "until=x"),
    ]
    for address in changed:
        assert Client().get(address).status_code == 404, address
    assert Client().get(good.replace("/signed/", "/pictures/")).status_code == 302  # to sign in


def test_only_what_is_here_is_signed_and_for_a_day_at_most(images: list[Image], as_role: AsRole) -> None:
    reader, one = as_role("reader"), images[0].sha256
    for body in (
        {"pictures": ["0" * 64]},
        {"pictures": [one, "0" * 64]},
        {"pictures": []},
        {"pictures": [one] * 501},
        {"pictures": [one], "seconds": 0},
        {"pictures": [one], "seconds": 86_401},
        {"pictures": [one], "rendition": "../secret"},
    ):
        assert reader.post(LINKS, body, content_type="application/json").status_code == 400, body
    assert Client().post(LINKS, {"pictures": [one]}, content_type="application/json").status_code == 403


def test_the_statements_do_not_grow_with_the_pictures(images: list[Image], as_role: AsRole) -> None:
    reader = as_role("reader")
    asked(reader, images)
    counts = []
    for some in (images[:1], images):
        with CaptureQueriesContext(connection) as captured:
            asked(reader, some)
        counts.append(len(captured))
    assert counts[0] == counts[1]
