"""Flowers and flower heads, drawn about the origin with a radius of 1."""

from __future__ import annotations

import numpy as np

from curation.drawing.canvas import Canvas, Points
from curation.drawing.leaves import Ink

_PETAL: Points = np.array(
    [
        [0, 0],
        [0.3, 0.14],
        [0.6, 0.22],
        [0.85, 0.18],
        [1, 0.04],
        [1, -0.04],
        [0.85, -0.18],
        [0.6, -0.22],
        [0.3, -0.14],
    ]
)


def _petals(
    c: Canvas, ink: Ink, count: int, rng: np.random.Generator, broad: float, inner: float = 0.0
) -> None:
    start = rng.uniform(0, 6.28)
    for k in range(count):
        fade = rng.uniform(0.86, 1.12)
        colour = tuple(min(255, int(part * fade)) for part in ink.flower[:3])
        with c.at(0, 0, start + k * 2 * np.pi / count + rng.normal(0, 0.08)):
            petal = _PETAL * (rng.uniform(0.85, 1.1), broad) + (inner, 0)
            c.poly(petal, colour)
            if ink.outline:
                c.line(np.concatenate([petal, petal[:1]]), 0.0018 / c.scale * c.unit, ink.outline)
            else:
                c.line(petal[[0, 3]], 0.02, ink.centre[:3] + (110,))


def daisy(c: Canvas, ink: Ink, petals: int, rng: np.random.Generator) -> None:
    _petals(c, ink, petals, rng, 0.7)
    c.ellipse(0, 0, 0.34, 0.34, ink.centre)
    for x, y in rng.normal(0, 0.14, (10, 2)):
        c.ellipse(x, y, 0.05, 0.05, ink.vein)


def star(c: Canvas, ink: Ink, petals: int, rng: np.random.Generator) -> None:
    _petals(c, ink, petals, rng, 1.9)
    c.ellipse(0, 0, 0.16, 0.16, ink.centre)
    for k in range(8):
        with c.at(0, 0, k * 0.785):
            c.line(np.array([[0.1, 0], [0.42, 0]]), 0.025, ink.vein)
            c.ellipse(0.42, 0, 0.05, 0.05, ink.centre)


def head(c: Canvas, ink: Ink, petals: int, rng: np.random.Generator) -> None:
    """A thistle: a scaly cup with a brush of florets."""
    for angle in rng.uniform(-2.4, -0.7, petals * 2):
        with c.at(0, 0, angle):
            c.stroke(np.array([[0.2, 0], [1.0, 0]]), 0.12, 0.05, ink.flower)
    c.ellipse(0, 0.2, 0.42, 0.5, ink.leaf)
    for x, y in rng.uniform((-0.3, -0.1), (0.3, 0.55), (9, 2)):
        c.ellipse(x, y, 0.1, 0.06, ink.vein)


def bell(c: Canvas, ink: Ink, petals: int, rng: np.random.Generator) -> None:
    right = np.array([[0, -0.95], [0.3, -0.7], [0.7, -0.9], [0.5, -0.5], [0.45, 0.2], [0.2, 0.7]])
    cup = np.concatenate([right, (right * (-1, 1))[::-1]])
    with c.at(0, 0, rng.normal(0, 0.5)):
        c.poly(cup, ink.flower)
        c.line(np.concatenate([cup, cup[:1]]), 0.05, ink.outline or ink.centre)


def cluster(c: Canvas, ink: Ink, petals: int, rng: np.random.Generator) -> None:
    for x, y in rng.normal(0, 0.42, (7, 2)):
        with c.at(x, y, 0, 0.36):
            _petals(c, ink, petals, rng, 1.9)
            c.ellipse(0, 0, 0.2, 0.2, ink.centre)


def umbel(c: Canvas, ink: Ink, petals: int, rng: np.random.Generator) -> None:
    """Rays from one point, each with a small umbel of white dots."""
    for angle in np.linspace(-2.75, -0.4, 11):
        tip = np.array([np.cos(angle), np.sin(angle)]) * rng.uniform(1.0, 1.3) * (1.2, 0.9) + (0, 0.6)
        c.line(np.array([[0, 0.6], tip]), 0.04, ink.stem)
        for x, y in rng.normal(0, 0.1, (9, 2)) + tip:
            c.ellipse(x, y, 0.075, 0.06, ink.flower)
            if ink.outline:
                c.ellipse(x, y, 0.025, 0.025, ink.outline)


def none(c: Canvas, ink: Ink, petals: int, rng: np.random.Generator) -> None:
    """Ferns and seaweeds."""


FLOWERS = {
    "daisy": daisy,
    "star": star,
    "head": head,
    "bell": bell,
    "cluster": cluster,
    "umbel": umbel,
    "none": none,
}
