from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from curation.imaging import inspect, open_srgb
from curation.imaging.colour import _transform
from tests.curation.imaging.pictures import leaf, saved, srgb_profile, swapped_profile


@pytest.mark.parametrize(
    ("writer", "name"), [("JPEG", "a.jpg"), ("PNG", "a.png"), ("TIFF", "a.tif"), ("WEBP", "a.webp")]
)
def test_a_foreign_profile_changes_the_pixels(tmp_path: Path, writer: str, name: str) -> None:
    path = tmp_path / name
    red = Image.new("RGB", (160, 120), (255, 0, 0))
    path.write_bytes(saved(red, writer, icc_profile=swapped_profile()))
    result = open_srgb(path)
    assert inspect(path).has_icc
    assert np.abs(np.asarray(result.image).astype(int) - (0, 0, 255)).max() <= 8
    assert result.notes == ()


def test_srgb_by_any_name_leaves_every_pixel(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(saved(leaf(), "PNG", icc_profile=srgb_profile()))
    assert open_srgb(path).image.tobytes() == leaf().tobytes()
    assert _transform(srgb_profile()) == ("RGB", None)  # 40 ms saved on each picture


def test_transparent_pictures_keep_profile_and_paper(tmp_path: Path) -> None:
    image = Image.new("RGBA", (160, 120), (255, 0, 0, 255))
    image.paste((255, 0, 0, 0), (0, 0, 80, 120))
    path = tmp_path / "a.png"
    path.write_bytes(saved(image, "PNG", icc_profile=swapped_profile()))
    pixels = np.asarray(open_srgb(path).image).astype(int)
    assert (pixels[60, 10] == 255).all()
    assert np.abs(pixels[60, 150] - (0, 0, 255)).max() <= 1


def test_a_grey_scan_with_the_scanners_rgb_profile(tmp_path: Path) -> None:
    grey = leaf().convert("L")
    path = tmp_path / "a.png"
    path.write_bytes(saved(grey, "PNG", icc_profile=srgb_profile()))
    result = open_srgb(path)
    assert result.image.tobytes() == grey.convert("RGB").tobytes()
    assert result.notes == ()


@pytest.mark.parametrize(
    "profile",
    [
        b"no profile at all",
        srgb_profile()[:300],
        b"\x00" * 200,
        ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes(),
    ],
    ids=["text", "cut", "zeros", "xyz"],
)
@pytest.mark.parametrize(("writer", "name"), [("PNG", "a.png"), ("TIFF", "a.tif"), ("JPEG", "a.jpg")])
def test_a_broken_profile_is_noted_and_ignored(
    tmp_path: Path, profile: bytes, writer: str, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(saved(leaf(), writer))
    plain = open_srgb(path).image.tobytes()
    path.write_bytes(saved(leaf(), writer, icc_profile=profile))
    result = open_srgb(path)
    assert result.image.tobytes() == plain
    assert len(result.notes) == 1
    assert "ICC profile" in result.notes[0]


def test_a_profile_of_another_colour_space(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(
        saved(Image.new("CMYK", (160, 160), (0, 255, 255, 0)), "JPEG", icc_profile=srgb_profile())
    )
    result = open_srgb(path)
    assert "for RGB but the picture is CMYK" in result.notes[0]
    assert np.abs(np.asarray(result.image).astype(int) - (255, 0, 0)).max() < 6


def test_lab(tmp_path: Path) -> None:
    to_lab = ImageCms.buildTransform(
        ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"
    )
    lab = ImageCms.applyTransform(Image.new("RGB", (160, 120), (180, 90, 40)), to_lab)
    assert lab is not None
    path = tmp_path / "a.tif"
    path.write_bytes(saved(lab, "TIFF"))
    assert np.abs(np.asarray(open_srgb(path).image).astype(int) - (180, 90, 40)).max() <= 3
