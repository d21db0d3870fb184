"""Objects that are photographed on a table, not on a sheet: backgrounds and what lies beside them."""

from __future__ import annotations

import numpy as np
from PIL import Image

from curation.drawing import paper
from curation.drawing.canvas import Canvas, Colour
from curation.drawing.inks import pick
from curation.drawing.job import Job
from curation.drawing.texture import grid, to_image
from curation.drawing.writing import written

STUDIO: tuple[Colour, ...] = (
    (236, 236, 234), (206, 208, 210), (150, 152, 156), (30, 30, 34), (244, 242, 236), (104, 116, 132),
    (214, 204, 186),
)  # fmt: skip


def studio(job: Job, low: float, high: float, upright: float, colours: tuple[Colour, ...] = STUDIO) -> Canvas:
    """An empty table with light that falls off towards one corner."""
    rng = job.rng
    tone = pick(rng, colours)
    c = job.portrait(low, high, tone) if rng.uniform() < upright else job.landscape(low, high, tone)
    x, y = grid((64, 64))
    fall = (
        1
        + rng.normal(0, 0.12) * (x - 0.5)
        + rng.uniform(0, 0.3) * (0.5 - np.hypot(x - rng.uniform(), y - rng.uniform(0, 0.6)))
    )
    c.replace(
        to_image(np.array(tone, np.float32) * fall[..., None]).resize(c.image.size, Image.Resampling.BILINEAR)
    )
    return c


def tag(c: Canvas, rng: np.random.Generator, x: float, y: float, words: str, size: float = 0.2) -> None:
    """A tie-on tag with a thread."""
    with c.at(x, y, rng.normal(0, 0.25)):
        c.shadow(0, 0, size, size * 0.46, 0.01)
        shape = np.array([[0.12, 0], [1, 0], [1, 0.46], [0.12, 0.46], [0, 0.34], [0, 0.12]]) * size
        c.poly(shape, pick(rng, ((236, 222, 186), (248, 246, 240), (206, 180, 130))))
        c.ellipse(size * 0.08, size * 0.23, size * 0.025, size * 0.025, (90, 70, 50))
        c.text(size * 0.16, size * 0.06, words, size * 0.1, (40, 34, 30))
        written(c, rng, size * 0.18, size * 0.36, size * 0.7, size * 0.13, (50, 44, 80))


def furnish(job: Job, c: Canvas) -> None:
    """Ruler, colour bar, label or tag in the corners that stay free."""
    rng = job.rng
    ground = (242, 242, 240) if rng.uniform() < 0.6 else (26, 26, 28)
    if rng.uniform() < 0.7:
        paper.ruler(
            c, rng.uniform(0.03, 0.15), c.height - rng.uniform(0.07, 0.1), rng.uniform(0.4, 0.6), 0, ground
        )
    if rng.uniform() < 0.5:
        paper.colour_bar(c, c.width - 0.5, 0.025, 0.46, 0, int(rng.integers(1, 3)))
    way = rng.uniform()
    if way < 0.35:
        tag(c, rng, rng.uniform(0.02, 0.1), rng.uniform(0.03, 0.1), job.number)
    elif way < 0.75:
        paper.label(
            c, rng, rng.uniform(0.02, 0.06), rng.uniform(0.02, 0.06), 0.26, job.scientific_name, job.number
        )
