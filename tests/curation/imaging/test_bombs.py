"""What a header may declare. The memory tests run in a process of their own, whose peak is its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from curation.imaging import Limits, PictureError, inspect, process
from curation.imaging.decode import _decode_jpeg
from curation.imaging.source import read_source
from tests.curation.imaging.pictures import leaf, png, saved, tiff

MEASURE = """
import resource, sys
from pathlib import Path
from curation.imaging import PictureError, process
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    process(Path(sys.argv[1]))
except PictureError as exc:
    print(exc.rule, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def refused(path: Path, data: bytes, limits: Limits | None = None) -> PictureError:
    path.write_bytes(data)
    for read in (inspect, process):
        with pytest.raises(PictureError) as caught:
            read(path, limits)
    return caught.value


def test_a_gigapixel_png_is_never_decoded(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(saved(Image.new("1", (30_000, 30_000)), "PNG"))
    assert path.stat().st_size < 200_000
    result = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)], capture_output=True, text=True, check=True, timeout=60
    )
    rule, grown_kib = result.stdout.split()
    assert rule == "bomb"
    assert int(grown_kib) < 20_000  # decoded it takes 900 MB


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("huge.png", png(50_000, 20_000)),
        ("huge.tif", tiff({256: 50_000, 257: 20_000, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 20_000})),
    ],
    ids=["png", "tiff"],
)
def test_a_declared_gigapixel_is_a_bomb(tmp_path: Path, name: str, data: bytes) -> None:
    error = refused(tmp_path / name, data)
    assert error.rule == "bomb"
    for part in (name, "50,000 x 20,000", "1,000,000,000", "300,000,000"):
        assert part in str(error)


def test_a_few_bytes_cannot_hold_megapixels(tmp_path: Path) -> None:
    error = refused(tmp_path / "blank.png", saved(Image.new("1", (12_000, 12_000)), "PNG"))
    assert error.rule == "bomb"
    assert "500 pixels per byte" in error.detail


def test_a_blank_but_ordinary_canvas_passes(tmp_path: Path) -> None:
    path = tmp_path / "blank.png"
    path.write_bytes(saved(Image.new("1", (2_000, 2_000)), "PNG"))
    assert inspect(path).width == 2_000


def test_a_sheet_above_pillows_own_limit_passes(tmp_path: Path) -> None:
    path = tmp_path / "sheet.tif"
    path.write_bytes(saved(Image.new("1", (13_500, 13_500), 1), "TIFF"))
    processed = process(path)
    assert processed.info.width == 13_500


@pytest.mark.parametrize("format", ["WEBP", "GIF"])
def test_sizes_that_the_decoder_itself_refuses(tmp_path: Path, format: str) -> None:
    data = bytearray(
        saved(leaf(), format, **({"lossless": True, "exif": b"Exif"} if format == "WEBP" else {}))
    )
    if format == "WEBP":  # the canvas of the VP8X chunk, less one, in 24 bits each
        data[24:30] = b"\xff\xff\x00\xff\xff\x00"
    else:  # the first frame's extent, which would enlarge the canvas
        at = data.index(b"\x2c\x00\x00\x00\x00\x2c\x01\xc8\x00")
        data[at + 5 : at + 9] = b"\xff\xff\xff\xff"
    error = refused(tmp_path / "a", bytes(data))
    assert error.rule == "bomb"


def test_giant_tiles_of_a_small_tiff(tmp_path: Path) -> None:
    tags = {256: 200, 257: 200, 258: 8, 259: 5, 262: 1, 277: 1, 322: 60_000, 323: 60_000, 324: 8, 325: 100}
    error = refused(tmp_path / "tiles.tif", tiff(tags, bytes(100)))
    assert error.rule == "bomb"
    assert "3,600,000,000" in error.detail


def test_each_limit(tmp_path: Path) -> None:
    sheet = saved(leaf(300, 200), "PNG")
    path = tmp_path / "a.png"
    assert refused(path, sheet, Limits(max_pixels=59_999)).rule == "bomb"
    assert refused(path, sheet, Limits(max_bytes=len(sheet) - 1)).rule == "too-large"
    assert refused(path, sheet, Limits(max_side=299)).rule == "too-large"
    assert refused(path, sheet, Limits(min_pixels=60_001)).rule == "too-small"
    exact = Limits(max_pixels=60_000, max_bytes=len(sheet), max_side=300, min_pixels=60_000)
    assert process(path, exact).info.bytes == len(sheet)


def test_animations_are_refused(tmp_path: Path) -> None:
    frames = [leaf(), Image.new("RGB", (300, 200), "red")]
    for writer, name in (("GIF", "a.gif"), ("PNG", "a.png"), ("WEBP", "a.webp")):
        error = refused(
            tmp_path / name, saved(frames[0], writer, save_all=True, append_images=frames[1:], duration=100)
        )
        assert error.rule == "animated"


def test_a_jpeg_of_endless_scans(tmp_path: Path) -> None:
    data = saved(leaf(), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    path = tmp_path / "scans.jpg"
    path.write_bytes(data[:-2] + data[last:-2] * 600 + data[-2:])
    with pytest.raises(PictureError, match="scans") as caught:
        process(path)
    assert caught.value.rule == "bomb"


def test_a_jpeg_with_two_frame_headers(tmp_path: Path) -> None:
    """Whichever header a decoder believes, the picture is refused before its pixels."""
    small, large = saved(leaf(), "JPEG"), saved(leaf(900, 700), "JPEG")
    frame = {data: data[(at := data.index(b"\xff\xc0")) : at + 19] for data in (small, large)}
    path = tmp_path / "twice.jpg"
    path.write_bytes(small)
    with pytest.raises(ValueError, match="both 900 x 700 and 300 x 200"):
        _decode_jpeg(read_source(path, Limits()), "RGB", (900, 700), None)
    for first, second in ((small, large), (large, small)):
        path.write_bytes(second.replace(frame[second], frame[first] + frame[second]))
        with pytest.raises(PictureError) as caught:
            process(path)
        assert caught.value.rule == "broken"
