from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from curation.imaging import inspect, open_srgb, process
from tests.curation.imaging.pictures import chunk, leaf, saved
from tests.shared import SPECIMENS

# How a camera lays an upright picture down for each value of the tag (EXIF 2.32, 4.6.4 A).
STORED = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, 1),
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: lambda a: np.rot90(a, -1),
}


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    ("writer", "name"), [("PNG", "a.png"), ("TIFF", "a.tif"), ("WEBP", "a.webp"), ("JPEG", "a.jpg")]
)
def test_all_eight_come_out_upright(tmp_path: Path, orientation: int, writer: str, name: str) -> None:
    upright = leaf(300, 200)
    stored = Image.fromarray(np.ascontiguousarray(STORED[orientation](np.asarray(upright))))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    options = {"lossless": True} if writer == "WEBP" else {"quality": 95} if writer == "JPEG" else {}
    path = tmp_path / name
    path.write_bytes(saved(stored, writer, exif=exif, **options))
    info = inspect(path)
    result = open_srgb(path)
    assert (info.orientation, info.width, info.height) == (orientation, 300, 200)
    assert result.image.size == (300, 200)
    difference = np.asarray(result.image).astype(int) - np.asarray(upright)
    assert np.abs(difference).mean() < (6 if writer == "JPEG" else 0.001)


@pytest.mark.parametrize("value", [0, 9, 274])
def test_values_outside_the_standard_turn_nothing(tmp_path: Path, value: int) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = value
    path = tmp_path / "a.jpg"
    path.write_bytes(saved(leaf(), "JPEG", exif=exif))
    assert inspect(path).orientation == 1
    assert open_srgb(path).image.size == (300, 200)


def test_exif_behind_the_pixels_of_a_png(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    data = saved(leaf(), "PNG")
    end = chunk(b"IEND", b"")
    path = tmp_path / "a.png"
    path.write_bytes(
        data.removesuffix(end) + chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\x00\x00")) + end
    )
    assert inspect(path).orientation == 6
    assert open_srgb(path).image.size == (200, 300)


@pytest.mark.parametrize(
    "exif", [b"Exif\x00\x00II*\x00\xff\xff\xff\x7f", b"Exif\x00\x00nonsense", b"Exif\x00\x00"]
)
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_damaged_exif_leaves_the_picture_as_it_lies(tmp_path: Path, exif: bytes) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(saved(leaf(), "JPEG", exif=exif))
    assert inspect(path).orientation == 1
    assert open_srgb(path).image.size == (300, 200)


@pytest.mark.shared_data
def test_photographs_taken_on_their_side() -> None:
    turned = [path for path in sorted(SPECIMENS.glob("*.jpg")) if inspect(path).orientation == 6]
    assert turned
    path = turned[0]
    with Image.open(path) as image:
        stored = image.size
        expected = image.transpose(Image.Transpose.ROTATE_270).convert("RGB")
    assert stored[0] > stored[1]
    assert open_srgb(path).image.tobytes() == expected.tobytes()
    info = process(path).info
    assert (info.width, info.height) == stored[::-1]
