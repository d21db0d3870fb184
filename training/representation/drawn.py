"""Drawn sheets of plants that never grew, in the layout of the Half-Earth challenge: a set whose taxonomy is
known because it was put in.

An order is a way of branching, a family the shape of its leaves, a genus their colour and length, a species
how many and how large they are. An institution is its paper, its frame and where its label is: what is no
part of the plant and yet tells sheets apart. Pillow and NumPy only; the same arguments give the same bytes.
"""

from __future__ import annotations

import colorsys
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from inference.files import whole_file
from training.representation.half_earth import METADATA_FILE

GENERA = ("Acer", "Betula", "Carex", "Drosera", "Erica", "Ficus", "Galium", "Hedera", "Iris", "Juncus")
EPITHETS = ("alba", "borealis", "montana", "nigra", "palustris", "repens", "rubra", "vulgaris")
INSTITUTIONS = ("NY", "AK", "BRI", "BPBM", "L")
PAPERS = ((236, 230, 214), (246, 244, 238), (222, 214, 190), (232, 226, 226), (214, 222, 214))
LABELS = ((0.6, 0.84), (0.06, 0.84), (0.6, 0.06), (0.06, 0.06), (0.33, 0.86))  # left and top, shares
FINER = 3  # drawn so many times as large, then made smaller


@dataclass(frozen=True)
class Plant:
    """What a species looks like. branching: 0 leaves by twos, 1 one by one, 2 all from the ground."""

    branching: int
    shape: int
    hue: float
    length: float
    leaves: int


def draw_half_earth(
    folder: Path,
    genera: int = 8,
    species: int = 6,
    per_species: int = 30,
    institutions: int = 3,
    seed: int = 89,
    size: int = 96,
    *,
    home: float = 0.6,
) -> Path:
    """Write the set into `folder` (made if absent), metadata.json last, and return it.

    Two genera make a family; the first half of them is one order, the rest another. home: share of each
    species that is of the first institution, NY; the rest is of the others in turn. size: pixels of the
    shorter side. Where the metadata are there already nothing is done.
    """
    for name, value, least in (
        ("genera", genera, 1), ("species", species, 1), ("per_species", per_species, 1), ("size", size, 8)
    ):  # fmt: skip
        if value < least:
            raise ValueError(f"{name} must be at least {least}, got {value}")
    if not 1 <= institutions <= len(INSTITUTIONS):
        raise ValueError(f"institutions must be 1 to {len(INSTITUTIONS)}, got {institutions}")
    if (folder / METADATA_FILE).is_file():
        return folder
    categories: list[dict[str, Any]] = []
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for genus in range(genera):
        for kind in range(species):
            category = len(categories)
            categories.append({"id": category, **taxon(genus, kind, genera)})
            for number in range(per_species):
                key = len(images)
                # The share of home spread over the numbers: 0.5 is every other one.
                away = int((number + 1) * (1 - home)) - int(number * (1 - home))
                place = 1 + int(number * (1 - home)) % (institutions - 1) if away and institutions > 1 else 0
                picture = draw_sheet(plant(genus, kind, genera), place, size, (seed, key))
                file = f"images/{category:03d}/{number:02d}/{key}.jpg"
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                picture.save(folder / file, quality=90)
                wide, high = picture.size
                images.append({"id": key, "file_name": file, "width": wide, "height": high, "license": 0})
                annotations.append(
                    {"id": key, "image_id": key, "category_id": category, "institution_id": place}
                )
    found = {
        "info": {"description": "Drawn sheets; none is a photograph", "seed": seed},
        "images": images,
        "annotations": annotations,
        "categories": categories,
        "institutions": [{"id": n, "name": INSTITUTIONS[n]} for n in range(institutions)],
        "licenses": [{"id": 0, "name": "CC0"}],
    }
    with whole_file(folder / METADATA_FILE) as temporary:
        temporary.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return folder


def taxon(genus: int, kind: int, genera: int) -> dict[str, str]:
    """Name, family and order of a species of the set."""
    names = [GENERA[each] if each < len(GENERA) else f"Novum{each}" for each in range(genera)]
    epithet = EPITHETS[kind] if kind < len(EPITHETS) else "ultima" + "a" * kind
    half = (genera + 1) // 2
    return {
        "name": f"{names[genus]} {epithet}",
        "family": f"{names[genus // 2 * 2]}aceae",
        "order": f"{names[0 if genus < half else half]}ales",
    }


def plant(genus: int, kind: int, genera: int) -> Plant:
    half = (genera + 1) // 2
    return Plant(
        branching=0 if genus < half else 1 + genus // 2 % 2,
        shape=genus // 2 % 4,
        hue=0.15 + 0.11 * (genus % 2) + 0.06 * (genus // 2 % 3),
        length=0.15 + 0.045 * (genus % 2) + 0.006 * kind,
        leaves=5 + kind % 4,
    )


def draw_sheet(what: Plant, institution: int, size: int, seed: Sequence[int]) -> Image.Image:
    """A sheet, a little taller than wide, with one plant of that look; no two are quite alike."""
    random = np.random.default_rng(tuple(seed))
    wide, high = size * FINER, size * FINER * 5 // 4
    paper = tuple(int(one + random.integers(-6, 7)) for one in PAPERS[institution % len(PAPERS)])
    sheet = Image.new("RGB", (wide, high), paper)
    pen = ImageDraw.Draw(sheet)
    left, top = LABELS[institution % len(LABELS)]
    pen.rectangle(
        (left * wide, top * high, (left + 0.34) * wide, (top + 0.09) * high), (250, 250, 248), (120, 120, 120)
    )
    for line in range(3):
        y = (top + 0.02 + 0.025 * line) * high
        pen.line(((left + 0.03) * wide, y, (left + random.uniform(0.15, 0.3)) * wide, y), (90, 90, 90), FINER)
    foot = (wide * random.uniform(0.42, 0.58), high * random.uniform(0.78, 0.84))
    lean = random.uniform(-0.35, 0.35)
    reach = high * random.uniform(0.5, 0.6)
    ink = _colour(what.hue + random.normal(0, 0.025), random.uniform(0.55, 0.75), random.uniform(0.4, 0.6))
    stem = (96, 78, 50)
    leaves = max(3, what.leaves + int(random.integers(-1, 2)))
    long = what.length * wide * random.uniform(0.9, 1.1)
    if what.branching == 2:  # a tuft
        for number in range(leaves + 2):
            turn = lean + (number / (leaves + 1) - 0.5) * 1.7 + random.normal(0, 0.05)
            _leaf(pen, foot, turn, long * 2.1, what.shape, ink, random)
    else:
        tip = (foot[0] + math.sin(lean) * reach, foot[1] - math.cos(lean) * reach)
        pen.line((*foot, *tip), stem, max(1, size * FINER // 70))
        for number in range(leaves):
            along = 0.15 + 0.8 * number / (leaves - 1)
            at = tuple(one + (other - one) * along for one, other in zip(foot, tip, strict=True))
            sides = (1, -1) if what.branching == 0 else ((1,) if number % 2 else (-1,))
            for side in sides:
                turn = lean + side * (0.9 + random.normal(0, 0.08))
                _leaf(pen, at, turn, long * (1.15 - 0.4 * along), what.shape, ink, random)
        if what.branching == 1:
            _leaf(pen, tip, lean, long * 0.8, what.shape, ink, random)
    small = sheet.resize((size, size * 5 // 4), Image.Resampling.LANCZOS)
    grain = random.normal(0, 5, (*small.size[::-1], 1))
    return Image.fromarray((np.asarray(small) + grain).clip(0, 255).astype(np.uint8))


def _leaf(
    pen: ImageDraw.ImageDraw,
    at: Sequence[float],
    turn: float,
    long: float,
    shape: int,
    ink: tuple[int, int, int],
    random: np.random.Generator,
) -> None:
    """shape: 0 egg, 1 blade, 2 heart, 3 lobed."""
    along = np.linspace(0, 1, 25)
    width = (
        0.30 * np.sin(np.pi * along**0.8),
        0.08 * np.sin(np.pi * along) ** 0.5,
        0.62 * np.sqrt(along.clip(0, 1)) * (1 - along) ** 0.8 + 0.12 * (along < 0.2),
        0.34 * np.sin(np.pi * along) * (0.55 + 0.45 * np.abs(np.cos(3 * np.pi * along))),
    )[shape] * random.uniform(0.9, 1.1)
    x = np.concatenate([width, -width[::-1]]) * long
    y = np.concatenate([along, along[::-1]]) * long
    points = np.stack([at[0] + math.sin(turn) * y + math.cos(turn) * x,
                       at[1] - math.cos(turn) * y + math.sin(turn) * x], axis=1)  # fmt: skip
    shade = tuple(max(0, one - 45) for one in ink)
    pen.polygon([tuple(one) for one in points.tolist()], ink, shade)
    pen.line(
        (at[0], at[1], at[0] + math.sin(turn) * long * 0.9, at[1] - math.cos(turn) * long * 0.9), shade, FINER
    )


def _colour(hue: float, saturation: float, value: float) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)
