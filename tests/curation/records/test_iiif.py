"""Pictures in IIIF manifests and image information, Presentation API 2 and 3, Image API 1 to 3."""

from __future__ import annotations

import json
from typing import Any

import pytest

from curation.records import RecordsError, manifest_images

HERE = "https://iiif.example.org/E1/manifest"
V2 = {
    "@context": "http://iiif.io/api/image/2/context.json",
    "profile": "http://iiif.io/api/image/2/level2.json",
}
V2_LEVEL1 = {**V2, "profile": ["http://iiif.io/api/image/2/level1.json"]}
INFO3 = {"@context": "http://iiif.io/api/image/3/context.json"}
V3 = {"type": "ImageService3", "profile": "level2"}


def images(document: Any) -> list[str]:
    return manifest_images(json.dumps(document).encode(), HERE)


def second(*resources: dict[str, Any]) -> dict[str, Any]:
    canvases = [{"@type": "sc:Canvas", "images": [{"resource": each}]} for each in resources]
    return {
        "@context": "http://iiif.io/api/presentation/2/context.json",
        "@type": "sc:Manifest",
        "@id": HERE,
        "thumbnail": {"@id": "https://iiif.example.org/thumb.jpg"},
        "sequences": [{"canvases": canvases}],
    }


def third(*bodies: Any, **annotation: Any) -> dict[str, Any]:
    items = [
        {"type": "Canvas", "items": [{"items": [{"motivation": "painting", "body": each, **annotation}]}]}
        for each in bodies
    ]
    return {
        "@context": "http://iiif.io/api/presentation/3/context.json",
        "type": "Manifest",
        "id": HERE,
        "items": items,
    }


def test_presentation_2_in_the_order_of_the_canvases() -> None:
    manifest = second(
        {"@id": "https://i.example.org/a.jpg", "@type": "dctypes:Image", "width": 5000, "height": 8000,
         "service": {"@id": "https://i.example.org/iiif/a", **V2}},
        {"@id": "https://i.example.org/b.jpg", "@type": "dctypes:Image"},
        {"@id": "https://i.example.org/a.jpg", "service": {"@id": "https://i.example.org/iiif/a/", **V2}},
    )  # fmt: skip
    assert images(manifest) == [
        "https://i.example.org/iiif/a/full/!2048,2048/0/default.jpg",
        "https://i.example.org/b.jpg",
    ]


def test_presentation_3() -> None:
    body = {"id": "https://i.example.org/a.jpg", "type": "Image", "width": 5000, "height": 8000}
    choice = {"type": "Choice", "items": [{"id": "https://i.example.org/c.jpg", "type": "Image"}, body]}
    manifest = third(
        {**body, "service": [{"id": "https://i.example.org/iiif/a", **V3}]},
        {"id": "https://i.example.org/sound.mp3", "type": "Sound"},
        choice,
        {
            **body,
            "id": "https://i.example.org/d.jpg",
            "service": [{"@id": "https://i.example.org/iiif/d", **V2}],
        },
    )
    assert images(manifest) == [
        "https://i.example.org/iiif/a/full/!2048,2048/0/default.jpg",
        "https://i.example.org/c.jpg",
        "https://i.example.org/iiif/d/full/!2048,2048/0/default.jpg",
    ]


def test_annotations_that_do_not_paint_are_no_pictures() -> None:
    manifest = third({"id": "https://i.example.org/a.jpg", "type": "Image"}, motivation="commenting")
    with pytest.raises(RecordsError, match="names no picture"):
        images(manifest)


@pytest.mark.parametrize(
    ("info", "size"),
    [
        ({**V2, "width": 6000, "height": 9000}, "!2048,2048"),
        ({**V2, "width": 1500, "height": 2000}, "full"),
        ({**INFO3, **V3, "width": 1500, "height": 2000}, "max"),
        ({**INFO3, **V3, "width": 6000, "height": 900}, "!2048,2048"),
        ({**V2_LEVEL1, "width": 6000, "height": 9000}, ",2048"),
        ({**V2_LEVEL1, "width": 9000, "height": 6000}, "2048,"),
        (
            {**INFO3, **V3, "profile": "level0", "width": 6000, "height": 9000,
             "sizes": [{"width": 150, "height": 225}, {"width": 1200, "height": 1800},
                                       {"width": 3000, "height": 4500}]},
            "1200,1800",
        ),
        ({**V2, "profile": "http://iiif.io/api/image/2/level0.json", "width": 6000, "height": 9000}, "full"),
    ],
)  # fmt: skip
def test_the_size_that_a_server_can_give(info: dict[str, Any], size: str) -> None:
    (found,) = images({"@id": "https://i.example.org/iiif/a", **info})
    assert found == f"https://i.example.org/iiif/a/full/{size}/0/default.jpg"


def test_image_api_1_calls_its_quality_native() -> None:
    info = {
        "@context": "http://library.stanford.edu/iiif/image-api/1.1/context.json",
        "@id": "https://i.example.org/iiif/a",
        "width": 6000,
        "height": 9000,
    }
    assert images(info) == ["https://i.example.org/iiif/a/full/!2048,2048/0/native.jpg"]


@pytest.mark.parametrize(
    "document",
    [
        b"", b"<html>", b"[]", b"null", b"3", b"{}",
        b'{"sequences": 3, "items": {"type": "Canvas", "items": [null]}}',
        b"[" * 100_000, b"\xff\xfe{", b'{"sequences": [{"canvases": [{"images": [{"resource": "x"}]}]}]}',
    ],
)  # fmt: skip
def test_documents_that_are_none(document: bytes) -> None:
    with pytest.raises(RecordsError) as error:
        manifest_images(document, HERE)
    assert error.value.rule == "manifest"
    assert str(error.value).startswith(HERE)


def test_pictures_inside_the_own_network_are_left_out() -> None:
    manifest = second({"@id": "http://169.254.169.254/a.jpg"}, {"@id": "file:///etc/passwd"})
    with pytest.raises(RecordsError, match="names no picture that can be asked for"):
        images(manifest)


def test_at_most_500_pictures() -> None:
    many = [{"@id": f"https://i.example.org/{n}.jpg"} for n in range(501)]
    assert len(images(second(*many[:500]))) == 500
    with pytest.raises(RecordsError, match="more than 500 pictures") as error:
        images(second(*many))
    assert error.value.rule == "too-long"


def test_choices_within_choices_end() -> None:
    body: Any = {"id": "https://i.example.org/a.jpg", "type": "Image"}
    for _ in range(100):
        body = {"type": "Choice", "items": [body]}
    with pytest.raises(RecordsError):
        images(third(body))
