"""Sheets that a tiny network learns in seconds: grainy paper with a plant, on some a dark blurred stain."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

SIDE = 256
SOURCES = ("AAA", "BBB")


def write_easy_sheets(
    folder: Path, count: int = 60, seed: int = 0, *, regions: bool = True, splits: bool = False
) -> Path:
    """Sheets of 256 px, by turns clean and contaminated; one in six is a clean look-alike (a dark border)."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    sheets, marks = [], []
    for number in range(count):
        stained = number % 2 == 1
        look_alike = "border" if number % 6 == 4 else ""
        pixels, stain = draw(random, stained, bool(look_alike))
        name = f"s{number:03d}"
        Image.fromarray(pixels).save(folder / f"{name}.jpg", quality=92)
        split = ("train", "train", "train", "validate", "test")[number // 2 % 5] if splits else ""
        label = "contaminated" if stained else "clean"
        sheets.append(
            [name, f"{name}.jpg", label, split, SOURCES[number // 2 % 2], 1850 + number, look_alike]
        )
        if stain and regions:
            marks.append([name, "contaminated", *(f"{one:.4f}" for one in stain)])
    write_table(
        folder / "sheets.tsv", ("id", "file", "label", "split", "source", "year", "look_alike"), sheets
    )
    if regions:
        write_table(folder / "regions.tsv", ("id", "label", "left", "top", "width", "height"), marks)
    return folder


def draw(
    random: np.random.Generator, stained: bool, border: bool
) -> tuple[np.ndarray, tuple[float, float, float, float] | None]:
    """Pixels, and the stain's rectangle in parts of the sheet."""
    pixels = np.full((SIDE, SIDE, 3), (226, 218, 196), np.float32) + random.normal(0, 5, (SIDE, SIDE, 1))
    for _ in range(12):
        start, end = random.integers(20, SIDE - 20, (2, 2))
        green = (70 + int(random.integers(40)), 100, 50)
        cv2.line(pixels, tuple(map(int, start)), tuple(map(int, end)), green, 2)
    if border:
        cv2.rectangle(pixels, (6, 6), (SIDE - 7, SIDE - 7), (60, 55, 50), 3)
    stain = None
    if stained:
        x, y = random.integers(50, SIDE - 50, 2)
        radius = int(random.integers(30, 46))
        mask = np.zeros((SIDE, SIDE), np.float32)
        cv2.circle(mask, (int(x), int(y)), radius, 1.0, -1)
        mask = cv2.GaussianBlur(mask, (0, 0), 6)[..., None] * 0.75
        pixels = pixels * (1 - mask) + np.array((52, 46, 44), np.float32) * mask
        stain = (float(x - radius) / SIDE, float(y - radius) / SIDE, 2 * radius / SIDE, 2 * radius / SIDE)
    return pixels.clip(0, 255).astype(np.uint8), stain


def write_table(path: Path, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter="\t", lineterminator="\n").writerows([columns, *rows])
