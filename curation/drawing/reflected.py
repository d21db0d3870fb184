"""Micrographs by reflected light: seeds, a hairy leaf, a lichen's crust, close up and in colour."""

from __future__ import annotations

import numpy as np
from PIL import Image

from curation.drawing.canvas import Canvas, Colour
from curation.drawing.geometry import arc, rotate, scatter, xy
from curation.drawing.inks import mix, pick, vary
from curation.drawing.job import Job
from curation.drawing.lens import scale_bar, shallow
from curation.drawing.relief import PATTERNS, ball, voronoi
from curation.drawing.texture import fractal, relight, to_image

_STAGES: tuple[Colour, ...] = (
    (12, 12, 14),
    (30, 34, 46),
    (110, 112, 114),
    (26, 44, 92),
    (190, 190, 186),
    (60, 50, 40),
)
_SEEDS: tuple[Colour, ...] = (
    (112, 62, 28), (168, 112, 52), (60, 34, 22), (196, 164, 100), (134, 134, 60), (150, 46, 34), (92, 80, 66),
)  # fmt: skip
_CRUSTS: tuple[Colour, ...] = (
    (150, 160, 130),
    (196, 150, 50),
    (110, 120, 112),
    (170, 180, 120),
    (120, 96, 70),
)


def _seeds(job: Job, c: Canvas) -> None:
    rng = job.rng
    colour = pick(rng, _SEEDS)
    count = int(rng.choice([1, 1, 3, 7, 16]))
    radius = {1: 0.36, 3: 0.22, 7: 0.15}.get(count, 0.11) * rng.uniform(0.85, 1.1)
    pattern, squash = PATTERNS[int(rng.integers(len(PATTERNS)))], rng.uniform(0.45, 1)
    spots = scatter(rng, count, c.width - radius, c.height - radius, radius * 1.5) + radius / 2
    if count == 1:
        spots = np.array([[c.width / 2, c.height / 2]]) + rng.normal(0, 0.06, (1, 2))
    turn = rng.uniform(0, 6.28)
    for x, y in spots:
        tone = vary(rng, colour, 9)
        patch = ball(rng, round(radius * 2 * c.unit), tone, squash=squash, pattern=pattern, depth=0.14,
                     gloss=rng.uniform(0.4, 0.95), blotch=0.14)  # fmt: skip
        with c.at(x, y, turn + rng.normal(0, 0.5 if count < 4 else 2)):
            for grow in (1.04, 1.1, 1.17):
                c.ellipse(radius * 0.06, radius * 0.08, radius * grow, radius * squash * grow, (0, 0, 0, 45))
            c.paste(patch, 0, 0, radius * 2)
            if rng.uniform() < 0.4:
                c.ellipse(-radius * 0.84, 0, radius * 0.09, radius * 0.13, mix(tone, (230, 210, 170), 0.6))


def _hairs(c: Canvas, rng: np.random.Generator, count: int, colour: Colour) -> None:
    for _ in range(count):
        hair = rotate(arc(rng.uniform(0.08, 0.32), rng.normal(0, 1.1), 9), rng.uniform(0, 6.28))
        hair = hair + rng.uniform((0, 0), (c.width, c.height))
        c.stroke(hair + 0.006, 0.012, 0.002, (0, 0, 0, 60))
        c.stroke(hair, 0.011, 0.002, (*colour, 225))
        c.line(hair[:6], 0.002, (255, 255, 255, 180))


def _leaf(job: Job, c: Canvas) -> None:
    """A leaf's surface: net of veins, hairs, glands."""
    rng = job.rng
    green = pick(rng, ((86, 118, 50), (118, 112, 60), (60, 88, 52), (140, 120, 76), (130, 60, 70)))
    _, edge, value = voronoi(job.grain, c.size, rng.uniform(4, 12), rng.uniform(0.8, 1.8))
    swell = np.sqrt(np.clip(edge, 0, 0.5)) * 1.5 + 0.06 * fractal(job.grain, c.size, 30, 3)
    shade = 0.92 + 0.42 * relight(swell.astype(np.float32), 8) + 0.22 * (value - 0.5)
    vein = np.exp(-((edge / 0.09) ** 2))[..., None]
    pixels = np.array(green, np.float32) * shade[..., None]
    pixels = pixels * (1 - 0.45 * vein) + np.array(mix(green, (225, 225, 160), 0.6), np.float32) * 0.45 * vein
    c.replace(to_image(pixels).resize(c.image.size, Image.Resampling.BILINEAR))
    for x, y in scatter(rng, int(rng.choice([0, 10, 26])), c.width, c.height, 0.05):
        size = rng.uniform(0.012, 0.026)
        c.ellipse(x + size * 0.3, y + size * 0.3, size, size, (0, 0, 0, 80))
        c.ellipse(x, y, size, size, vary(rng, (220, 170, 50), 14))
        c.ellipse(x - size * 0.3, y - size * 0.35, size * 0.28, size * 0.2, (255, 255, 240))
    _hairs(c, rng, int(rng.choice([0, 25, 70, 120])), (236, 234, 214))


def _crust(job: Job, c: Canvas) -> None:
    """A lichen: cracked areoles with discs."""
    rng = job.rng
    thallus = pick(rng, _CRUSTS)
    _, edge, value = voronoi(job.grain, c.size, rng.uniform(5, 15))
    swell = np.clip(edge, 0, 0.55) * 1.8 + 0.12 * fractal(job.grain, c.size, 26, 3)
    crack = np.exp(-((edge / 0.08) ** 2))
    shade = (0.95 + 0.45 * relight(swell.astype(np.float32), 7) + 0.25 * (value - 0.5)) * (1 - 0.8 * crack)
    c.replace(
        to_image(np.array(thallus, np.float32) * shade[..., None]).resize(
            c.image.size, Image.Resampling.BILINEAR
        )
    )
    disc = pick(rng, ((40, 28, 24), (150, 62, 30), (176, 130, 40), (70, 40, 60)))
    size = rng.uniform(0.035, 0.11)
    for x, y in scatter(rng, int(rng.integers(3, 26)), c.width, c.height, size * 1.8):
        radius = size * rng.uniform(0.55, 1.1)
        with c.at(x, y, rng.uniform(0, 3)):
            c.ellipse(radius * 0.12, radius * 0.14, radius * 1.15, radius * 1.1, (0, 0, 0, 110))
            c.ellipse(0, 0, radius * 1.1, radius, mix(thallus, (240, 240, 220), 0.25))
            c.paste(
                ball(rng, round(radius * 1.6 * c.unit), disc, pattern="smooth", gloss=0.35, blotch=0.1),
                0,
                0,
                radius * 1.6,
            )


def _head(job: Job, c: Canvas) -> None:
    """Bracts and anthers of one small flower: overlapping glossy scales."""
    rng = job.rng
    tone = pick(rng, (*_SEEDS, (176, 70, 110), (210, 180, 70), (96, 130, 60)))
    middle = np.array([c.width / 2, c.height / 2]) + rng.normal(0, 0.05, 2)
    count, long, start = int(rng.integers(9, 24)), rng.uniform(0.3, 0.46), rng.uniform(0, 6)
    for ring in (1.0, 0.72, 0.42):
        for k in range(count):
            angle = start + ring * 3 + k * 2 * np.pi / count + rng.normal(0, 0.06)
            reach = long * ring
            with c.at(*xy(middle + np.array([np.cos(angle), np.sin(angle)]) * reach * 0.55), angle):
                patch = ball(
                    rng,
                    round(reach * c.unit),
                    vary(rng, tone, 14),
                    squash=0.42,
                    pattern="smooth",
                    gloss=0.4,
                    blotch=0.12,
                )
                c.paste(patch, 0, 0, reach)
    for x, y in rng.normal(0, long * 0.13, (30, 2)) + middle:
        size = 0.024
        c.paste(ball(rng, round(size * 2 * c.unit), vary(rng, (226, 190, 70), 12), gloss=0.6), x, y, size * 2)


def micrograph(job: Job) -> Image.Image:
    rng = job.rng
    stage = pick(rng, _STAGES)
    c = job.landscape(1.05, 1.45, stage) if rng.uniform() < 0.8 else job.portrait(1.0, 1.3, stage)
    field = np.array(stage, np.float32) * (1 + 0.1 * fractal(job.grain, c.size, 5, 4))[..., None]
    c.replace(to_image(field).resize(c.image.size, Image.Resampling.BILINEAR))
    (_seeds, _seeds, _leaf, _crust, _head)[int(rng.integers(5))](job, c)
    image = shallow(
        c.finish(), rng, (rng.uniform(0.35, 0.65), rng.uniform(0.35, 0.65)), rng.uniform(0.2, 0.42)
    )
    if rng.uniform() < 0.7:  # written over the finished picture, so it is sharp
        over = Canvas(c.width, c.height, job.short_side, stage, oversample=1)
        over.replace(image)
        scale_bar(over, rng, (250, 250, 250), "mm")
        image = over.image
    return job.photo(image, mottle=0.01, speckle=3.5, vignette=0.3, exposure=0.08, cast=0.025)
