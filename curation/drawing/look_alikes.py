"""What darkens a sound sheet and is no stain: cast shadows, old glue, foxing, printed borders."""

from __future__ import annotations

import numpy as np
from PIL import Image

from curation.drawing.canvas import Colour
from curation.drawing.geometry import blob
from curation.drawing.inks import pick, vary
from curation.drawing.sheets import Sheet
from curation.drawing.stains import GRID, blurred, lay_on
from curation.drawing.texture import Field

Rng = np.random.Generator
LOOK_ALIKES = ("shadow", "glue", "foxing", "border")
_INKS: tuple[Colour, ...] = ((24, 22, 22), (40, 34, 58), (110, 34, 30), (52, 74, 56))


def border(sheet: Sheet, rng: Rng) -> None:
    """A printed frame of one to three lines, some of them broad, now and then with corner pieces."""
    c, ink = sheet.canvas, pick(rng, _INKS)
    inset = sheet.width * rng.uniform(0.02, 0.05)
    for _ in range(int(rng.integers(1, 4))):
        line = rng.choice([0.0025, 0.005, 0.014, 0.024], p=[0.3, 0.3, 0.25, 0.15])
        wide, high = sheet.width - 2 * inset, sheet.height - 2 * inset
        c.frame(sheet.x + inset, sheet.y + inset, wide, high, line, ink)
        inset += line + rng.uniform(0.006, 0.014)
    if rng.uniform() < 0.5:
        size = rng.uniform(0.02, 0.04)
        for u in (sheet.x + inset, sheet.x + sheet.width - inset - size):
            for v in (sheet.y + inset, sheet.y + sheet.height - inset - size):
                c.box(u, v, size, size, ink)
                c.ellipse(u + size / 2, v + size / 2, size * 0.3, size * 0.3, (236, 228, 208))


def glue(sheet: Sheet, rng: Rng, plants: Field) -> None:
    """Old glue or tape across the plants: yellowish strips, glossy in the middle, darker at the edges."""
    c = sheet.canvas
    rows, columns = np.nonzero(plants > 0.3)
    if not len(rows):
        return
    tint = vary(rng, (196, 148, 62), 12)
    for _ in range(int(rng.integers(5, 14))):
        k = int(rng.integers(len(rows)))
        x, y = columns[k] / GRID, rows[k] / GRID
        long, wide = rng.uniform(0.07, 0.2), rng.uniform(0.018, 0.045)
        alpha = int(rng.uniform(70, 150))
        with c.at(float(x), float(y), rng.uniform(0, np.pi)):
            if rng.uniform() < 0.3:  # a drop of glue that was spread by hand
                c.poly(blob(rng, long * 0.35, wide, 0.3), (*tint[:3], alpha))
                c.poly(blob(rng, long * 0.2, wide * 0.4, 0.3), (255, 246, 214, alpha // 2))
                continue
            c.box(-long / 2, -wide / 2, long, wide, (*tint[:3], alpha))
            for edge in (-wide / 2, wide / 2 - wide * 0.1):
                c.box(-long / 2, edge, long, wide * 0.1, (126, 84, 28, alpha // 2))
            gloss = rng.uniform(-0.3, 0.1) * wide
            c.box(-long * 0.46, gloss, long * 0.92, wide * rng.uniform(0.1, 0.25), (255, 250, 232, 110))


def foxing(sheet: Sheet, rng: Rng) -> None:
    """Small rust-brown spots all over the paper, thicker in some places."""
    c = sheet.canvas
    centres = rng.uniform(0.05, 0.95, (int(rng.integers(2, 6)), 2))
    for _ in range(int(rng.integers(60, 260))):
        u, v = (
            rng.uniform(0.02, 0.98, 2)
            if rng.uniform() < 0.4
            else centres[int(rng.integers(len(centres)))] + rng.normal(0, 0.12, 2)
        )
        if not (0.015 < u < 0.985 and 0.015 < v < 0.985):
            continue
        x, y = sheet.place(float(u), float(v))
        size, tint = float(rng.lognormal(-5.6, 0.5)), vary(rng, (142, 88, 40), 9)
        for grow, alpha in ((2.0, 22), (1.3, 46), (0.7, 70)):
            c.ellipse(x, y, size * grow, size * grow * rng.uniform(0.75, 1.0), (*tint[:3], alpha))


def plant_shadow(image: Image.Image, rng: Rng, plants: Field, paper: Field) -> Image.Image:
    """The shadow that thick plants cast to one side of them under a low lamp: grey, and on no other side."""
    angle, far = rng.uniform(0, 2 * np.pi), GRID * rng.uniform(0.012, 0.03)
    moved = np.roll(plants, (round(far * np.sin(angle)), round(far * np.cos(angle))), (0, 1))
    depth = blurred(moved, GRID * rng.uniform(0.004, 0.009)) * paper * np.float32(rng.uniform(0.3, 0.6))
    return lay_on(image, depth.astype(np.float32), np.ones(3))


def band_shadow(image: Image.Image, rng: Rng, shape: tuple[int, int]) -> Image.Image:
    """The soft shadow of a lamp stand or of a hand that lies straight over everything."""
    height, width = shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    turn = rng.uniform(0, np.pi)
    left, top = width * rng.uniform(0.2, 0.8), height * rng.uniform(0.2, 0.8)
    across = (x - left) * np.cos(turn) + (y - top) * np.sin(turn)
    half, soft = GRID * rng.uniform(0.08, 0.3), GRID * rng.uniform(0.015, 0.06)
    side = across if rng.uniform() < 0.5 else half - np.abs(across)
    depth = rng.uniform(0.25, 0.65) / (1 + np.exp(-np.clip(side / soft, -30, 30)))
    return lay_on(image, depth.astype(np.float32), np.array([1.0, 0.99, 0.96]))
