"""The files of pictures: what is served, as what, and what never is."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from curation.models import Image
from curation.templatetags.vasculum import picture_url
from tests.curation.pages.conftest import Site
from tests.factories import make_image

pytestmark = pytest.mark.django_db


def test_every_rendition_is_served_whole_and_kept_by_the_browser(site: Site, as_role: Any) -> None:
    client = as_role("reader")
    image = site.candidates[0].image
    for rendition in Image.Rendition.values:
        response = client.get(picture_url(image, rendition))
        assert response.status_code == 200
        body = b"".join(response.streaming_content)
        assert body == default_storage.open(image.file_name(rendition)).read()
        assert int(response["Content-Length"]) == len(body)
        assert response["Content-Type"] in {"image/jpeg", "image/webp"}
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Cache-Control"] == "private, max-age=31536000, immutable"
        assert response["Content-Disposition"].startswith("inline")
    original = client.get(picture_url(image, "original"))
    assert hashlib.sha256(b"".join(original.streaming_content)).hexdigest() == image.sha256


def test_a_picture_the_browser_has_is_not_sent_again(site: Site, as_role: Any) -> None:
    client = as_role("reader")
    url = picture_url(site.candidates[0].image, "thumb")
    etag = client.get(url)["ETag"]
    again = client.get(url, headers={"If-None-Match": etag})
    assert again.status_code == 304
    assert again["ETag"] == etag
    assert client.get(url, headers={"If-None-Match": '"another"'}).status_code == 200
    # Renditions of one picture are different files.
    assert client.get(picture_url(site.candidates[0].image, "review"))["ETag"] != etag


def test_strangers_get_no_picture(site: Site, as_role: Any) -> None:
    url = picture_url(site.candidates[0].image, "thumb")
    assert as_role("").get(url).status_code == 302
    assert as_role("").get(url, headers={"If-None-Match": "*"}).status_code == 302


def test_formats_that_browsers_do_not_show_are_downloads(as_role: Any) -> None:
    image = make_image(format="TIFF", extension="tif")
    default_storage.save(image.file_name("original"), ContentFile(b"II*\0"))
    response = as_role("reader").get(picture_url(image, "original"))
    assert response["Content-Type"] == "image/tiff"
    assert response["Content-Disposition"] == f'attachment; filename="{image.sha256}.tif"'


NOT_PICTURES = [
    f"thumb/{'0' * 64}.jpg",  # unknown
    "secret/{sha}.jpg",
    "thumb/{sha}.html",
    "thumb/{sha}.svg",
    "thumb/{sha}.py",
    "thumb/../../secret_key",
    "thumb/%2e%2e/%2e%2e/secret_key",
    "thumb/..%2f..%2fsecret_key.jpg",
    "original/{sha}.jpg/../../../secret_key",
    "thumb/{SHA}.jpg",
    "thumb/{sha}.jpg%00",
    "thumb//{sha}.jpg",
]


def test_nothing_else_can_be_asked_for(site: Site, as_role: Any) -> None:
    sha = site.candidates[0].image.sha256
    default_storage.save("secret_key", ContentFile(b"secret"))
    default_storage.save(f"thumb/{sha[:2]}/{sha}.html", ContentFile(b"<script>"))
    client = as_role("admin")
    for path in NOT_PICTURES:
        response = client.get("/pictures/" + path.replace("{sha}", sha).replace("{SHA}", sha.upper()))
        assert response.status_code == 404, path


def test_pictures_are_for_reading(site: Site, as_role: Any) -> None:
    assert as_role("admin").post(picture_url(site.candidates[0].image, "thumb")).status_code == 405
