"""Which function draws which class, in the order of the class indices."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

from curation.drawing import (
    animals,
    art,
    biocultural,
    damage,
    electron,
    live,
    pieces,
    reflected,
    sheets,
    slides,
    text,
    transmission,
    unpressed,
)  # fmt: skip
from curation.drawing.job import Job

DRAWERS: dict[str, Callable[[Job], Image.Image]] = {
    "animal-specimens": animals.animal,
    "biocultural-specimens": biocultural.biocultural,
    "corrupted-images": damage.corrupted,
    "fragmentary-pressed-specimens": pieces.fragmentary,
    "illustrations-color": art.colour_plate,
    "illustrations-gray": art.grey_plate,
    "live-plants": live.living,
    "micrographs-electron": electron.micrograph,
    "micrographs-reflected-light": reflected.micrograph,
    "micrographs-transmission-light": transmission.micrograph,
    "microscope-slides": slides.slide,
    "mixed-pressed-specimens": sheets.mixed,
    "occluded-specimens": pieces.occluded,
    "ordinary-pressed-specimens": sheets.ordinary,
    "specimen-reproductions": pieces.reproduction,
    "text-focused": text.text,
    "unpressed-specimens": unpressed.unpressed,
}
CLASS_SLUGS: tuple[str, ...] = tuple(DRAWERS)


def class_index(slug: str) -> int:
    if slug not in DRAWERS:
        raise ValueError(f"No drawing of a class {slug!r}; the classes are: {', '.join(CLASS_SLUGS)}.")
    return CLASS_SLUGS.index(slug)


def catalog_number(slug: str, seed: int) -> str:
    return f"D{class_index(slug):02d}{seed:09d}"


def render(slug: str, seed: int, short_side: int) -> Image.Image:
    """The picture without its mark."""
    index = class_index(slug)
    if seed < 0:
        raise ValueError(f"A drawing's seed must be 0 or more; got {seed}.")
    if short_side < 32:
        raise ValueError(f"A drawing's short side must be 32 pixels or more; got {short_side}.")
    rng = np.random.default_rng([index, seed, 1])
    grain = np.random.default_rng([index, seed, 2])
    return DRAWERS[slug](Job(slug, seed, short_side, catalog_number(slug, seed), rng, grain))
