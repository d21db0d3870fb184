"""Whole plants of several habits, growing from the origin upwards (-y), `height` tall."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from curation.drawing.canvas import Canvas, Points
from curation.drawing.flowers import FLOWERS
from curation.drawing.geometry import arc, direction, rotate, spline, wander, xy
from curation.drawing.leaves import Ink, Leaf, draw_leaf, make_leaf
from curation.drawing.taxa import Genus

Rng = np.random.Generator


def flower(
    c: Canvas, g: Genus, ink: Ink, rng: Rng, x: float, y: float, radius: float, angle: float = 0.0
) -> None:
    with c.at(x, y, angle, radius):
        FLOWERS.get(g.flower, FLOWERS["none"])(c, ink, g.petals, rng)


def roots(c: Canvas, ink: Ink, rng: Rng, size: float) -> None:
    for angle in rng.uniform(0.5, 2.65, 7):
        line = rotate(arc(size * rng.uniform(0.5, 1.2), rng.normal(0, 0.9)), angle)
        c.stroke(line, size * 0.07, size * 0.01, ink.stem)
        tip = line[len(line) // 2]
        c.line(
            rotate(arc(size * 0.35, rng.normal(0, 1)), angle + rng.normal(0, 0.7)) + tip,
            size * 0.015,
            ink.stem,
        )


def leafy(
    c: Canvas, g: Genus, ink: Ink, rng: Rng, stem: Points, leaf: Leaf, length: float, nodes: int
) -> None:
    """Leaves on both sides of a stem, smaller towards its tip."""
    for k in range(nodes):
        place = 0.12 + 0.82 * k / max(1, nodes - 1)
        index = int(place * (len(stem) - 1))
        size = length * (1.1 - 0.62 * place) * rng.uniform(0.75, 1.2)
        along = direction(stem, index)
        for side in (-1, 1) if g.opposite else ((-1, 1)[k % 2],):
            draw_leaf(c, leaf, ink, rng, *xy(stem[index]), along + side * rng.uniform(0.55, 1.15), size)


def herb(c: Canvas, g: Genus, ink: Ink, rng: Rng, height: float) -> None:
    roots(c, ink, rng, height * 0.13)
    leaf = make_leaf(g.leaf, g.ratio, rng)
    main = wander(rng, height, height * 0.1)
    c.stroke(main, height * 0.02, height * 0.006, ink.stem)
    leafy(c, g, ink, rng, main, leaf, height * rng.uniform(0.2, 0.3), int(rng.integers(8, 15)))
    for _ in range(int(rng.integers(1, 5))):
        index = int(rng.uniform(0.4, 0.85) * len(main))
        branch = rotate(
            arc(height * rng.uniform(0.15, 0.32), rng.normal(0, 0.5)),
            direction(main, index) + rng.normal(0, 0.6),
        )
        branch = branch + main[index]
        c.stroke(branch, height * 0.009, height * 0.004, ink.stem)
        leafy(c, g, ink, rng, branch, leaf, height * 0.1, 4)
        flower(c, g, ink, rng, *xy(branch[-1]), height * rng.uniform(0.035, 0.06))
    flower(c, g, ink, rng, *xy(main[-1]), height * rng.uniform(0.045, 0.075))


def rosette(c: Canvas, g: Genus, ink: Ink, rng: Rng, height: float) -> None:
    roots(c, ink, rng, height * 0.2)
    leaf = make_leaf(g.leaf, g.ratio, rng)
    for angle in rng.permutation(np.linspace(-3.05, -0.1, int(rng.integers(8, 15)))):
        draw_leaf(c, leaf, ink, rng, 0, 0, angle + rng.normal(0, 0.08), height * rng.uniform(0.32, 0.55))
    for _ in range(int(rng.integers(1, 5))):
        scape = rotate(wander(rng, height * rng.uniform(0.65, 1.0), height * 0.1), rng.normal(0, 0.28))
        c.stroke(scape, height * 0.012, height * 0.008, ink.stem)
        flower(c, g, ink, rng, *xy(scape[-1]), height * rng.uniform(0.07, 0.1))


def _ribbon(c: Canvas, ink: Ink, line: Points, width: float, end: float, fade: float) -> None:
    """A blade or lobe; in pen drawings with a contour."""
    if ink.outline:
        edge = 0.004 * c.unit / c.scale
        c.stroke(line, width + edge, end + edge, ink.outline)
        c.stroke(line, width, end, ink.leaf)
    else:
        c.stroke(line, width, end, ink.shaded(fade).leaf)


def grass(c: Canvas, g: Genus, ink: Ink, rng: Rng, height: float) -> None:
    roots(c, ink, rng, height * 0.12)
    for _ in range(int(rng.integers(14, 30))):
        blade = rotate(
            arc(height * rng.uniform(0.3, 0.8), rng.normal(0, 0.7), 12), -1.57 + rng.normal(0, 0.25)
        )
        blade = blade + (rng.normal(0, height * 0.02), 0)
        if rng.uniform() < 0.25:  # folded over, as long blades are on a sheet
            blade[7:] = blade[6] + rotate(blade[7:] - blade[6], rng.choice([-1, 1]) * rng.uniform(1.6, 2.6))
        _ribbon(c, ink, blade, height * g.ratio * 0.5, height * 0.001, rng.uniform(0.85, 1.2))
    for _ in range(int(rng.integers(2, 6))):
        culm = rotate(wander(rng, height * rng.uniform(0.7, 1.0), height * 0.06), rng.normal(0, 0.16))
        c.stroke(culm, height * 0.009, height * 0.004, ink.stem)
        _ear(c, g, ink, rng, culm, height)


def _ear(c: Canvas, g: Genus, ink: Ink, rng: Rng, culm: Points, height: float) -> None:
    length, count = {"panicle": (0.4, 30), "spike": (0.2, 26), "tuft": (0.07, 16)}.get(g.flower, (0.3, 20))
    for place in np.linspace(1 - length, 1, count):
        x, y = culm[int(place * (len(culm) - 1))]
        if g.flower == "spike":
            way, reach = rng.choice([-0.5, 0.5]), height * 0.035
        elif g.flower == "tuft":
            way, reach = rng.normal(0, 0.8), height * 0.11
        else:
            way, reach = rng.choice([-1, 1]) * rng.uniform(0.3, 1.0), height * 0.16 * (1.15 - place) / length
        tip = rotate(np.array([[reach, 0.0]]), -1.57 + way)[0] + (x, y)
        c.line(np.array([[x, y], tip]), height * 0.0025, ink.stem)
        c.ellipse(*xy(tip), height * 0.012, height * 0.0055, ink.flower, -1.57 + way)


def fern(c: Canvas, g: Genus, ink: Ink, rng: Rng, height: float) -> None:
    roots(c, ink, rng, height * 0.1)
    pinna = make_leaf(g.leaf, g.ratio, rng)
    for k in range(int(rng.integers(1, 4))):
        long = height * (0.95 if k == 0 else rng.uniform(0.45, 0.7))
        rachis = rotate(
            arc(long, rng.normal(0, 0.5), 40), -1.57 + (rng.normal(0, 0.1) if k == 0 else rng.normal(0, 0.4))
        )
        c.stroke(rachis, long * 0.014, long * 0.003, ink.stem)
        pairs = int(rng.integers(13, 21))
        for place in np.linspace(0.2, 0.98, pairs):
            index = int(place * 39)
            size = long * 0.23 * np.sin(np.pi * (1.02 - place) ** 0.8) + long * 0.015
            for side in (-1, 1):
                along = direction(rachis, index) + side * rng.uniform(1.05, 1.35)
                draw_leaf(c, pinna, ink, rng, *xy(rachis[index]), along, size * rng.uniform(0.85, 1.05))


def umbel(c: Canvas, g: Genus, ink: Ink, rng: Rng, height: float) -> None:
    roots(c, ink, rng, height * 0.14)
    leaf = make_leaf(g.leaf, g.ratio, rng)
    main = wander(rng, height * 0.92, height * 0.07)
    c.stroke(main, height * 0.022, height * 0.008, ink.stem)
    leafy(c, g, ink, rng, main, leaf, height * 0.36, 5)
    flower(c, g, ink, rng, *xy(main[-1]), height * rng.uniform(0.08, 0.11))
    for _ in range(int(rng.integers(1, 4))):
        index = int(rng.uniform(0.45, 0.8) * len(main))
        side = rng.choice([-1, 1])
        branch = (
            rotate(arc(height * rng.uniform(0.2, 0.35), -side * 0.4), direction(main, index) + side * 0.6)
            + main[index]
        )
        c.stroke(branch, height * 0.011, height * 0.006, ink.stem)
        flower(c, g, ink, rng, *xy(branch[-1]), height * rng.uniform(0.05, 0.08), direction(branch, 6) + 1.57)


def shrub(c: Canvas, g: Genus, ink: Ink, rng: Rng, height: float) -> None:
    leaf = make_leaf(g.leaf, g.ratio, rng)

    def grow(start: Points, angle: float, length: float, level: int) -> None:
        twig = rotate(arc(length, rng.normal(0, 0.35), 10), angle) + start
        c.stroke(twig, height * 0.02 * 0.55**level, height * 0.012 * 0.55**level, ink.stem)
        if level < 2:
            for place in rng.uniform(0.35, 0.95, 3 if level == 0 else 2):
                grow(
                    twig[int(place * 9)],
                    angle + rng.choice([-1, 1]) * rng.uniform(0.4, 0.9),
                    length * 0.55,
                    level + 1,
                )
        nodes = 4 if level == 0 else 5
        leafy(c, g, ink, rng, twig, leaf, height * rng.uniform(0.14, 0.2), nodes)
        if rng.uniform() < 0.6:
            flower(c, g, ink, rng, *xy(twig[-1]), height * rng.uniform(0.04, 0.07))

    grow(np.zeros(2), -1.57 + rng.normal(0, 0.15), height * 0.72, 0)


def climber(c: Canvas, g: Genus, ink: Ink, rng: Rng, height: float) -> None:
    leaf = make_leaf(g.leaf, g.ratio, rng)
    y = -np.linspace(0, height, 8)
    x = np.cumsum(rng.normal(0, height * 0.1, 8))
    vine = spline(np.stack([x - x.mean(), y], axis=1))
    c.stroke(vine, height * 0.009, height * 0.005, ink.stem)
    leafy(c, g, ink, rng, vine, leaf, height * rng.uniform(0.18, 0.26), int(rng.integers(8, 13)))
    for index in rng.integers(5, len(vine), 4):
        tendril = rotate(arc(height * 0.12, rng.normal(0, 5), 14), rng.uniform(-3, 0)) + vine[index]
        c.line(tendril, height * 0.003, ink.stem)
        if rng.uniform() < 0.7:
            flower(c, g, ink, rng, *xy(tendril[6]), height * rng.uniform(0.035, 0.055))


def seaweed(c: Canvas, g: Genus, ink: Ink, rng: Rng, height: float) -> None:
    """Repeated forking; no leaves."""
    wide = height * g.ratio * 0.45

    def fork(start: Points, angle: float, length: float, level: int) -> None:
        lobe = rotate(arc(length, rng.normal(0, 0.5), 6), angle) + start
        _ribbon(c, ink, lobe, wide * 0.82**level, wide * 0.75**level, rng.uniform(0.85, 1.15))
        if level < 6:
            spread = rng.uniform(0.2, 0.5)
            for side in (-1, 1):
                fork(
                    lobe[-1],
                    angle + side * spread + rng.normal(0, 0.1),
                    length * rng.uniform(0.7, 0.95),
                    level + 1,
                )

    for _ in range(int(rng.integers(1, 3))):
        fork(np.zeros(2), -1.57 + rng.normal(0, 0.3), height * 0.21, 0)


HABITS: dict[str, Callable[[Canvas, Genus, Ink, Rng, float], None]] = {
    "herb": herb, "rosette": rosette, "grass": grass, "fern": fern, "umbel": umbel,
    "shrub": shrub, "climber": climber, "seaweed": seaweed,
}  # fmt: skip


def plant(c: Canvas, g: Genus, ink: Ink, rng: Rng, height: float) -> None:
    """One plant of a genus."""
    HABITS[g.habit](c, g, ink, rng, height)
