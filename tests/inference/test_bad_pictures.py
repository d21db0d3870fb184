"""Whatever lies in a folder: a line in the table or a line among the errors, and the run goes on."""

from __future__ import annotations

import csv
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference.__main__ import main
from inference.errors import PictureError
from inference.inputs import folder_source, read_picture
from inference.preprocess import decode_rgb
from tests.inference.conftest import drawn, encoded


def _huge_png() -> bytes:
    """A header that asks for 40 gigabytes."""
    header = struct.pack(">2I5B", 120_000, 120_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    data = b"IDAT" + zlib.compress(bytes(100))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(each) - 4) + each + struct.pack(">I", zlib.crc32(each))
        for each in (chunk, data)
    )


def _huge_jpeg() -> bytes:
    content = bytearray(encoded(drawn(0), "JPEG"))
    at = content.index(b"\xff\xc0")
    content[at + 5 : at + 9] = struct.pack(">2H", 65_000, 65_000)
    return bytes(content)


def _animated() -> bytes:
    frames = [drawn(number).quantize() for number in range(3)]
    return encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])


GOOD = {
    "tiny.png": lambda: encoded(drawn(0).resize((1, 1)), "PNG"),
    "tiny.jpg": lambda: encoded(drawn(0).resize((1, 1)), "JPEG"),
    "narrow.jpg": lambda: encoded(drawn(0).resize((1, 900)), "JPEG"),
    "deep.png": lambda: encoded(Image.fromarray(np.asarray(drawn(1).convert("L"), np.uint16) * 257), "PNG"),
    "cmyk.jpg": lambda: encoded(drawn(1).convert("CMYK"), "JPEG"),
    "grey.jpg": lambda: encoded(drawn(1).convert("L"), "JPEG"),
    "grey.png": lambda: encoded(drawn(1).convert("LA"), "PNG"),
    "animated.gif": _animated,
    "png.jpg": lambda: encoded(drawn(2), "PNG"),
    "tab\tin.jpg": lambda: encoded(drawn(3), "JPEG"),
    "line\nin.jpg": lambda: encoded(drawn(4), "JPEG"),
    "return\rin.jpg": lambda: encoded(drawn(4), "JPEG"),
    'quote"in.jpg': lambda: encoded(drawn(5), "JPEG"),
    "\udcff.jpg": lambda: encoded(drawn(5), "JPEG"),
}
BAD = {
    "empty.jpg": (lambda: b"", "the file is empty"),
    "empty.png": (lambda: b"", "the file is empty"),
    "huge.png": (_huge_png, "14400000000 pixels) exceeds limit"),
    "huge.jpg": (_huge_jpeg, "65000 x 65000 pixels are more than the"),
    "cut.jpg": (lambda: encoded(drawn(0), "JPEG")[:900], "damaged JPEG"),
    "cut.png": (lambda: encoded(drawn(0), "PNG")[:9000], "cannot decode"),
    "cut.gif": (lambda: _animated()[:9000], "cannot decode"),
    "header.png": (lambda: encoded(drawn(0), "PNG")[:40], "its header damaged"),
    "header.jpg": (lambda: encoded(drawn(0), "JPEG")[:20], "damaged JPEG"),
    "text\n.png": (lambda: b"<html>not found</html>", "not a picture"),
}


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as stream:
        return list(csv.DictReader(stream, dialect="excel-tab", strict=True))


def test_all_of_them_in_one_folder(tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "pictures"
    root.mkdir()
    for name, make in GOOD.items():
        (root / name).write_bytes(make())
    for name, (make, _) in BAD.items():
        (root / name).write_bytes(make())
    (root / "gone.jpg").symlink_to(root / "nowhere.jpg")
    os.mkfifo(root / "pipe.jpg")
    (root / "folder.jpg").mkdir()
    output = tmp_path / "t.tsv"
    common = ["predict", "--model", str(tiny), "--images", str(root), "--output", str(output)]
    assert main([*common, "--threads", "2", "--batch", "4"]) == 0
    rows = _table(output)
    assert [row["file"] for row in rows] == sorted(GOOD)
    assert all(None not in row and None not in row.values() for row in rows)
    errors = {row["file"]: row["error"] for row in _table(tmp_path / "t.errors.tsv")}
    reasons = {name: reason for name, (_, reason) in BAD.items()}
    reasons |= {"gone.jpg": "No such file or directory", "pipe.jpg": "not a regular file"}
    assert errors.keys() == reasons.keys()
    for name, reason in reasons.items():
        assert reason in errors[name], name
    assert f"{len(reasons)}  unreadable -> {tmp_path / 't.errors.tsv'}" in capsys.readouterr().out

    assert main([*common, "--json", "--format", "jsonl"]) == 0
    assert '"error": "the file is empty"' in capsys.readouterr().out


def test_the_first_frame_of_an_animation() -> None:
    np.testing.assert_array_equal(decode_rgb(_animated()), decode_rgb(encoded(drawn(0).quantize(), "GIF")))


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF"])
def test_cut_off_or_damaged_anywhere_it_is_a_picture_or_a_reason(format: str) -> None:
    whole = encoded(drawn(0, (40, 30)).quantize() if format == "GIF" else drawn(0, (40, 30)), format)
    for share in (0.1, 0.5, 0.9):
        with pytest.raises(PictureError):
            decode_rgb(whole[: int(len(whole) * share)])
    random = np.random.default_rng(0)
    for _ in range(60):
        content = bytearray(whole[: int(random.integers(len(whole)))])
        for place in random.integers(0, max(len(content), 1), 3):
            if content:
                content[place] ^= int(random.integers(256))
        try:
            assert decode_rgb(bytes(content)).ndim == 3
        except PictureError as error:
            assert str(error)


def test_a_folder_that_cannot_be_listed_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "closed").mkdir()
    scan = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(PermissionError):
        folder_source(tmp_path)


def test_the_listing_of_a_folder_changes_with_its_files(tmp_path: Path) -> None:
    for name in ("b.jpg", "a.jpg"):
        (tmp_path / name).write_bytes(b"12")
        os.utime(tmp_path / name, ns=(1, 1))
    before = folder_source(tmp_path)
    assert [one.file for one in before.begin(0)] == ["a.jpg", "b.jpg"]
    assert [one.file for one in before.begin(1)] == ["b.jpg"]
    assert read_picture(next(before.begin(1))) == b"12"
    assert folder_source(tmp_path).sha256 == before.sha256
    os.utime(tmp_path / "a.jpg", ns=(1, 2))
    later = folder_source(tmp_path)
    (tmp_path / "a.jpg").rename(tmp_path / "c.jpg")
    assert len({before.sha256, later.sha256, folder_source(tmp_path).sha256}) == 3
