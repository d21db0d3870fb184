"""Every way of storing pixels becomes 8-bit sRGB."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from curation.imaging import PictureError, inspect, open_srgb
from tests.curation.imaging.pictures import leaf, png, saved


def decoded(path: Path, data: bytes) -> np.ndarray:
    path.write_bytes(data)
    result = open_srgb(path)
    assert result.image.mode == "RGB"
    assert result.image.info == {}
    return np.asarray(result.image).astype(int)


def test_grey_and_black_and_white(tmp_path: Path) -> None:
    grey = leaf().convert("L")
    expected = np.asarray(grey.convert("RGB"))
    assert (decoded(tmp_path / "a.png", saved(grey, "PNG")) == expected).all()
    bits = leaf().convert("1")
    assert (decoded(tmp_path / "a.png", saved(bits, "PNG")) == np.asarray(bits.convert("RGB"))).all()
    assert (
        decoded(tmp_path / "a.tif", saved(bits, "TIFF", compression="group4"))
        == np.asarray(bits.convert("RGB"))
    ).all()
    assert np.abs(decoded(tmp_path / "a.jpg", saved(grey, "JPEG", quality=95)) - expected).mean() < 3


@pytest.mark.parametrize(("writer", "name"), [("PNG", "a.png"), ("TIFF", "a.tif")])
def test_sixteen_bit_grey_is_scaled_not_clipped(tmp_path: Path, writer: str, name: str) -> None:
    ramp = np.linspace(0, 65_535, 300 * 200).astype(np.uint16).reshape(200, 300)
    pixels = decoded(tmp_path / name, saved(Image.fromarray(ramp), writer))
    assert np.abs(pixels[..., 0] - ramp / 257).max() <= 1
    assert pixels.min() == 0
    assert pixels.max() == 255
    assert inspect(tmp_path / name).bits == 16


def test_sixteen_bit_grey_from_white_to_black(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65_535, 300 * 200).astype(np.uint16).reshape(200, 300)
    data = saved(Image.fromarray(ramp), "TIFF", tiffinfo={262: 0})
    assert np.abs(decoded(tmp_path / "a.tif", data)[..., 0] - (255 - ramp / 257)).max() <= 1


def test_sixteen_bit_colour(tmp_path: Path) -> None:
    wide = np.random.default_rng(3).integers(0, 65_536, (120, 100, 3)).astype(">u2")
    rows = b"".join(b"\x00" + row.tobytes() for row in wide)
    pixels = decoded(tmp_path / "a.png", png(100, 120, depth=16, rows=rows))
    assert np.abs(pixels - wide.astype(int) / 257).max() <= 1
    assert inspect(tmp_path / "a.png").bits == 16


def test_numbers_without_a_white_point_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "heights.tif"
    path.write_bytes(saved(Image.fromarray(np.ones((120, 120), np.float32)), "TIFF"))
    with pytest.raises(PictureError, match="32-bit") as caught:
        open_srgb(path)
    assert caught.value.rule == "unsupported"


def test_cmyk_as_adobe_writes_it(tmp_path: Path) -> None:
    ink = Image.new("CMYK", (160, 160), (0, 255, 255, 0))  # magenta and yellow: red
    data = saved(ink, "JPEG", quality=95)
    assert b"Adobe" in data[:200]
    pixels = decoded(tmp_path / "a.jpg", data)
    assert np.abs(pixels - (255, 0, 0)).max() < 6
    assert open_srgb(tmp_path / "a.jpg").notes == ("CMYK without an ICC profile: converted without one",)
    assert (decoded(tmp_path / "a.tif", saved(ink, "TIFF")) == (255, 0, 0)).all()


def test_transparency_is_laid_on_white(tmp_path: Path) -> None:
    image = Image.new("RGBA", (120, 120), (200, 0, 0, 255))
    image.paste((0, 0, 200, 0), (0, 0, 60, 120))
    image.paste((0, 0, 0, 128), (0, 0, 120, 10))
    pixels = decoded(tmp_path / "a.png", saved(image, "PNG"))
    assert (pixels[60, 10] == 255).all()
    assert tuple(pixels[60, 100]) == (200, 0, 0)
    assert np.abs(pixels[5] - 127).max() <= 1
    assert inspect(tmp_path / "a.png").has_alpha
    grey = decoded(tmp_path / "b.png", saved(image.convert("LA"), "PNG"))
    assert (grey[60, 10] == 255).all()
    assert grey[60, 100, 0] < 100


def test_palette_and_colour_keys(tmp_path: Path) -> None:
    palette = Image.new("P", (120, 120), 0)
    palette.putpalette([10, 20, 30, 250, 0, 0])
    palette.paste(1, (0, 0, 60, 120))
    assert tuple(decoded(tmp_path / "a.png", saved(palette, "PNG"))[5, 5]) == (250, 0, 0)
    for writer, name in (("PNG", "b.png"), ("GIF", "b.gif")):
        pixels = decoded(tmp_path / name, saved(palette, writer, transparency=1))
        assert tuple(pixels[5, 5]) == (255, 255, 255)
        assert tuple(pixels[5, 100]) == (10, 20, 30)
    partial = decoded(tmp_path / "c.png", saved(palette, "PNG", transparency=b"\xff\x80"))
    assert np.abs(partial[5, 5] - (252, 127, 127)).max() <= 1
    keyed = Image.new("RGB", (120, 120), (9, 9, 9))
    keyed.paste((50, 60, 70), (0, 0, 60, 120))
    assert (decoded(tmp_path / "d.png", saved(keyed, "PNG", transparency=(50, 60, 70)))[5, 5] == 255).all()


def test_an_alpha_channel_of_zeros_hides_nothing(tmp_path: Path) -> None:
    image = leaf().convert("RGBA")
    image.putalpha(0)
    path = tmp_path / "scan.tif"
    path.write_bytes(saved(image, "TIFF"))
    result = open_srgb(path)
    assert result.image.tobytes() == leaf().tobytes()
    assert "alpha" in result.notes[0]


def test_first_page_of_a_tiff(tmp_path: Path) -> None:
    path = tmp_path / "scan.tif"
    path.write_bytes(saved(leaf(), "TIFF", save_all=True, append_images=[Image.new("RGB", (120, 100))]))
    result = open_srgb(path)
    assert result.image.tobytes() == leaf().tobytes()
    assert result.notes == ("several pages: the first is used",)


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "CMYK", "P", "1"])
def test_a_smaller_decoding_keeps_the_short_side(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(saved(leaf(1_800, 1_200).convert(mode), "TIFF"))
    whole = open_srgb(path).image
    small = open_srgb(path, min_short_side=100).image
    assert whole.size == (1_800, 1_200)
    assert min(small.size) >= 100
    if mode != "P":
        assert small.size == (300, 200)
    near = np.asarray(whole.resize(small.size, Image.Resampling.BOX)).astype(int) - np.asarray(small)
    assert np.abs(near).mean() < 2
