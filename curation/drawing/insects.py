"""Pinned insects: a butterfly with spread wings, a beetle, a dragonfly."""

from __future__ import annotations

import numpy as np

from curation.drawing.canvas import Canvas, Colour, Points
from curation.drawing.geometry import arc, rotate, spline, xy
from curation.drawing.inks import mix, pick
from curation.drawing.job import Job
from curation.drawing.relief import ball

_WINGS: tuple[Colour, ...] = (
    (214, 122, 36), (60, 96, 160), (236, 220, 150), (120, 70, 40), (230, 232, 226), (80, 120, 70),
    (170, 60, 50),
)  # fmt: skip
_CHITIN: tuple[Colour, ...] = (
    (36, 28, 24),
    (30, 70, 50),
    (110, 50, 26),
    (40, 44, 90),
    (150, 110, 40),
    (120, 26, 28),
)


def _limbs(c: Canvas, rng: np.random.Generator, size: float, ink: Colour, reach: float) -> None:
    for side in (-1, 1):
        for k, way in enumerate((-0.7, 0.1, 0.8)):
            knee = np.array([side * reach * 0.62, (k - 1) * 0.26 + way * 0.22])
            foot = np.array([side * reach, (k - 1) * 0.3 + way * 0.62])
            line = (
                spline(np.array([[side * 0.1, (k - 1) * 0.2], knee, foot, foot + (side * 0.1, 0.1)])) * size
            )
            c.stroke(line, size * 0.05, size * 0.014, ink)


def _pin(c: Canvas, x: float, y: float, size: float) -> None:
    c.ellipse(x + size * 0.03, y + size * 0.04, size * 0.035, size * 0.035, (0, 0, 0, 90))
    c.ellipse(x, y, size * 0.032, size * 0.032, (225, 225, 225))
    c.ellipse(x - size * 0.01, y - size * 0.01, size * 0.012, size * 0.012, (255, 255, 255))


def _mirrored(c: Canvas, shape: Points, fill: Colour) -> None:
    c.poly(shape, fill)
    c.poly(shape * (-1, 1), fill)


def butterfly(c: Canvas, job: Job, size: float) -> None:
    rng = job.rng
    ground, mark = pick(rng, _WINGS), pick(rng, (*_WINGS, (30, 26, 24)))
    edge = mix(ground, (24, 18, 16), rng.uniform(0.4, 0.95))
    lift, tail = rng.uniform(0.45, 0.85), rng.uniform(0.75, 1.15)
    fore = spline(
        np.array(
            [
                [0.05, -0.18],
                [0.5, -0.3 - lift * 0.5],
                [0.98, -lift],
                [0.92, -lift + 0.28],
                [0.72, -0.02],
                [0.05, 0.05],
            ]
        ),
        7,
    )
    hind = spline(
        np.array(
            [[0.05, 0.0], [0.55, -0.05], [0.72, 0.25], [0.5, tail * 0.7], [0.28, tail * 0.62], [0.05, 0.28]]
        ),
        7,
    )
    spots = rng.uniform((0.35, -0.4), (0.7, -0.1), (int(rng.integers(0, 4)), 2))
    with c.at(0, 0, 0, size):
        for wing, about in ((hind, np.array([0.3, 0.2])), (fore, np.array([0.4, -0.25]))):
            _mirrored(c, wing + (0.02, 0.04), (0, 0, 0, 70))
            _mirrored(c, wing, edge)
            _mirrored(c, (wing - about) * 0.84 + about * 0.94, ground)
            for k in np.linspace(4, len(wing) - 8, 7).astype(int):
                for side in (1, -1):
                    c.line(np.array([[0.06, 0.0], wing[k] * 0.92]) * (side, 1), 0.007, (*edge, 190))
        for x, y in [*spots, (0.42, 0.3)]:
            radius = rng.uniform(0.04, 0.1)
            for side in (-1, 1):
                c.ellipse(side * x, y, radius, radius, edge)
                c.ellipse(side * x, y, radius * 0.72, radius * 0.72, mark)
        c.ellipse(0, 0.12, 0.05, 0.32, (46, 34, 26))
        c.ellipse(0, -0.2, 0.06, 0.08, (40, 30, 24))
        for side in (-1, 1):
            feeler = rotate(arc(0.42, side * 0.4), -1.57 + side * 0.45) + (0, -0.25)
            c.line(feeler, 0.01, (40, 30, 24))
            c.ellipse(*xy(feeler[-1]), 0.022, 0.022, (40, 30, 24))
        _pin(c, 0, -0.05, 1)


def beetle(c: Canvas, job: Job, size: float) -> None:
    rng = job.rng
    shell, long = pick(rng, _CHITIN), rng.uniform(0.62, 0.85)
    broad = rng.uniform(0.34, 0.46)
    dark = mix(shell, (16, 12, 10), 0.5)
    with c.at(0, 0, 0, size):
        c.ellipse(0.05, 0.12, broad * 1.15, long, (0, 0, 0, 60))
        _limbs(c, rng, 1, dark, broad + rng.uniform(0.3, 0.5))
        for side in (-1, 1):
            feeler = rotate(arc(rng.uniform(0.35, 0.9), side * 0.8, 12), -1.57 + side * 0.5) + (
                side * 0.1,
                -0.72,
            )
            c.stroke(feeler, 0.03, 0.012, dark)
        pixels = round(broad * 2 * c.scale)
        c.paste(
            ball(rng, pixels, shell, squash=long / broad * 0.9, gloss=0.85, blotch=0.06), 0, 0.2, broad * 2
        )
        c.line(np.array([[0, -0.35], [0, 0.2 + long * 0.86]]), 0.016, dark)
        for k in (-0.5, -0.25, 0.25, 0.5):
            c.line(
                spline(np.array([[k * broad * 0.9, -0.3], [k * broad * 1.3, 0.25], [k * broad * 0.6, 0.8]])),
                0.006,
                (*dark, 150),
            )
        c.paste(
            ball(rng, round(broad * 1.7 * c.scale), mix(shell, dark, 0.3), squash=0.62, gloss=0.7),
            0,
            -0.46,
            broad * 1.7,
        )
        c.paste(ball(rng, round(broad * c.scale), dark, squash=0.8, gloss=0.6), 0, -0.72, broad)
        _pin(c, broad * 0.4, 0.0, 1)


def dragonfly(c: Canvas, job: Job, size: float) -> None:
    rng = job.rng
    body = pick(rng, ((60, 110, 150), (150, 60, 40), (70, 110, 60), (50, 40, 34), (190, 150, 50)))
    with c.at(0, 0, 0, size):
        for way, long in ((-0.22 + rng.normal(0, 0.05), 0.98), (0.2 + rng.normal(0, 0.05), 0.92)):
            tip = np.array([long, way * long])
            wing = spline(
                np.array(
                    [
                        [0.04, way * 0.2 - 0.02],
                        tip * 0.5 + (0, -0.07),
                        tip,
                        tip * 0.6 + (0, 0.13),
                        [0.06, way * 0.2 + 0.05],
                    ]
                ),
                7,
            )
            _mirrored(c, wing, (170, 176, 170, 130))
            for k in range(3, len(wing) - 3, 2):
                for side in (-1, 1):
                    c.line(np.array([wing[k] * 0.2, wing[k]]) * (side, 1), 0.006, (70, 60, 50, 190))
            for side in (-1, 1):
                c.line(wing * (side, 1), 0.009, (60, 50, 44))
                c.ellipse(side * tip[0] * 0.88, tip[1] * 0.88 - 0.02, 0.045, 0.014, (60, 34, 24))
        c.stroke(np.array([[0, -0.15], [0, 0.3], [0, 1.0]]), 0.11, 0.05, body)
        for k in np.linspace(0.15, 0.95, 8):
            c.line(np.array([[-0.04, k], [0.04, k]]), 0.012, mix(body, (20, 16, 14), 0.6))
        c.paste(ball(rng, round(0.24 * c.scale), body, squash=1.3, gloss=0.5), 0, -0.05, 0.24)
        c.paste(
            ball(rng, round(0.22 * c.scale), mix(body, (40, 30, 20), 0.5), squash=0.7, gloss=0.9),
            0,
            -0.27,
            0.22,
        )
        _pin(c, 0, 0, 1)
