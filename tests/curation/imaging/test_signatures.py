from __future__ import annotations

import os
from pathlib import Path

import pytest

from curation.imaging import PictureError, inspect
from curation.imaging.signatures import claimed, describe, sniff
from tests.curation.imaging.pictures import leaf, saved


@pytest.mark.parametrize(
    ("writer", "extension", "name", "mime"),
    [
        ("JPEG", "jpg", "JPEG", "image/jpeg"),
        ("MPO", "jpg", "JPEG", "image/jpeg"),
        ("PNG", "png", "PNG", "image/png"),
        ("TIFF", "tif", "TIFF", "image/tiff"),
        ("WEBP", "webp", "WebP", "image/webp"),
        ("GIF", "gif", "GIF", "image/gif"),
        ("BMP", "bmp", "BMP", "image/bmp"),
        ("JPEG2000", "jp2", "JPEG 2000", "image/jp2"),
    ],
)
def test_formats_are_known_by_their_bytes(
    tmp_path: Path, writer: str, extension: str, name: str, mime: str
) -> None:
    data = saved(leaf(), writer)
    assert sniff(data[:32]) == name
    # With its own extension, in capitals, and with none that claims anything.
    for file_name in (f"a.{extension}", f"A.{extension.upper()}", "download.part", "sheet"):
        path = tmp_path / file_name
        path.write_bytes(data)
        info = inspect(path)
        assert (info.format, info.mime, info.width, info.height) == (name, mime, 300, 200)


@pytest.mark.parametrize("extension", ["jpg", "jpeg", "JPE", "Jpg"])
def test_one_format_has_many_extensions(extension: str) -> None:
    assert claimed(f"sheet.v2.{extension}") == "JPEG"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<!DOCTYPE html><html><body>404", "an HTML page"),
        (b"\xef\xbb\xbf\r\n<html>", "an HTML page"),
        (b"<?xml version='1.0'?><Error/>", "an XML document"),
        (b'{"error": "not found"}', "a JSON document"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"PK\x03\x04\x14\x00", "a ZIP archive"),
        (b"BMW specimen not found at this address", "plain text"),
        ("Nicht gefunden: Blütenstände".encode(), "plain text"),
        (b"\x00\x00\x00\x20ftypheic", "an HEIC picture"),
        (b"II*\x00\x10\x00\x00\x00CR\x02\x00", "a Canon raw file"),
    ],
)
def test_what_is_no_picture_is_named(tmp_path: Path, data: bytes, words: str) -> None:
    assert sniff(data) is None
    assert describe(data) == words
    path = tmp_path / "sheet.jpg"
    path.write_bytes(data)
    with pytest.raises(PictureError) as caught:
        inspect(path)
    assert caught.value.rule == "disguised"
    for part in ("sheet.jpg", "claims JPEG", words):
        assert part in str(caught.value)


@pytest.mark.parametrize(("writer", "name"), [("PNG", "a.jpg"), ("JPEG", "a.PNG"), ("TIFF", "a.jp2")])
def test_a_picture_of_another_format_is_disguised(tmp_path: Path, writer: str, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(saved(leaf(), writer))
    with pytest.raises(PictureError, match=f"a {writer} picture") as caught:
        inspect(path)
    assert caught.value.rule == "disguised"


@pytest.mark.parametrize(
    ("name", "data", "rule"),
    [
        ("a.jpg", b"", "empty"),
        ("a.jpg", bytes(500), "broken"),
        ("a.bin", bytes(500), "unsupported"),
        ("a.pdf", b"%PDF-1.7\n", "unsupported"),
        ("a.nef", saved(leaf(), "TIFF"), "unsupported"),
    ],
    ids=["empty", "zeros", "unknown", "pdf", "raw"],
)
def test_other_refusals(tmp_path: Path, name: str, data: bytes, rule: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(PictureError) as caught:
        inspect(path)
    assert caught.value.rule == rule
    assert caught.value.name == name
    assert ("camera" in caught.value.detail) == (name == "a.nef")


def test_folders_pipes_and_missing_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")  # opening it would wait for ever
    for path in (tmp_path, tmp_path / "absent.jpg", tmp_path / "pipe.jpg"):
        with pytest.raises(PictureError) as caught:
            inspect(path)
        assert caught.value.rule == "unreadable"
