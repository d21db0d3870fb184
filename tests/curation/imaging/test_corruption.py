"""Corruptions: what is planned, and what it does to pixels."""

from __future__ import annotations

import hashlib
import io
import json
import math
import subprocess
import sys
from collections import Counter
from pathlib import Path
from statistics import NormalDist, mean, stdev
from typing import Any

import numpy as np
import pytest
from PIL import Image

from curation.drawing.registry import render
from curation.imaging.corruption import KINDS, Band, Corruption, apply, corrupt, damaged, plan, visible
from curation.imaging.corruption.plan import (
    BLOCK_HEIGHT,
    FILLS,
    HEIGHT_ABOVE,
    HEIGHT_UP_TO,
    VEIL_HEIGHT,
)

ROOT = Path(__file__).parents[3]
MANY = 5_000
NO_PICTURE = "0" * 64


def sha(number: int) -> str:
    return hashlib.sha256(f"picture {number}".encode()).hexdigest()


@pytest.fixture(scope="module")
def sheet() -> Image.Image:
    return render("ordinary-pressed-specimens", 3, 384)


@pytest.fixture(scope="module")
def plans() -> dict[str, list[Corruption]]:
    return {kind: [plan(7, sha(n), kind) for n in range(MANY)] for kind in KINDS}


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def gap(one: Image.Image, other: Image.Image) -> np.ndarray:
    return np.abs(np.asarray(one, int) - np.asarray(other, int)).max(axis=2)


def truncated(of: NormalDist) -> tuple[float, float]:
    """Mean and deviation of a normal distribution between the heights allowed (Johnson et al. 1994, 10.1)."""
    standard = NormalDist()
    low, high = ((edge - of.mean) / of.stdev for edge in (HEIGHT_ABOVE, HEIGHT_UP_TO))
    share = standard.cdf(high) - standard.cdf(low)
    first = (standard.pdf(low) - standard.pdf(high)) / share
    second = (low * standard.pdf(low) - high * standard.pdf(high)) / share
    return of.mean + of.stdev * first, of.stdev * math.sqrt(1 + second - first**2)


def test_kinds_are_equally_likely() -> None:
    counts = Counter(plan(7, sha(n)).kind for n in range(MANY))
    assert set(counts) == set(KINDS)
    expected = MANY / len(KINDS)
    assert sum((count - expected) ** 2 / expected for count in counts.values()) < 20.5  # p = 0.001, 5 d.f.


@pytest.mark.parametrize(
    ("kind", "name", "low", "high"),
    [
        ("overexposed", "saturation", 2, 5),
        ("overexposed", "brightness", 2, 8),
        ("blurred", "radius", 16, 48),
        ("veiled", "alpha", 0.08, 0.32),
    ],
)
def test_factors_fill_their_range(
    plans: dict[str, list[Corruption]], kind: str, name: str, low: float, high: float
) -> None:
    values = [getattr(one, name) for one in plans[kind]]
    width = high - low
    assert low <= min(values) < low + 0.01 * width
    assert high - 0.01 * width < max(values) <= high
    assert abs(mean(values) - (low + high) / 2) < 4 * width / math.sqrt(12 * MANY)


def test_two_to_sixteen_compressions_of_quality_8_to_64(plans: dict[str, list[Corruption]]) -> None:
    passes = Counter(len(one.qualities) for one in plans["recompressed"])
    assert set(passes) == set(range(2, 17))
    assert max(passes.values()) < 1.4 * min(passes.values())
    qualities = Counter(quality for one in plans["recompressed"] for quality in one.qualities)
    assert set(qualities) == set(range(8, 65))
    assert max(qualities.values()) < 1.4 * min(qualities.values())


@pytest.mark.parametrize(("kind", "drawn"), [("block", BLOCK_HEIGHT), ("veiled", VEIL_HEIGHT)])
def test_heights_are_normal(plans: dict[str, list[Corruption]], kind: str, drawn: NormalDist) -> None:
    heights = [one.bands[0].height for one in plans[kind]]
    assert all(len(one.bands) == 1 for one in plans[kind])
    assert min(heights) > HEIGHT_ABOVE and max(heights) <= HEIGHT_UP_TO
    centre, spread = truncated(drawn)
    assert abs(mean(heights) - centre) < 4 * spread / math.sqrt(MANY)
    assert abs(stdev(heights) / spread - 1) < 0.05


def test_the_published_figures() -> None:
    assert (BLOCK_HEIGHT.mean, BLOCK_HEIGHT.stdev) == (0.148, 0.199)
    assert (VEIL_HEIGHT.mean, VEIL_HEIGHT.stdev) == (0.409, 0.035)
    assert truncated(VEIL_HEIGHT) == pytest.approx((0.409, 0.035), abs=1e-6)


def test_two_blocks_lie_apart_and_inside(plans: dict[str, list[Corruption]]) -> None:
    centre, spread = truncated(BLOCK_HEIGHT)
    heights = []
    for one in plans["two-blocks"]:
        upper, lower = one.bands
        assert upper.top >= 0 and upper.top + upper.height <= lower.top + 1e-9
        assert lower.top + lower.height <= 1 + 1e-9
        heights += [upper.height, lower.height]
    # Pairs that would fill the picture are drawn again, which takes a little from the tall ones.
    assert abs(mean(heights) - centre) < 0.02
    assert abs(stdev(heights) - spread) < 0.02


def test_bands_reach_the_bottom_half_of_the_time_and_fills_are_the_usual(
    plans: dict[str, list[Corruption]],
) -> None:
    for kind in ("block", "veiled", "two-blocks"):
        last = [one.bands[-1] for one in plans[kind]]
        at_bottom = mean(band.top + band.height > 1 - 1e-9 for band in last)
        assert 0.47 < at_bottom < 0.53
        fills = Counter(band.colour for one in plans[kind] for band in one.bands)
        assert set(fills) == set(FILLS)
        assert {colour for colour, _ in fills.most_common(2)} == {(0, 0, 0), (128, 128, 128)}


def test_plans_are_for_json_and_say_only_what_is_used() -> None:
    for kind in KINDS:
        written = plan(1, sha(1), kind).as_dict()
        assert json.loads(json.dumps(written)) == written
        assert written["kind"] == kind and written["seed"] == 1
    assert set(plan(1, sha(1), "blurred").as_dict()) == {"kind", "seed", "attempt", "radius"}


def test_another_seed_picture_or_attempt_is_another_plan() -> None:
    first = plan(1, sha(1), "blurred")
    assert first == plan(1, sha(1), "blurred")
    others = (plan(2, sha(1), "blurred"), plan(1, sha(2), "blurred"), plan(1, sha(1), "blurred", 1))
    assert len({first.radius, *(other.radius for other in others)}) == 4


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="64 lower-case hexadecimal digits, not 'abc'"):
        plan(1, "abc")
    with pytest.raises(ValueError, match="'torn'.*overexposed"):
        plan(1, sha(1), "torn")
    with pytest.raises(ValueError, match="not CMYK"):
        damaged(Image.new("CMYK", (9, 9)), plan(1, sha(1), "block"))


def test_another_process_makes_the_same_bytes(sheet: Image.Image) -> None:
    program = (
        "import hashlib\nfrom curation.drawing.registry import render\n"
        "from curation.imaging.corruption import KINDS, corrupt\n"
        "sheet = render('ordinary-pressed-specimens', 3, 384)\n"
        f"for kind in KINDS: print(hashlib.sha256(corrupt(sheet, 5, {sha(5)!r}, kind)[1]).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    here = [hashlib.sha256(corrupt(sheet, 5, sha(5), kind)[1]).hexdigest() for kind in KINDS]
    assert done.stdout.split() == here
    assert len(set(here)) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_jpeg_is_of_the_same_size_at_quality_94_with_full_colour(sheet: Image.Image, kind: str) -> None:
    corruption, data = corrupt(sheet, 1, sha(1), kind)
    assert corruption.kind == kind
    assert data == apply(sheet, corruption)
    made: Any = opened(data)
    assert (made.format, made.mode, made.size) == ("JPEG", "RGB", sheet.size)
    assert {(h, v) for _, h, v, _ in made.layer} == {(1, 1)}
    plain = io.BytesIO()
    sheet.save(plain, "JPEG", quality=94)
    assert made.quantization == opened(plain.getvalue()).quantization  # type: ignore[attr-defined]
    assert visible(sheet, made)


def test_overexposed_is_brighter_and_burnt_out(sheet: Image.Image) -> None:
    after = damaged(sheet, Corruption("overexposed", 0, saturation=2.0, brightness=2.0))
    assert np.asarray(after).mean() > np.asarray(sheet).mean() + 40
    assert (np.asarray(after).min(axis=2) == 255).mean() > 0.3
    # Saturation first: a reddish pixel loses its blue before it is brightened.
    dot = Image.new("RGB", (4, 4), (100, 60, 60))
    grey = round(0.299 * 100 + 0.587 * 60 + 0.114 * 60)
    after = damaged(dot, Corruption("overexposed", 0, saturation=3.0, brightness=2.0))
    red, green, _ = after.getpixel((0, 0))  # type: ignore[misc]
    assert abs(red - min(255, 2 * (grey + 3 * (100 - grey)))) <= 2
    assert abs(green - 2 * (grey + 3 * (60 - grey))) <= 2


def test_the_blur_is_measured_at_a_short_side_of_1024() -> None:
    def width_of_the_edge(short: int) -> float:
        step = np.zeros((short, short * 2, 3), np.uint8)
        step[:, short:] = 255
        blurred = damaged(Image.fromarray(step), Corruption("blurred", 0, radius=32))
        line = np.asarray(blurred)[short // 2, :, 0].astype(int)
        return int(((line > 0.159 * 255) & (line < 0.841 * 255)).sum()) / 2 / short

    # From 15.9 to 84.1 % is one deviation to each side of a Gaussian edge.
    assert width_of_the_edge(1024) == pytest.approx(32 / 1024, rel=0.1)
    assert width_of_the_edge(512) == pytest.approx(32 / 1024, rel=0.1)


@pytest.mark.parametrize("alpha", [None, 0.25])
def test_bands_cover_their_rows_and_nothing_else(sheet: Image.Image, alpha: float | None) -> None:
    band = Band(0.25, 0.5, (0, 135, 0))
    after = damaged(sheet, Corruption("block" if alpha is None else "veiled", 0, bands=(band,), alpha=alpha))
    before, pixels = np.asarray(sheet, float), np.asarray(after, float)
    top, bottom = round(0.25 * sheet.height), round(0.75 * sheet.height)
    assert (pixels[:top] == before[:top]).all() and (pixels[bottom:] == before[bottom:]).all()
    share = 1 if alpha is None else alpha
    expected = before[top:bottom] * (1 - share) + np.array(band.colour) * share
    assert np.abs(pixels[top:bottom] - expected).max() <= 1


def test_a_band_at_the_bottom_leaves_no_row(plans: dict[str, list[Corruption]]) -> None:
    low = [one for one in plans["block"] if one.bands[0].top + one.bands[0].height > 1 - 1e-9][:200]
    for one in low:
        for height in (101, 103, 127, 128):
            after = damaged(Image.new("RGB", (4, height), (200, 10, 10)), one)
            assert after.getpixel((0, height - 1)) == one.bands[0].colour


def test_recompressing_loses_what_is_lost_each_time(sheet: Image.Image) -> None:
    once = damaged(sheet, Corruption("recompressed", 0, qualities=(64,)))
    low = damaged(sheet, Corruption("recompressed", 0, qualities=(64, 8)))
    assert 0 < gap(sheet, once).mean() < gap(sheet, low).mean()
    cells = np.asarray(low.convert("L"), int)
    across = np.abs(np.diff(cells, axis=1)).mean(axis=0)
    # The borders of the 8 x 8 blocks show.
    assert across[7::8].mean() > 1.5 * across[3::8].mean()


def test_what_cannot_be_seen_is_drawn_again() -> None:
    white = Image.new("RGB", (200, 300), "white")
    assert not visible(white, damaged(white, Corruption("blurred", 0, radius=30)))
    assert not visible(white, damaged(white, Corruption("block", 0, bands=(Band(0, 0.5, (255, 255, 255)),))))
    for n in range(12):
        # Nothing of these changes white paper: another kind is taken.
        for kind in ("overexposed", "blurred", "recompressed"):
            corruption, data = corrupt(white, n, NO_PICTURE, kind)
            assert corruption.kind in ("block", "two-blocks", "veiled")
            assert visible(white, opened(data))
        corruption, data = corrupt(white, n, NO_PICTURE, "block")
        assert corruption.kind == "block" and corruption.bands[0].colour != (255, 255, 255)


def test_noise_of_one_good_compression_is_not_visible(sheet: Image.Image) -> None:
    assert not visible(sheet, opened(apply(sheet, Corruption("recompressed", 0))))
    with pytest.raises(ValueError, match="must be the same"):
        visible(sheet, sheet.resize((10, 10)))
