"""Cut and damaged files are refused, also where the decoder works at a reduced scale."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from curation.imaging import PictureError, open_srgb, process
from tests.curation.imaging.pictures import leaf, saved

KINDS: list[tuple[str, dict[str, Any]]] = [
    ("JPEG", {}),
    ("JPEG", {"progressive": True}),
    ("PNG", {}),
    ("TIFF", {}),
    ("TIFF", {"compression": "tiff_lzw"}),
    ("TIFF", {"compression": "tiff_adobe_deflate"}),
    ("TIFF", {"compression": "jpeg"}),
    ("WEBP", {}),
    ("WEBP", {"lossless": True}),
    ("GIF", {}),
    ("BMP", {}),
    ("JPEG2000", {}),
]
CUTS = (1, 2, 4, 12, 20, 200, 0.1, 0.5, 0.9, 0.99)


@pytest.mark.parametrize(("writer", "options"), KINDS, ids=str)
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_a_cut_file_is_broken(tmp_path: Path, writer: str, options: dict[str, Any]) -> None:
    data = saved(leaf(900, 700), writer, **options)
    path = tmp_path / "sheet"
    path.write_bytes(data)
    open_srgb(path, min_short_side=80)
    for cut in CUTS:
        path.write_bytes(data[: -(cut if isinstance(cut, int) else int(len(data) * cut))])
        for least in (None, 80):
            with pytest.raises(PictureError) as caught:
                open_srgb(path, min_short_side=least)
            assert caught.value.rule == "broken", cut


def holed(data: bytes, at: int) -> dict[str, bytes]:
    """The ways a transfer spoils the middle of a file; all keep the end, so it looks complete."""
    return {
        "zeros": data[:at] + bytes(2_000) + data[at + 2_000 :],
        "missing": data[:at] + data[at + 2_000 :],
        "closed": data[:at] + b"\xff\xd9",
    }


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("damage", ["zeros", "missing", "closed"])
@pytest.mark.parametrize("least", [None, 80])
def test_a_hole_inside_a_jpeg(tmp_path: Path, mode: str, damage: str, least: int | None) -> None:
    data = saved(leaf(900, 700).convert(mode), "JPEG", quality=90)
    path = tmp_path / "sheet.jpg"
    path.write_bytes(holed(data, len(data) // 2)[damage])
    with Image.open(path) as image:
        image.load()  # Pillow alone sees nothing
    with pytest.raises(PictureError, match="sheet.jpg: broken: .*premature end"):
        open_srgb(path, min_short_side=least)


def test_padding_before_the_end_marker_is_only_noted(tmp_path: Path) -> None:
    data = saved(leaf(), "JPEG", quality=90)
    path = tmp_path / "camera.jpg"
    path.write_bytes(data)
    whole = open_srgb(path)
    path.write_bytes(data[:-2] + bytes(7) + data[-2:])
    padded = open_srgb(path)
    assert whole.notes == ()
    assert len(padded.notes) == 1
    assert "extraneous bytes" in padded.notes[0]
    assert padded.image.tobytes() == whole.image.tobytes()


@pytest.mark.parametrize("offset", [8, 2**62, 2**64 - 1])
def test_a_big_tiff_whose_directory_is_nowhere(tmp_path: Path, offset: int) -> None:
    path = tmp_path / "sheet.tif"
    path.write_bytes(b"II+\x00\x08\x00\x00\x00" + offset.to_bytes(8, "little"))
    with pytest.raises(PictureError) as caught:
        process(path)
    assert caught.value.rule == "broken"


def test_one_flipped_bit_in_a_png(tmp_path: Path) -> None:
    # Stored without compression, the bit is a pixel's; only a checksum knows.
    data = bytearray(saved(leaf(), "PNG", compress_level=0))
    data[len(data) // 2] ^= 1
    path = tmp_path / "sheet.png"
    path.write_bytes(data)
    with pytest.raises(PictureError) as caught:
        process(path)
    assert caught.value.rule == "broken"
