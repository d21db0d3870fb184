"""Curves and outlines as arrays of points (N, 2)."""

from __future__ import annotations

import numpy as np

from curation.drawing.canvas import Points


def spline(knots: Points, per_span: int = 8) -> Points:
    """Catmull-Rom curve through the knots (Catmull and Rom 1974), `per_span` points between two of them."""
    p = np.concatenate([[2 * knots[0] - knots[1]], knots, [2 * knots[-1] - knots[-2]]])
    t = np.linspace(0, 1, per_span, endpoint=False)[:, None, None]
    a, b, c, d = (p[i : len(p) - 3 + i][None] for i in range(4))
    curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    flat: Points = curve.transpose(1, 0, 2).reshape(-1, 2)
    return np.concatenate([flat, knots[-1:]])


def wander(rng: np.random.Generator, length: float, sway: float, knots: int = 5) -> Points:
    """A stem from (0, 0) up to about (0, -length) that bends sideways by about `sway`."""
    y = -np.linspace(0, length, knots)
    x = np.cumsum(rng.normal(0, sway / knots**0.5, knots))
    return spline(np.stack([x - x[0], y], axis=1))


def arc(length: float, bend: float, count: int = 7) -> Points:
    """A curve along +x, `length` long, that turns by `bend` radians on its way."""
    t = np.linspace(0, bend, count)
    steps = np.stack([np.cos(t), np.sin(t)], axis=1) * length / (count - 1)
    return np.concatenate([np.zeros((1, 2)), np.cumsum(steps[:-1], axis=0)])


def blob(rng: np.random.Generator, rx: float, ry: float, rough: float = 0.15, count: int = 40) -> Points:
    """A closed rounded outline about the origin; `rough` is the size of its bumps."""
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    radius = np.ones(count)
    for k in range(2, 6):
        radius += rough * rng.normal() / k * np.cos(k * angle + rng.uniform(0, 6.28))
    return np.stack([rx * radius * np.cos(angle), ry * radius * np.sin(angle)], axis=1)


def rotate(points: Points, angle: float) -> Points:
    c, s = np.cos(angle), np.sin(angle)
    turned: Points = points @ np.array([[c, s], [-s, c]])
    return turned


def xy(point: Points) -> tuple[float, float]:
    return float(point[0]), float(point[1])


def direction(points: Points, index: int) -> float:
    """Angle of travel at one point of a curve."""
    before, after = points[max(0, index - 1)], points[min(len(points) - 1, index + 1)]
    return float(np.arctan2(after[1] - before[1], after[0] - before[0]))


def scatter(rng: np.random.Generator, count: int, width: float, height: float, gap: float) -> Points:
    """Up to `count` random points in a rectangle, none closer to another than `gap`."""
    kept: list[Points] = []
    for candidate in rng.uniform(0, 1, (count * 4, 2)) * (width, height):
        if all(np.hypot(*(candidate - other)) >= gap for other in kept):
            kept.append(candidate)
        if len(kept) == count:
            break
    return np.array(kept)
