"""Leaves: outlines with veins, computed once a plant and drawn many times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from curation.drawing.canvas import Canvas, Colour, Points
from curation.drawing.geometry import rotate


@dataclass(frozen=True)
class Ink:
    """Colours of one plant. `outline` and `hatch` turn it into a pen drawing."""

    leaf: Colour
    vein: Colour
    stem: Colour
    flower: Colour
    centre: Colour
    outline: Colour | None = None
    hatch: bool = False
    spotted: float = 0.0

    def shaded(self, factor: float) -> Ink:
        def times(colour: Colour) -> Colour:
            return tuple(min(255, int(part * factor)) for part in colour[:3])

        return replace(self, leaf=times(self.leaf), vein=times(self.vein), stem=times(self.stem))


@dataclass(frozen=True)
class Leaf:
    """Outlines and veins of a leaf of length 1 that grows from the origin along +x."""

    parts: tuple[Points, ...]
    veins: tuple[Points, ...]


def _profile(shape: str, ratio: float, count: int = 26) -> tuple[Points, Points]:
    """Position along the leaf and half its width there, both (count,)."""
    t = np.linspace(0, 1, count)
    exponents = {"ovate": (0.55, 1.1), "heart": (0.35, 1.0), "elliptic": (0.8, 0.8), "lanceolate": (0.7, 1.2)}
    a, b = exponents.get(shape, (0.7, 0.9))
    width = t**a * (1 - t) ** b
    width = width / width.max() * ratio / 2
    return t, width


def _blade(shape: str, ratio: float, phase: float) -> Leaf:
    count = 49 if shape in ("toothed", "lobed", "pinna") else 26
    t, width = _profile(shape, ratio, count)
    x = t.copy()
    if shape == "toothed":
        width = width * (1 + 0.28 * ((t * 12 + phase) % 1 - 0.5))
    elif shape in ("lobed", "pinna"):
        wave = np.sin(2 * np.pi * (t * (4 if shape == "lobed" else 6)) + phase * 0.5)
        width = width * (1 + 0.42 * wave)
        x = t + 0.03 * wave
    elif shape == "heart":
        x = t - 0.28 * np.exp(-t * 14) * np.sin(np.pi * np.clip(t * 8, 0, 1))
    outline = np.concatenate([np.stack([x, width], 1), np.stack([x, -width], 1)[::-1]])
    veins = [np.array([[-0.12, 0.0], [0.96, 0.0]])]
    for k in np.linspace(0.12, 0.75, 6 if ratio > 0.15 else 0):
        reach = float(np.interp(min(k + 0.16, 1), t, width)) * 0.88
        for side in (-1, 1):
            veins.append(np.array([[k, 0], [k + 0.09, side * reach * 0.62], [k + 0.17, side * reach]]))
    return Leaf((outline,), tuple(veins))


def _palmate(ratio: float, lobes: int) -> Leaf:
    """Pointed lobes that spread from one place, as in a maple."""
    angles = np.linspace(-1.9, 1.9, lobes)
    points, veins = [np.array([-0.02, 0.0])], [np.array([[-0.25, 0], [0.35, 0]])]
    base = np.array([0.35, 0.0])
    for i, angle in enumerate(angles):
        reach = (0.65 - 0.12 * abs(angle)) * (1 if abs(angle) < 0.1 else ratio)
        for offset, share in ((-0.2, 0.62), (0.0, 1.0), (0.2, 0.62)):
            way = np.array([np.cos(angle + offset), np.sin(angle + offset)])
            points.append(base + way * reach * share)
        veins.append(np.array([base, base + np.array([np.cos(angle), np.sin(angle)]) * reach * 0.9]))
        if i + 1 < lobes:
            between = (angle + angles[i + 1]) / 2
            points.append(base + 0.22 * np.array([np.cos(between), np.sin(between)]))
    return Leaf((np.array(points),), tuple(veins))


def _compound(pairs: int, ratio: float, leaflet: Leaf, taper: float) -> Leaf:
    """Leaflets on both sides of a rachis."""
    parts: list[Points] = []
    veins = [np.array([[-0.12, 0.0], [0.95, 0.0]])]
    for k in np.linspace(0.15, 0.9, pairs):
        size = ratio * (1 - taper * abs(k - 0.4)) * 0.75
        for side in (-1, 1):
            for source, target in ((leaflet.parts, parts), (leaflet.veins[:1], veins)):
                target += [rotate(part * size, side * 1.05) + (k, 0) for part in source]
    parts += [part * ratio * 0.7 + (0.9, 0) for part in leaflet.parts]
    return Leaf(tuple(parts), tuple(veins))


def make_leaf(shape: str, ratio: float, rng: np.random.Generator) -> Leaf:
    ratio = ratio * float(rng.uniform(0.8, 1.25))
    if shape == "maple":
        return _palmate(ratio, int(rng.choice([5, 7])))
    if shape == "compound":
        return _compound(int(rng.integers(4, 8)), ratio, _blade("elliptic", 0.42, 0), 0.5)
    if shape == "feather":
        return _compound(6, ratio * 1.2, _compound(4, 0.4, _blade("lanceolate", 0.3, 0), 0.8), 0.9)
    return _blade(shape, ratio, float(rng.uniform()))


def draw_leaf(
    c: Canvas, leaf: Leaf, ink: Ink, rng: np.random.Generator, x: float, y: float, angle: float, length: float
) -> None:
    """One leaf from (x, y) in the direction `angle`; each bends, folds and fades on its own."""
    bend, fade = float(rng.normal(0, 0.22)), float(rng.uniform(0.84, 1.16))
    narrow = float(rng.uniform(0.7, 1.05)) * (1 if rng.uniform() < 0.5 else -1)

    def bent(points: Points) -> Points:
        along, across = points[:, 0], points[:, 1] * narrow
        return np.stack([along * (1 - 0.2 * bend * bend), across + bend * along * along], 1)

    colour = tuple(min(255, int(part * fade)) for part in ink.leaf[:3])
    with c.at(x, y, angle, length):
        for part in leaf.parts:
            shape = bent(part)
            c.poly(shape, colour)
            if len(leaf.parts) == 1 and not ink.hatch:
                half = shape[: len(shape) // 2]
                c.poly(np.concatenate([half, half[:1]]), (0, 0, 0, 20))
            if ink.outline:
                c.line(np.concatenate([shape, shape[:1]]), 0.0022 / length, ink.outline)
        veins = [bent(vein) for vein in leaf.veins]
        c.lines(veins[:1], max(0.012, 0.0022 / length), ink.stem)
        c.lines(veins[1:], max(0.006, 0.0012 / length), ink.outline or ink.vein)
        if ink.hatch and len(leaf.parts) == 1:
            _hatch(c, bent, leaf, ink, 0.0012 / length)
        if ink.spotted and rng.uniform() < ink.spotted:
            for _ in range(3):
                at = rng.uniform((0.2, -0.05), (0.8, 0.05))
                c.ellipse(at[0], at[1], 0.03, 0.02, (60, 38, 22, 150))


def _hatch(c: Canvas, bent: Callable[[Points], Points], leaf: Leaf, ink: Ink, width: float) -> None:
    """Fine parallel strokes on the shaded half."""
    outline = leaf.parts[0]
    half = outline[: len(outline) // 2]
    strokes = []
    for k in np.linspace(0.08, 0.9, 16):
        reach = float(np.interp(k + 0.05, half[:, 0], half[:, 1]))
        strokes.append(bent(np.array([[k, reach * 0.25], [k + 0.06, reach * 0.9]])))
    c.lines(strokes, width, ink.outline or ink.vein)
