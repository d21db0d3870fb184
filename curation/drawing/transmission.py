"""Micrographs by transmitted light: sections, pollen, algae and diatoms in a bright field."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from curation.drawing.canvas import Canvas, Colour
from curation.drawing.electron import valve
from curation.drawing.geometry import arc, blob, rotate, scatter, xy
from curation.drawing.inks import mix, pick, vary
from curation.drawing.job import Job
from curation.drawing.lens import round_field, scale_bar
from curation.drawing.relief import voronoi
from curation.drawing.texture import enlarge, fractal, grid, to_image

_FIELDS: tuple[Colour, ...] = (
    (238, 240, 240),
    (228, 234, 242),
    (244, 238, 220),
    (226, 238, 226),
    (242, 228, 234),
)
_STAINS: tuple[Colour, ...] = (
    (196, 40, 92),
    (40, 130, 110),
    (56, 70, 170),
    (150, 60, 150),
    (188, 96, 40),
    (70, 120, 40),
)


def _section(job: Job, c: Canvas, field: Colour) -> None:
    """Stained tissue: cells whose size and stain change in bands."""
    rng = job.rng
    near, edge, value = voronoi(job.grain, c.size, rng.uniform(8, 24), rng.choice([0.6, 1.0, 1.0, 2.2]))
    first, second = (np.array(_STAINS[int(k)], np.float32) for k in rng.permutation(len(_STAINS))[:2])
    x, y = grid(c.size)
    if rng.uniform() < 0.5:
        band = np.hypot(x - rng.uniform(-0.3, 0.5), y - rng.uniform(-0.3, 0.5))
    else:
        angle = rng.uniform(0, 3.1)
        band = x * np.cos(angle) + y * np.sin(angle)
    share = (0.5 + 0.5 * np.sin(band * rng.uniform(4, 16) + rng.uniform(0, 6)))[..., None]
    stain = first * share + second * (1 - share)
    wall = np.exp(-((edge / rng.uniform(0.07, 0.16)) ** 2))
    tint = rng.uniform(0.08, 0.3) * (0.4 + value)
    depth = np.clip(wall * 0.88 + tint + 0.03 * fractal(job.grain, c.size, 20, 3), 0, 1)
    if rng.uniform() < 0.5:
        depth = np.maximum(depth, np.where((near < 0.16) & (value > 0.3), 0.85, 0))
    pixels = np.array(field, np.float32) * (1 - depth[..., None]) + stain * depth[..., None]
    if rng.uniform() < 0.5:  # the section ends inside the field
        limit = rng.uniform(0.3, 0.85) + 0.05 * enlarge(fractal(job.grain, c.size, 3, 2), c.size)
        outside = (x * np.cos(share[0, 0, 0] * 6) + y * np.sin(share[0, 0, 0] * 6) > limit)[..., None]
        pixels = np.where(outside, np.array(field, np.float32), pixels)
    c.replace(to_image(pixels).resize(c.image.size, Image.Resampling.BILINEAR))


def _grains(job: Job, c: Canvas, field: Colour) -> None:
    """Pollen: translucent discs with a double wall, furrows and granules."""
    rng = job.rng
    stain = vary(rng, pick(rng, (*_STAINS, (206, 160, 50), (200, 120, 130))), 12)
    count = int(rng.choice([1, 3, 8, 20]))
    radius = {1: 0.34, 3: 0.19, 8: 0.12}.get(count, 0.075) * rng.uniform(0.8, 1.1)
    squash, spiny = rng.uniform(0.6, 1), rng.uniform() < 0.35
    spots = (
        scatter(rng, count, c.width, c.height, radius * 1.8)
        if count > 1
        else np.array([[c.width / 2, c.height / 2]])
    )
    for x, y in spots:
        with c.at(x, y, rng.uniform(0, 3.14), rng.uniform(0.9, 1.1)):
            if spiny:
                for angle in np.linspace(0, 6.28, 26):
                    way = np.array([np.cos(angle), np.sin(angle) * squash]) * radius
                    c.stroke(
                        np.array([way, way * 1.08, way * 1.17]),
                        radius * 0.09,
                        0.001,
                        (*mix(stain, (40, 20, 20), 0.3), 200),
                    )
            for shrink, share, alpha in ((1.0, 0.35, 215), (0.93, -0.5, 190), (0.84, 0.0, 190)):
                tone = mix(stain, (40, 20, 10), share) if share > 0 else mix(stain, field, -share)
                c.ellipse(0, 0, radius * shrink, radius * squash * shrink, (*tone, alpha))
            for u, v in rng.normal(0, 0.36, (40, 2)):
                c.ellipse(
                    u * radius,
                    v * radius * squash,
                    radius * 0.04,
                    radius * 0.04,
                    (*mix(stain, (60, 20, 20), 0.45), 110),
                )
            if rng.uniform() < 0.6:
                c.ellipse(0, 0, radius * 0.75, radius * 0.07, (*mix(stain, field, 0.65), 190))


def _algae(job: Job, c: Canvas, field: Colour) -> None:
    """Filaments of cells with green bodies in them."""
    rng = job.rng
    wide = rng.uniform(0.03, 0.13)
    green = vary(rng, (70, 140, 46), 16)
    for _ in range(int(rng.integers(1, 8) if wide > 0.07 else rng.integers(5, 16))):
        strand = rotate(arc(2.6, rng.normal(0, 1.0), 60), rng.uniform(0, 6.28))
        strand = strand - strand[30] + rng.uniform((0.1, 0.1), (c.width - 0.1, c.height - 0.1))
        c.line(strand, wide, (*mix(green, (60, 70, 40), 0.5), 255))
        c.line(strand, wide * 0.86, (*mix(field, green, 0.25), 255))
        for k in range(0, 59, 2):
            step = strand[k + 1] - strand[k]
            across = np.array([-step[1], step[0]]) / np.hypot(*step) * wide * 0.42
            if k % 6 == 0:
                c.line(
                    np.array([strand[k] - across, strand[k] + across]), 0.004, mix(green, (50, 60, 30), 0.6)
                )
            else:
                middle = strand[k] + across * rng.uniform(-0.6, 0.6)
                c.ellipse(*xy(middle), wide * 0.32, wide * 0.2, (*green, 210), rng.uniform(0, 3))


def _diatoms(job: Job, c: Canvas, field: Colour) -> None:
    rng = job.rng
    count = int(rng.choice([1, 6, 16, 30]))
    length = {1: 0.45, 6: 0.2, 16: 0.12}.get(count, 0.085)
    for x, y in (
        scatter(rng, count, c.width, c.height, length) if count > 1 else [(c.width / 2, c.height / 2)]
    ):
        with c.at(x, y, rng.uniform(0, 3.14)):
            brown = vary(rng, (176, 132, 70), 14)
            valve(
                c,
                rng,
                length * rng.uniform(0.7, 1.1),
                rng.choice([0.12, 0.28, 0.5, 0.98]),
                (*mix(brown, field, 0.45), 210),
                (*brown, 230),
            )


def _dust(c: Canvas, rng: np.random.Generator) -> None:
    for x, y in rng.uniform((0, 0), (c.width, c.height), (int(rng.integers(3, 22)), 2)):
        size = rng.uniform(0.003, 0.014)
        c.poly(blob(rng, size, size, 0.4, 12) + (x, y), (70, 64, 60, int(rng.integers(30, 130))))


def micrograph(job: Job) -> Image.Image:
    rng = job.rng
    field = vary(rng, _FIELDS[int(rng.integers(len(_FIELDS)))], 7)
    c = job.landscape(1.0, 1.4, field) if rng.uniform() < 0.75 else job.portrait(1.0, 1.3, field)
    (_section, _section, _grains, _algae, _diatoms)[int(rng.integers(5))](job, c, field)
    _dust(c, rng)
    c.replace(c.image.filter(ImageFilter.BoxBlur(c.unit * rng.uniform(0.0005, 0.003))))
    if rng.uniform() < 0.6:
        scale_bar(c, rng, (20, 20, 20))
    image = job.photo(c, mottle=0.01, speckle=2, vignette=0.35, exposure=0.06, cast=0.02)
    return round_field(image, rng) if rng.uniform() < 0.28 else image
