"""Printed, typed and written words on labels and pages. No real place, person or taxon is named."""

from __future__ import annotations

import numpy as np

from curation.drawing.canvas import Canvas, Colour, Points
from curation.drawing.geometry import spline

Rng = np.random.Generator
HEADS = (
    "DRAWN HERBARIUM", "HERBARIUM PICTUM", "FLORA IMAGINARIA", "EX HERBARIO FICTO", "PLANTAE DELINEATAE",
    "DRAWN COLLECTION", "EXSICCATA EXEMPLI",
)  # fmt: skip
PLACES = (
    "Paper Hills",
    "Ink River",
    "Pencil Bay",
    "Canvas Moor",
    "Margin Forest",
    "Eraser Point",
    "Palette Valley",
)
HABITATS = (
    "wet meadow",
    "open scrub",
    "sandy shore",
    "shaded ravine",
    "roadside bank",
    "limestone ledge",
    "pine wood",
)
NOTES = (
    "flowers seen in the upper part only", "common along the drawn path", "leaves thick, margin entire",
    "stem to 40 cm, corolla pale", "growing with grasses on damp soil", "fruit not seen, roots shallow",
    "second visit to the same plot", "colour noted before pressing", "scent faint, sap clear",
    "on north slope below the ridge", "plot marked with three stones", "duplicate kept with this sheet",
)  # fmt: skip


def label_lines(rng: Rng, year: int | None = None) -> list[str]:
    """Place, habitat, number and date of a gathering, the year where it is known."""
    day, month, some_year = int(rng.integers(1, 29)), int(rng.integers(1, 13)), int(rng.integers(1870, 2020))
    return [
        f"{PLACES[int(rng.integers(len(PLACES)))]}, {int(rng.integers(5, 2400))} m",
        HABITATS[int(rng.integers(len(HABITATS)))] + f", plot {int(rng.integers(1, 90))}",
        f"No. {int(rng.integers(10, 9999))}    {day}.{month}.{year or some_year}",
    ]


def sentence(rng: Rng) -> str:
    return NOTES[int(rng.integers(len(NOTES)))]


def hand(rng: Rng, width: float, size: float) -> list[Points]:
    """A line of words as a pen writes them: loops that lean, gaps between the words."""
    words, x = [], 0.0
    slant = rng.uniform(0.1, 0.6)
    while x < width - size:
        letters = int(rng.integers(3, 10))
        step = size * 0.2
        count = min(letters * 2, int((width - x) / step))
        if count < 4:
            break
        xs = x + np.arange(count) * step
        up = np.tile([0.0, -0.42], count)[:count] * size * rng.uniform(0.7, 1.1, count)
        tall = rng.uniform(size=count) < 0.17
        up = np.where(tall, up - size * rng.choice([-0.45, 0.55, 0.5], count), up)
        words.append(spline(np.stack([xs - slant * up + rng.normal(0, step * 0.2, count), up], 1), 3))
        x += count * step + size * 0.45
    return words


def written(c: Canvas, rng: Rng, x: float, y: float, width: float, size: float, ink: Colour) -> None:
    """One line of handwriting whose foot is at y."""
    with c.at(x, y):
        c.lines(hand(rng, width, size), size * 0.05, ink)


def barcode(c: Canvas, rng: Rng, x: float, y: float, width: float, number: str) -> None:
    """A white slip with bars and their number; 0.36 times as high as wide."""
    c.shadow(x, y, width, width * 0.36, 0.008)
    c.box(x, y, width, width * 0.36, (248, 248, 245))
    edge = x + width * 0.06
    while edge < x + width * 0.93:
        thick = float(rng.choice([0.008, 0.016, 0.024])) * width
        c.box(edge, y + width * 0.04, thick, width * 0.2, (22, 22, 22))
        edge += thick + float(rng.choice([0.008, 0.016, 0.024])) * width
    c.text(x + width / 2, y + width * 0.245, number, width * 0.1, (20, 20, 20), middle=True)
