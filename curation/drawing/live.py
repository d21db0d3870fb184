"""Living plants out of doors: meadow, wood floor, sky; sometimes a print mounted on a sheet."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from curation.drawing import paper
from curation.drawing.canvas import Canvas, Colour
from curation.drawing.geometry import arc, rotate, xy
from curation.drawing.inks import alive, mix, vary
from curation.drawing.job import Job
from curation.drawing.leaves import draw_leaf, make_leaf
from curation.drawing.plants import flower, plant
from curation.drawing.sheets import lay
from curation.drawing.texture import enlarge, to_image

_GROUNDS: tuple[Colour, ...] = ((62, 104, 36), (96, 132, 52), (40, 66, 34), (122, 104, 70), (150, 152, 90))
_SKIES: tuple[Colour, ...] = ((150, 190, 228), (208, 218, 222), (104, 150, 96), (60, 92, 52), (186, 204, 170))


def _backdrop(job: Job, c: Canvas) -> None:
    """Sky or wood above, ground below, discs of light out of focus."""
    rng = job.rng
    sky, ground = (vary(rng, s[int(rng.integers(len(s)))], 12) for s in (_SKIES, _GROUNDS))
    horizon = rng.uniform(-0.2, 0.75)
    y = np.linspace(0, 1, 64, dtype=np.float32)[:, None]
    share = 1 / (1 + np.exp(-(y - horizon) * rng.uniform(6, 40)))
    column = np.stack(
        [
            enlarge((s * (1 - share) + g * share).astype(np.float32), (2, 64))
            for s, g in zip(sky, ground, strict=True)
        ],
        -1,
    )
    c.replace(to_image(column).resize(c.image.size, Image.Resampling.BILINEAR))
    for _ in range(26):
        x, v = rng.uniform(0, c.width), rng.uniform(0, c.height)
        tint = mix(
            sky if v < horizon * c.height else ground,
            [(255, 255, 210), (20, 40, 10), (200, 220, 90)][int(rng.integers(3))],
            0.4,
        )
        radius = rng.uniform(0.02, 0.14)
        c.ellipse(x, v, radius, radius, (*tint, 90))
    for x in rng.uniform(0, c.width, 40):
        blade = rotate(arc(rng.uniform(0.2, 0.7), rng.normal(0, 0.6)), -1.57 + rng.normal(0, 0.3)) + (
            x,
            c.height + 0.05,
        )
        c.stroke(blade, 0.022, 0.002, vary(rng, mix(ground, (120, 160, 60), 0.4), 16))
    small = c.image.resize((max(8, c.image.width // 6), max(8, c.image.height // 6)), Image.Resampling.BOX)
    blurred = small.filter(ImageFilter.GaussianBlur(small.width * rng.uniform(0.01, 0.035)))
    c.replace(blurred.resize(c.image.size, Image.Resampling.BICUBIC))


def _close(job: Job, c: Canvas) -> None:
    """A single flower or leaf near the lens."""
    rng, g = job.rng, job.genus
    ink = alive(g, rng)
    x, y = rng.uniform(0.3, 0.7) * c.width, rng.uniform(0.3, 0.6) * c.height
    stem = rotate(arc(c.height, rng.normal(0, 0.4), 12), 1.57 + rng.normal(0, 0.2)) + (x, y)
    c.stroke(stem, 0.018, 0.03, ink.stem)
    leaf = make_leaf(g.leaf if g.leaf != "linear" else "lanceolate", max(g.ratio, 0.2), rng)
    for _k in range(int(rng.integers(3, 8))):
        place = stem[int(rng.integers(2, 11))]
        draw_leaf(
            c,
            leaf,
            ink,
            rng,
            *xy(place),
            rng.choice([-0.5, 3.6]) + rng.normal(0, 0.5),
            rng.uniform(0.25, 0.5),
        )
    if g.flower in ("daisy", "star", "head", "bell", "cluster", "umbel"):
        flower(c, g, ink, rng, x, y, rng.uniform(0.14, 0.28))
    else:
        with c.at(x, y + 0.4):
            plant(c, g, ink, rng, 0.8)


def _stand(job: Job, c: Canvas) -> None:
    """Several plants growing together, the nearest in front."""
    rng, g = job.rng, job.genus
    count = int(rng.integers(1, 5))
    for k in range(count):
        ink = alive(g, rng).shaded(0.7 + 0.3 * (k + 1) / count)
        x = c.width * (0.5 + rng.normal(0, 0.05) if count == 1 else rng.uniform(0.1, 0.9))
        tall = c.height * rng.uniform(0.6, 0.95) * (0.65 + 0.35 * (k + 1) / count)
        with c.at(x, c.height * rng.uniform(0.95, 1.08), rng.normal(0, 0.12)):
            plant(c, g, ink, rng, tall)
    for x in rng.uniform(0, c.width, 50):
        blade = rotate(arc(rng.uniform(0.05, 0.22), rng.normal(0, 0.8)), -1.57 + rng.normal(0, 0.35)) + (
            x,
            c.height + 0.02,
        )
        c.stroke(blade, 0.012, 0.001, vary(rng, (84, 130, 44), 22))


def _scene(job: Job, c: Canvas) -> Image.Image:
    _backdrop(job, c)
    (_close if job.rng.uniform() < 0.45 else _stand)(job, c)
    return job.photo(c, mottle=0.035, speckle=3, vignette=0.4, exposure=0.12, cast=0.03)


def living(job: Job) -> Image.Image:
    rng = job.rng
    upright = rng.uniform() < 0.45
    ratio = (1.2, 1.55)
    c = job.portrait(*ratio, (80, 120, 60)) if upright else job.landscape(*ratio, (80, 120, 60))
    scene = _scene(job, c)
    if rng.uniform() > 0.14:
        return scene
    sheet = lay(job)
    x, y = sheet.place(0.5, rng.uniform(0.35, 0.48))
    wide = sheet.width * (0.66 if upright else 0.86)
    with sheet.canvas.at(x, y, rng.normal(0, 0.02)):
        sheet.canvas.paste(scene, 0, 0, wide)
    paper.label(
        sheet.canvas, rng, sheet.x + 0.3, sheet.y + sheet.height * 0.83, 0.36, job.scientific_name, job.number
    )
    return job.photo(sheet.canvas)
