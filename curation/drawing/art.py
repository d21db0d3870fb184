"""Botanical plates: painted in colour, or drawn and printed in grey."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from curation.drawing.canvas import Canvas
from curation.drawing.geometry import blob
from curation.drawing.inks import mix, painted, penned, vary
from curation.drawing.job import Job
from curation.drawing.leaves import Ink, draw_leaf, make_leaf
from curation.drawing.plants import flower, plant


def _detail(c: Canvas, job: Job, ink: Ink, x: float, y: float, size: float, kind: int) -> None:
    """A dissection figure: an enlarged flower, a leaf, or a fruit cut through."""
    rng, g = job.rng, job.genus
    line = ink.outline or ink.stem
    if kind == 0 and g.flower in ("daisy", "star", "bell", "cluster", "umbel", "head"):
        flower(c, g, ink, rng, x, y, size)
    elif kind == 1:
        leaf = make_leaf(g.leaf if g.leaf != "linear" else "lanceolate", max(0.2, g.ratio), rng)
        draw_leaf(c, leaf, ink, rng, x, y + size, -1.57 + rng.normal(0, 0.3), size * 2)
    else:
        for shrink, colour in ((1.0, ink.flower), (0.72, mix(ink.flower, ink.leaf, 0.4)), (0.4, ink.centre)):
            shape = blob(rng, size * 0.7 * shrink, size * shrink, 0.08)
            c.poly(shape + (x, y), colour)
            c.line(np.concatenate([shape, shape[:1]]) + (x, y), 0.0022, line)
        c.line(np.array([[x, y - size * 1.3], [x, y - size]]), 0.006, line)


def _plate(job: Job, colour: bool) -> Image.Image:
    rng, g = job.rng, job.genus
    sheet = vary(
        rng,
        (250, 246, 234)
        if colour or rng.uniform() < 0.4
        else ((252, 252, 250), (236, 222, 188))[int(rng.integers(2))],
        6,
    )
    c = job.portrait(1.2, 1.65, sheet)
    ink = painted(g, rng) if colour else penned(g, rng, sheet)
    margin = rng.uniform(0.03, 0.09)
    line = ink.outline or (40, 40, 40)
    if rng.uniform() < 0.45:
        c.frame(margin, margin, 1 - 2 * margin, c.height - 2 * margin - 0.05, 0.004, line)
    flip = bool(rng.uniform() < 0.5)
    count = 1 if rng.uniform() < 0.7 else 2
    tall = c.height * rng.uniform(0.66, 0.8) if count == 1 else c.height * rng.uniform(0.5, 0.62)
    for k in range(count):
        x = 0.5 + rng.normal(0, 0.08) if count == 1 else (0.3, 0.7)[k]
        left, wide = (margin, 1 - 2 * margin) if count == 1 else ((margin, 0.52)[k], 0.48 - margin)
        foot = c.height * rng.uniform(0.78, 0.84)
        with (
            c.fitted(left + 0.02, margin + 0.03, wide - 0.04, foot),
            c.at(x, foot, rng.normal(0, 0.16), flip=flip),
        ):
            plant(c, g, ink, rng, tall)
    details = int(rng.integers(2, 6))
    low = rng.uniform() < 0.6
    for k in range(details):
        spot = (k + 0.7) / (details + 0.4)
        x, y = (
            (spot, c.height * rng.uniform(0.84, 0.87))
            if low
            else (rng.choice([0.13, 0.87]), c.height * (0.12 + 0.7 * spot))
        )
        size = rng.uniform(0.035, 0.06)
        _detail(c, job, ink, x, y, size, int(rng.integers(3)))
        c.text(x + size, y + size * 0.6, str(k + 1), 0.026, line)
    c.text(0.5, c.height - margin - 0.045, f"{job.scientific_name}.", 0.036, line, middle=True)
    if rng.uniform() < 0.6:
        c.text(0.93 - margin, margin + 0.01, f"Pl. {int(rng.integers(1, 200))}", 0.026, line, middle=True)
    image = c.finish()
    if colour:
        washed = image.filter(ImageFilter.BoxBlur(job.short_side / 500))
        return job.photo(
            Image.blend(image, washed, 0.4), mottle=0.01, speckle=2, exposure=0.05, cast=0.012, tilt=0.01
        )
    grey = image if rng.uniform() < 0.5 else image.convert("L").convert("RGB")
    return job.photo(
        grey, mottle=0.006, speckle=2, exposure=0.03, cast=0.002, tilt=0.006
    )  # a scan: even light


def colour_plate(job: Job) -> Image.Image:
    return _plate(job, True)


def grey_plate(job: Job) -> Image.Image:
    return _plate(job, False)
