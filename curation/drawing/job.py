"""What one picture is drawn from."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from curation.drawing.canvas import Canvas, Colour
from curation.drawing.taxa import GENERA, Genus, genus_of, names
from curation.drawing.texture import photograph


@dataclass(frozen=True)
class Job:
    """`rng` decides the composition, `grain` the pixels; apart, so that size does not change the first."""

    slug: str
    seed: int
    short_side: int
    number: str
    """Catalogue number, as printed under the barcode."""
    rng: np.random.Generator = field(repr=False)
    grain: np.random.Generator = field(repr=False)
    oversample: int = 2
    """See `Canvas`; 1 for pictures so large that their hard edges do not show."""

    @property
    def genus(self) -> Genus:
        return GENERA[genus_of(self.slug, self.seed)]

    @property
    def scientific_name(self) -> str:
        return names(self.slug, self.seed)[2]

    def other_genus(self) -> Genus:
        return GENERA[int(self.rng.integers(len(GENERA)))]

    def portrait(self, low: float, high: float, background: Colour) -> Canvas:
        height = float(self.rng.uniform(low, high))
        return Canvas(1, height, self.short_side, background, oversample=self.oversample)

    def landscape(self, low: float, high: float, background: Colour) -> Canvas:
        width = float(self.rng.uniform(low, high))
        return Canvas(width, 1, self.short_side, background, oversample=self.oversample)

    def photo(self, image: Image.Image | Canvas, **finish: float) -> Image.Image:
        """`texture.photograph` with this picture's own random numbers; `finish` are its keywords."""
        picture = image.finish() if isinstance(image, Canvas) else image
        return photograph(picture, self.rng, self.grain, **finish)
