"""Herbarium sheets for trying out how their condition is told: clean, stained, and clean but alike.

Only Pillow and NumPy. The same seed lays the same sheet in every kind, so that two pictures of one seed
differ in nothing but what was done to the sheet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from PIL import Image, ImageChops

from curation.drawing import look_alikes, stains
from curation.drawing.canvas import Colour
from curation.drawing.inks import mix, vary
from curation.drawing.job import Job
from curation.drawing.look_alikes import LOOK_ALIKES
from curation.drawing.mark import marked
from curation.drawing.sheets import Sheet, grow, lay, tag
from curation.drawing.sources import SOURCES, DrawnSource
from curation.drawing.stains import GRID, Rectangle
from curation.drawing.texture import Field

Kind = Literal["clean", "contaminated", "look-alike"]
KINDS: tuple[Kind, ...] = ("clean", "contaminated", "look-alike")
CLEAN, CONTAMINATED = "clean", "contaminated"
"""Slugs of the classes, the sound one first."""
_SLUG = "ordinary-pressed-specimens"
_SALT = 1784
_FIRST_YEAR, _LAST_YEAR = 1805, 1995
_NEW_PAPER: Colour = (244, 241, 232)
_OLD_PAPER: Colour = (206, 184, 146)
_PLAIN_EDGES = 2400
"""Short side in pixels from which on shapes are drawn once, not twice as large."""


@dataclass(frozen=True)
class DrawnSheet:
    """A picture with its mark, the rectangles that hold its stains, and what a collection knows of it."""

    image: Image.Image
    stains: list[Rectangle]
    facts: dict[str, Any]
    """number, source (code), source_name, licence, year, scientific_name, family, genus, kind, look_alike,
    strength (of the stains, 0 where there are none)."""

    @property
    def label(self) -> str:
        return CONTAMINATED if self.facts["kind"] == "contaminated" else CLEAN


def draw_sheet(seed: int, *, kind: Kind, look_alike: str | None = None, short_side: int = 768) -> DrawnSheet:
    """One sheet, RGB, `short_side` pixels across its short side, marked as drawn.

    look_alike: one of LOOK_ALIKES, for the kind "look-alike" only. The same arguments give the same pixels.
    Raises ValueError for an unknown kind or look-alike, a negative seed, or fewer than 32 pixels.
    """
    _check(seed, kind, look_alike, short_side)
    rng, grain, about, done = (np.random.default_rng([_SALT, seed, k]) for k in range(4))
    year = int(about.integers(_FIRST_YEAR, _LAST_YEAR + 1))
    job = Job(
        _SLUG, seed, short_side, f"S{seed:010d}", rng, grain, oversample=1 if short_side > _PLAIN_EDGES else 2
    )
    facts = _facts(job, _source(about), year) | {"kind": kind, "look_alike": look_alike, "strength": 0.0}
    sheet = lay(job, ground=_paper(about, year))
    if look_alike == "border":
        look_alikes.border(sheet, done)
    bare = sheet.canvas.image.copy()
    grow(job, sheet)
    alone = _changed(bare, sheet.canvas.image)
    shape = _grid(sheet)
    plants, paper = _cover(alone, shape), _paper_on(sheet, shape)
    darker = None
    if kind == "contaminated":
        facts["strength"] = round(_strength(done, year), 3)
        depth = stains.darkness(done, plants, paper, facts["strength"])
        darker = _stain(sheet, alone, depth, done)
    elif look_alike == "glue":
        look_alikes.glue(sheet, done, plants)
    thick = look_alike == "shadow" and bool(done.uniform() < 0.5)
    if thick:
        shaded = look_alikes.plant_shadow(sheet.canvas.image, done, plants, paper)
        shaded.paste(sheet.canvas.image, (0, 0), alone)
        sheet.canvas.replace(shaded)
    untagged = None if darker is None else _small(sheet)
    tag(job, sheet, year)
    marks: list[Rectangle] = []
    if darker is not None and untagged is not None:
        marks = stains.rectangles(darker * (1 - _cover(_changed(untagged, _small(sheet)), shape)))
    if look_alike == "foxing":
        look_alikes.foxing(sheet, done)
    elif look_alike == "shadow" and not thick:
        sheet.canvas.replace(look_alikes.band_shadow(sheet.canvas.image, done, shape))
    return DrawnSheet(marked(job.photo(sheet.canvas)), marks, facts)


def _check(seed: int, kind: str, look_alike: str | None, short_side: int) -> None:
    if seed < 0:
        raise ValueError(f"A drawing's seed must be 0 or more; got {seed}.")
    if short_side < 32:
        raise ValueError(f"A drawing's short side must be 32 pixels or more; got {short_side}.")
    if kind not in KINDS:
        raise ValueError(f"No sheet of the kind {kind!r}; the kinds are: {', '.join(KINDS)}.")
    if kind == "look-alike" and look_alike not in LOOK_ALIKES:
        raise ValueError(f"No look-alike {look_alike!r}; there are: {', '.join(LOOK_ALIKES)}.")
    if kind != "look-alike" and look_alike is not None:
        raise ValueError(f"A sheet of the kind {kind!r} has no look-alike; got {look_alike!r}.")


def _source(rng: np.random.Generator) -> DrawnSource:
    """Larger collections come more often, for every kind alike: a model must not learn the house."""
    weights = 0.7 ** np.arange(5)
    return SOURCES[int(rng.choice(5, p=weights / weights.sum()))]


def _facts(job: Job, source: DrawnSource, year: int) -> dict[str, Any]:
    return {
        "number": job.number,
        "source": source.code,
        "source_name": source.name,
        "licence": source.licence,
        "year": year,
        "scientific_name": job.scientific_name,
        "family": job.genus.family,
        "genus": job.genus.name,
    }


def _paper(rng: np.random.Generator, year: int) -> Colour:
    """Paper browns with age, more or less."""
    age = (_LAST_YEAR - year) / (_LAST_YEAR - _FIRST_YEAR)
    return vary(rng, mix(_NEW_PAPER, _OLD_PAPER, float(np.clip(age + rng.normal(0, 0.22), 0, 1.15))), 5)


def _strength(rng: np.random.Generator, year: int) -> float:
    """Optical depth of the dark places: 0.35 to about 1.5, on the whole more in older sheets."""
    age = (_LAST_YEAR - year) / (_LAST_YEAR - _FIRST_YEAR)
    return float(0.35 + rng.beta(1.6, 2.2) * (0.8 + 0.35 * age))


def _small(sheet: Sheet) -> Image.Image:
    """The canvas about as fine as the grid."""
    return sheet.canvas.image.reduce(max(1, int(sheet.canvas.unit) // GRID))


def _grid(sheet: Sheet) -> tuple[int, int]:
    return round(GRID * sheet.canvas.height), round(GRID * sheet.canvas.width)


def _changed(before: Image.Image, after: Image.Image) -> Image.Image:
    """White where something was drawn, black elsewhere."""
    return ImageChops.difference(before, after).convert("L").point([0] * 5 + [255] * 251)


def _cover(mask: Image.Image, shape: tuple[int, int]) -> Field:
    """The part of each cell of the grid (height, width) that a mask covers, 0-1."""
    small = mask.resize(shape[::-1], Image.Resampling.BOX)
    return np.asarray(small, np.float32) / np.float32(255)


def _paper_on(sheet: Sheet, shape: tuple[int, int]) -> Field:
    """1 on the sheet, 0 on the table around it."""
    y = (np.arange(shape[0]) + 0.5) / GRID
    x = (np.arange(shape[1]) + 0.5) / GRID
    inside_y = (y > sheet.y + 0.008) & (y < sheet.y + sheet.height - 0.008)
    inside_x = (x > sheet.x + 0.008) & (x < sheet.x + sheet.width - 0.008)
    return (inside_y[:, None] & inside_x[None]).astype(np.float32)


def _stain(sheet: Sheet, plants: Image.Image, depth: Field, rng: np.random.Generator) -> Field:
    """Stain the sheet; returns by how many grey levels each cell of the grid became darker.

    The paper is darkened in full, the plants by a part: the liquid was on them and dried around them.
    """
    before = _small(sheet)
    warm = rng.uniform(0.0, 0.12)
    dark = stains.lay_on(sheet.canvas.image, depth, np.array([1.0, 1.0 + warm, 1.0 + 2.2 * warm]))
    dark.paste(sheet.canvas.image, (0, 0), plants.point([v * 6 // 10 for v in range(256)]))
    sheet.canvas.replace(dark)
    lost = ImageChops.subtract(before, _small(sheet)).convert("L")
    return _cover(lost, (depth.shape[0], depth.shape[1])) * np.float32(255)
