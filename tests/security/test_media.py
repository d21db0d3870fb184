"""What is uploaded is what its bytes say; nothing that a browser would run is ever taken or given out."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from curation.drawing import draw
from curation.models import Image
from curation.services.ingest import ingest_folder
from curation.views.images import TYPES
from tests.curation.conftest import AsRole
from tests.factories import make_licence, make_source

pytestmark = pytest.mark.django_db
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


@pytest.mark.parametrize(
    "data", [SVG, HTML, b"GIF89a/*" + HTML, b"\xff\xd8\xff" + HTML, b"%PDF-1.7", b"MZ\x90"]
)
@pytest.mark.parametrize("name", ["a.jpg", "a.svg", "a.html", "a.jpg.php"])
def test_what_is_no_picture_is_not_taken_whatever_it_is_called(
    data: bytes, name: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(data)
    ingest_folder(tmp_path, source=make_source(), licence=make_licence())
    assert not Image.objects.exists()
    assert not [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_a_picture_with_markup_behind_it_is_given_out_as_a_picture(tmp_path: Path, as_role: AsRole) -> None:
    picture = draw("ordinary-pressed-specimens", 3, short_side=300)
    picture.save(tmp_path / "a.html.jpg", quality=85)
    with (tmp_path / "a.html.jpg").open("ab") as file:
        file.write(HTML)
    ingest_folder(tmp_path, source=make_source(), licence=make_licence())
    for image in [Image.objects.get()]:
        for rendition in Image.Rendition.values:
            extension = Path(image.file_name(rendition)).suffix[1:]
            answer = as_role("reader").get(reverse("picture", args=[rendition, image.sha256, extension]))
            assert answer["Content-Type"] in {"image/jpeg", "image/webp"}
            assert answer["X-Content-Type-Options"] == "nosniff"
            if rendition != "original":  # drawn anew from the pixels
                assert HTML not in b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def test_no_type_that_browsers_run_is_given_out_from_storage() -> None:
    kinds = {kind for kind, _shown in TYPES.values()}
    assert all(re.fullmatch(r"image/(jpeg|png|webp|gif|bmp|tiff|jp2)", kind) for kind in kinds), kinds


@pytest.mark.parametrize("extension", ["svg", "html", "htm", "xml", "js", "xhtml", "pdf"])
def test_such_a_file_in_storage_is_not_there(extension: str, as_role: AsRole) -> None:
    sha256 = "ab" * 32
    place = Path(settings.MEDIA_ROOT) / "original" / sha256[:2] / f"{sha256}.{extension}"
    place.parent.mkdir(parents=True)
    place.write_bytes(SVG)
    assert as_role("admin").get(f"/pictures/original/{sha256}.{extension}").status_code == 404


def test_the_folder_of_files_has_no_address_of_its_own(client: Client, as_role: AsRole) -> None:
    place = Path(settings.MEDIA_ROOT) / "x.txt"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("x")
    assert settings.MEDIA_URL in {"", "/"}
    for address in ("/media/x.txt", "/x.txt", "/static/../media/x.txt", "/static/%2e%2e/media/x.txt"):
        assert as_role("admin").get(address).status_code in {400, 404}, address


@pytest.mark.parametrize(
    "path",
    [
        "../a.jpg",
        "/etc/a.jpg",
        "a/../../b.jpg",
        "a\\..\\b.jpg",
        "",
        "a\0.jpg",
        "./../a.jpg",
        "a/./../../b.jpg",
    ],
)
def test_uploads_stay_in_their_folder(path: str, as_role: AsRole, tmp_path: Path) -> None:
    settings_var = tmp_path / "var"
    answer = as_role("admin").generic(
        "PUT",
        reverse("upload_file", args=[uuid.uuid4()]),
        b"x",
        "application/octet-stream",
        QUERY_STRING=f"path={path}".replace("\0", "%00"),
    )
    assert answer.status_code == 400
    assert not list(settings_var.rglob("*.jpg"))
