"""Electron micrographs: pollen, leaf surface and diatoms by scanning, a cell by transmission."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from curation.drawing.canvas import Canvas, Colour, Points
from curation.drawing.geometry import arc, blob, rotate, scatter
from curation.drawing.job import Job
from curation.drawing.lens import data_strip, scale_bar
from curation.drawing.relief import PATTERNS, ball, sphere_points, turned, voronoi
from curation.drawing.texture import Field, fractal, relight, to_image


def _grey(level: float) -> Colour:
    value = int(np.clip(level, 0, 255))
    return (value, value, value)


def _ground(job: Job, c: Canvas, level: float, rough: float) -> None:
    field = level + rough * 255 * relight(fractal(job.grain, c.size, int(job.rng.integers(4, 12)), 5), 0.6)
    c.replace(to_image(field).resize(c.image.size, Image.Resampling.BILINEAR))


def _spines(
    c: Canvas, job: Job, x: float, y: float, radius: float, squash: float, count: int, long: float
) -> None:
    """Spines on a ball, the far ones first."""
    for dx, dy, dz in sorted(turned(sphere_points(count), job.rng), key=lambda p: p[2]):
        if dz < -0.25:
            continue
        foot = np.array([x + dx * radius * 0.96, y + dy * radius * squash * 0.96])
        tip = np.array([x + dx * radius * (1 + long), y + dy * radius * squash * (1 + long)])
        if dz > 0.75:  # pointing at the eye: a short cone seen from above
            tip = foot + np.array([-0.02, -0.04]) * radius
        c.stroke(
            np.array([foot, (foot + tip) / 2, tip]), radius * 0.14, radius * 0.015, _grey(150 + 80 * (1 - dz))
        )
        c.line(np.array([foot, tip]), radius * 0.02, (250, 250, 250, 120))


def _pollen(job: Job, c: Canvas) -> None:
    rng = job.rng
    _ground(job, c, rng.uniform(20, 95), rng.uniform(0.05, 0.3))
    count = int(rng.choice([1, 1, 2, 4, 9, 16]))
    radius = {1: 0.36, 2: 0.24, 4: 0.19, 9: 0.13}.get(count, 0.1) * rng.uniform(0.8, 1.08)
    pattern = PATTERNS[int(rng.integers(len(PATTERNS)))]
    squash, spiny = rng.uniform(0.62, 1), rng.uniform() < 0.45
    if count > 1:
        spots = scatter(rng, count, c.width - 2 * radius, c.height - 2.2 * radius, radius * 1.6) + radius
    else:
        spots = np.array([[c.width / 2, c.height / 2]]) + rng.normal(0, 0.05, (1, 2))
    for x, y in spots:
        tone = _grey(rng.uniform(120, 165))
        patch = ball(
            rng,
            round(radius * 2 * c.unit),
            tone,
            squash=squash,
            pattern=pattern,
            depth=0.16,
            gloss=0,
            edge=0.75,
            blotch=0.05,
        )
        with c.at(x, y, rng.uniform(-0.7, 0.7)):
            c.ellipse(radius * 0.12, radius * 0.12, radius * 1.03, radius * squash * 1.03, (0, 0, 0, 90))
            c.paste(patch, 0, 0, radius * 2)
            if spiny:
                _spines(c, job, 0, 0, radius, squash, 90, rng.uniform(0.12, 0.3))


def _epidermis(job: Job, c: Canvas) -> None:
    """Puzzle cells with stomata and hairs."""
    rng = job.rng
    cells = rng.uniform(5, 13)
    _, edge, value = voronoi(job.grain, c.size, cells, rng.uniform(0.8, 2.2))
    swell = np.sqrt(np.clip(edge, 0, 0.5)) * 1.6 + 0.05 * fractal(job.grain, c.size, 24, 3) + 0.15 * value
    field = (
        rng.uniform(85, 135) + 105 * relight(swell.astype(np.float32), 9) - 55 * np.exp(-((edge / 0.07) ** 2))
    )
    c.replace(to_image(field).resize(c.image.size, Image.Resampling.BILINEAR))
    size = 0.32 / cells
    tilt = rng.uniform(0, 3.1)
    for x, y in scatter(rng, int(rng.integers(2, 22)), c.width, c.height, size * 3):
        with c.at(x, y, tilt + rng.normal(0, 0.2)):
            c.ellipse(0, 0, size * 1.5, size * 1.1, _grey(165))
            c.ellipse(0, 0, size * 1.35, size * 0.9, _grey(125))
            c.ellipse(0, 0, size * 0.9, size * 0.28, _grey(18))
    for _ in range(int(rng.choice([0, 0, 6, 18]))):
        hair = rotate(arc(rng.uniform(0.15, 0.5), rng.normal(0, 1.2), 12), rng.uniform(0, 6.28))
        hair = hair + rng.uniform((0, 0), (c.width, c.height))
        c.stroke(hair + 0.008, 0.035, 0.004, (0, 0, 0, 110))
        c.stroke(hair, 0.034, 0.004, _grey(218))
        c.stroke(hair, 0.017, 0.002, _grey(140))


def valve(
    c: Canvas, rng: np.random.Generator, length: float, ratio: float, ink: Colour, dark: Colour
) -> None:
    """A diatom's valve along +x with its striae."""
    t = np.linspace(0, 2 * np.pi, 44)
    power = rng.uniform(0.5, 1.1)
    half: Points = np.stack([np.cos(t), np.sign(np.sin(t)) * np.abs(np.sin(t)) ** power * ratio], 1) * length
    c.poly(half, ink)
    c.line(half, length * 0.03, _grey(min(255, ink[0] + 80)))
    striae = []
    for k in np.linspace(-0.9, 0.9, 34):
        reach = ratio * np.sin(np.arccos(k)) ** power * 0.86
        striae += [np.array([[k, side * 0.06 * ratio], [k, side * reach]]) * length for side in (-1, 1)]
    c.lines(striae, length * 0.014, dark)
    c.line(np.array([[-0.9, 0], [0.9, 0]]) * length, length * 0.02, dark)


def _diatoms(job: Job, c: Canvas) -> None:
    rng = job.rng
    _ground(job, c, rng.uniform(15, 70), rng.uniform(0.02, 0.18))
    count = int(rng.choice([1, 2, 5, 12]))
    length = {1: 0.46, 2: 0.32, 5: 0.22}.get(count, 0.15)
    ratio = rng.choice([0.14, 0.3, 0.55, 0.98])
    for x, y in (
        scatter(rng, count, c.width, c.height, length * 0.7) if count > 1 else [(c.width / 2, c.height / 2)]
    ):
        with c.at(x, y, rng.uniform(0, 3.14)):
            c.ellipse(length * 0.05, length * 0.05, length, length * ratio, (0, 0, 0, 120))
            valve(c, rng, length, ratio, _grey(rng.uniform(120, 180)), _grey(40))


def _organelle(c: Canvas, rng: np.random.Generator, kind: int, size: float) -> None:
    body = blob(rng, size * 1.6, size, 0.12)
    c.poly(body, _grey((120, 90, 150)[kind]))
    c.line(np.concatenate([body, body[:1]]), 0.007, _grey(25))
    if kind == 0:  # chloroplast: stacked membranes
        for k in np.linspace(-0.7, 0.7, 9):
            reach = 1.4 * (1 - k * k) ** 0.5 * size
            c.line(
                np.array([[-reach, k * size], [reach * rng.uniform(0.4, 1), k * size * 1.05]]),
                0.006,
                _grey(38),
            )
    elif kind == 1:  # mitochondrion: folds from the rim
        for k in np.linspace(-1, 1, 6):
            c.line(np.array([[k * size, -0.8 * size], [k * size * 1.1, 0.3 * size]]), 0.006, _grey(40))
    else:
        c.poly(blob(rng, size * 0.4, size * 0.35, 0.2), _grey(62))


def _cell(job: Job, c: Canvas) -> None:
    """A thin section by transmission: walls, vacuole, organelles, stain granules."""
    rng = job.rng
    base: Field = 178 + 12 * fractal(job.grain, c.size, 40, 3)
    c.replace(to_image(base).resize(c.image.size, Image.Resampling.BILINEAR))
    for x, y in scatter(rng, int(rng.integers(1, 4)), c.width, c.height, 0.45):
        with c.at(x, y, rng.uniform(0, 3)):
            c.poly(blob(rng, rng.uniform(0.14, 0.32), 0.2, 0.25), _grey(226))
    for x, y in scatter(rng, int(rng.integers(7, 20)), c.width, c.height, 0.15):
        with c.at(x, y, rng.uniform(0, 6.28)):
            _organelle(c, rng, int(rng.integers(3)), rng.uniform(0.035, 0.085))
    for _ in range(int(rng.integers(1, 4))):
        wall = rotate(arc(2.4, rng.normal(0, 0.8), 20), rng.uniform(0, 6.28)) + rng.uniform(0.1, 0.9, 2)
        wall = wall - wall[10] + rng.uniform(0.2, 0.8, 2)
        for wide, level in ((0.07, 30), (0.05, 200), (0.014, 60)):
            c.line(wall, wide, _grey(level))
    for x, y in rng.uniform((0, 0), (c.width, c.height), (90, 2)):
        c.ellipse(x, y, 0.004, 0.004, _grey(20))


def micrograph(job: Job) -> Image.Image:
    rng = job.rng
    ratio = (1.0, 1.35)
    c = job.landscape(*ratio, (40, 40, 40)) if rng.uniform() < 0.75 else job.portrait(*ratio, (40, 40, 40))
    (_pollen, _pollen, _epidermis, _diatoms, _cell)[int(rng.integers(5))](job, c)
    if rng.uniform() < 0.3:
        c.replace(c.image.filter(ImageFilter.BoxBlur(c.unit * 0.002)))
    if rng.uniform() < 0.6:
        data_strip(c, rng, job.number)
    elif rng.uniform() < 0.8:
        scale_bar(c, rng, _grey(245))
    image = c.finish().convert("L").convert("RGB")
    return job.photo(image, mottle=0.02, speckle=float(rng.uniform(5, 12)), exposure=0.1, cast=0.0)
