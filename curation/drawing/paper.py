"""What lies on and beside a sheet: labels, rulers, colour charts, stamps, packets, stains, straps."""

from __future__ import annotations

import math

import numpy as np

from curation.drawing.canvas import Canvas, Colour
from curation.drawing.geometry import blob
from curation.drawing.inks import pick, vary
from curation.drawing.writing import HEADS, label_lines, sentence, written

Rng = np.random.Generator
PAPERS: tuple[Colour, ...] = (
    (240, 235, 220), (232, 222, 198), (224, 208, 176), (246, 244, 238), (214, 204, 182), (230, 228, 224),
    (204, 184, 148),
)  # fmt: skip
TABLES: tuple[Colour, ...] = (
    (24, 24, 26), (62, 62, 66), (128, 130, 132), (196, 198, 200), (238, 238, 236), (96, 66, 42), (40, 48, 72),
    (70, 82, 70),
)  # fmt: skip
CHART: tuple[Colour, ...] = (
    (46, 78, 160), (84, 168, 205), (64, 150, 74), (232, 206, 44), (208, 52, 46), (190, 70, 140),
    (245, 245, 245), (128, 86, 58), (24, 24, 24),
)  # fmt: skip


def label(
    c: Canvas,
    rng: Rng,
    x: float,
    y: float,
    width: float,
    name: str,
    number: str,
    aged: float = 0.5,
    year: int | None = None,
) -> float:
    """A specimen label by its upper left corner; returns its height."""
    style = int(rng.integers(4))
    height = width * rng.uniform(0.48, 0.7)
    y = min(y, c.height - height * 1.04)  # a label never hangs over the lower edge
    paper = vary(rng, (252, 250, 244) if rng.uniform() > aged else (228, 212, 176), 5)
    ink: Colour = [(30, 28, 28), (40, 32, 60), (66, 46, 30)][int(rng.integers(3))]
    with c.at(x, y, rng.normal(0, 0.025)):
        c.shadow(0, 0, width, height, 0.006)
        c.box(0, 0, width, height, paper)
        if style in (0, 2):
            c.frame(width * 0.025, width * 0.025, width * 0.95, height - width * 0.05, width * 0.008, ink)
        size = width * 0.082
        c.text(width / 2, height * 0.07, HEADS[int(rng.integers(len(HEADS)))], size, ink, middle=True)
        lines = [name, *label_lines(rng, year)]
        for k, line in enumerate(lines):
            foot = height * (0.27 + 0.165 * k)
            if style >= 2:
                c.line(
                    np.array([[width * 0.07, foot + size], [width * 0.93, foot + size]]),
                    width * 0.003,
                    ink[:3] + (120,),
                )
            if style == 3 or (style == 2 and k > 0):
                written(
                    c, rng, width * 0.08, foot + size * 0.95, width * rng.uniform(0.5, 0.85), size * 1.25, ink
                )
            else:
                c.text(width * 0.07, foot, line, size * (1.12 if k == 0 else 0.92), ink)
    return float(height)


def slip(c: Canvas, rng: Rng, x: float, y: float, width: float, words: str) -> None:
    """A small determination slip."""
    with c.at(x, y, rng.normal(0, 0.05)):
        c.shadow(0, 0, width, width * 0.3, 0.005)
        c.box(0, 0, width, width * 0.3, vary(rng, (250, 248, 240), 4))
        c.text(width * 0.05, width * 0.04, words, width * 0.1, (40, 36, 34))
        written(c, rng, width * 0.06, width * 0.24, width * 0.75, width * 0.1, (50, 44, 90))


def ruler(c: Canvas, x: float, y: float, length: float, angle: float, paper: Colour) -> None:
    dark = sum(paper) < 380
    ink: Colour = (238, 238, 238) if dark else (20, 20, 20)
    thick = length * 0.075
    with c.at(x, y, angle):
        c.box(0, 0, length, thick, paper)
        count = 50
        for k in range(1, count):
            tall = thick * (0.55 if k % 5 == 0 else 0.3)
            place = length * k / count
            c.line(np.array([[place, 0], [place, tall]]), length * 0.0022, ink)
            if k % 10 == 0:
                c.text(place, thick * 0.52, str(k // 5), thick * 0.42, ink, middle=True)


def colour_bar(c: Canvas, x: float, y: float, length: float, angle: float, rows: int = 1) -> None:
    with c.at(x, y, angle):
        side = length / len(CHART)
        c.box(-side * 0.12, -side * 0.12, length + side * 0.24, side * rows + side * 0.24, (18, 18, 18))
        for row in range(rows):
            for k, colour in enumerate(CHART):
                if row == 1:
                    level = 245 - k * 27
                    colour = (level, level, level)
                c.box(k * side + side * 0.05, row * side + side * 0.05, side * 0.9, side * 0.9, colour)


def stamp(c: Canvas, rng: Rng, x: float, y: float, radius: float) -> None:
    ink = pick(rng, ((60, 70, 140), (150, 50, 60), (50, 50, 50), (60, 120, 80))) + (170,)
    ring = np.stack([np.cos(np.linspace(0, 6.3, 40)), np.sin(np.linspace(0, 6.3, 40))], 1)
    with c.at(x, y, rng.normal(0, 0.3)):
        if rng.uniform() < 0.6:
            c.line(ring * (radius, radius * 0.8), radius * 0.07, ink)
            c.line(ring * (radius * 0.72, radius * 0.55), radius * 0.04, ink)
        else:
            c.frame(-radius, -radius * 0.5, radius * 2, radius, radius * 0.07, ink)
        c.text(0, -radius * 0.36, "HERB.", radius * 0.36, ink, middle=True)
        c.text(0, radius * 0.0, "DRAWN", radius * 0.36, ink, middle=True)


def packet(
    c: Canvas, rng: Rng, x: float, y: float, width: float, height: float, paper: Colour, words: str = ""
) -> None:
    """A folded paper packet by its middle: body, two side flaps, a lower flap turned up."""
    dark = tuple(int(part * 0.86) for part in paper)
    with c.at(x - width / 2, y - height / 2, rng.normal(0, 0.02)):
        c.shadow(0, 0, width, height, min(width, height) * 0.05)
        c.box(0, 0, width, height, paper)
        side, turn = width * rng.uniform(0.07, 0.13), height * rng.uniform(0.45, 0.75)
        for left in (0.0, width - side):
            c.box(left, 0, side, height, dark[:3] + (70,))
        c.line(np.array([[side, 0], [side, height]]), width * 0.006, dark)
        c.line(np.array([[width - side, 0], [width - side, height]]), width * 0.006, dark)
        c.box(0, turn, width, height * 0.012, (0, 0, 0, 40))
        c.box(0, turn + height * 0.012, width, height * 0.012, (255, 255, 255, 90))
        for _ in range(3):
            ends = rng.uniform((0, 0), (width, height), (2, 2))
            c.line(ends, width * 0.004, dark[:3] + (70,))
        if words:
            c.text(width / 2, height * 0.16, words, width * 0.065, (40, 36, 34), middle=True)
            for k in range(2):
                written(
                    c, rng, width * 0.2, height * (0.34 + 0.1 * k), width * 0.55, width * 0.05, (52, 46, 80)
                )


def stain(c: Canvas, rng: Rng, x: float, y: float, radius: float) -> None:
    shape = blob(rng, radius, radius * rng.uniform(0.5, 1), 0.3)
    tint = (120, 84, 40)
    for grow, alpha in ((1.0, 16), (0.9, 14), (0.6, 12)):
        c.poly(shape * grow + (x, y), (*tint, alpha))


def strap(c: Canvas, rng: Rng, x: float, y: float, length: float, angle: float) -> None:
    """A paper strap that holds a stem down."""
    with c.at(x, y, angle):
        c.box(-length / 2, -length * 0.1, length, length * 0.2, (244, 240, 228))
        c.line(
            np.array([[-length / 2, length * 0.1], [length / 2, length * 0.1]]),
            length * 0.03,
            (90, 80, 60, 90),
        )


def letter(c: Canvas, rng: Rng, x: float, y: float, width: float, lines: int) -> None:
    """A typed or written note of several lines by its upper left corner."""
    height = width * (0.1 + 0.095 * lines)
    hand = rng.uniform() < 0.5
    with c.at(x, y, rng.normal(0, 0.04)):
        c.shadow(0, 0, width, height, 0.006)
        c.box(0, 0, width, height, vary(rng, (244, 238, 222), 6))
        for k in range(lines):
            foot = width * (0.1 + 0.09 * k)
            if hand:
                written(c, rng, width * 0.06, foot + width * 0.03, width * 0.85, width * 0.07, (50, 44, 66))
            else:
                c.text(width * 0.06, foot - width * 0.03, sentence(rng), width * 0.055, (40, 38, 36))


def quarter(rng: Rng) -> float:
    """An angle of 0 or a quarter turn."""
    return float(rng.choice([0.0, math.pi / 2]))
