"""Glass jars and what fills them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from curation.drawing.canvas import Canvas, Colour
from curation.drawing.inks import pick
from curation.drawing.writing import written


def jar(
    c: Canvas,
    rng: np.random.Generator,
    half: float,
    tall: float,
    liquid: Colour,
    words: str,
    inside: Callable[[], None],
) -> None:
    """A jar about the origin, `half` wide and `tall` high to each side; `inside` draws the contents."""
    right = np.array([[0.75, -1.0], [0.75, -0.86], [1.0, -0.72], [1.0, 0.96], [0.93, 1.0]]) * (half, tall)
    body = np.concatenate([right, (right * (-1, 1))[::-1]])
    c.ellipse(half * 0.2, tall, half * 1.25, half * 0.16, (0, 0, 0, 70))
    c.poly(body, (*liquid, 120))
    inside()
    c.poly(body, (*liquid, 50))
    c.line(np.concatenate([body, body[:1]]), half * 0.035, (120, 140, 140, 200))
    c.box(-half * 0.86, -tall * 0.62, half * 0.1, tall * 1.4, (255, 255, 255, 130))
    c.box(half * 0.72, -tall * 0.6, half * 0.05, tall * 1.3, (255, 255, 255, 90))
    lid = pick(rng, ((40, 40, 44), (170, 172, 176), (150, 110, 60), (120, 30, 30)))
    c.box(-half * 0.82, -tall * 1.18, half * 1.64, tall * 0.26, lid)
    c.box(-half * 0.82, -tall * 1.18, half * 0.3, tall * 0.26, (255, 255, 255, 50))
    if rng.uniform() < 0.8:
        y = tall * rng.uniform(0.25, 0.5)
        c.box(-half * 0.62, y, half * 1.24, tall * 0.36, (244, 238, 220))
        c.text(0, y + tall * 0.05, words[-7:], tall * 0.1, (40, 34, 30), middle=True)
        written(c, rng, -half * 0.5, y + tall * 0.28, half, tall * 0.1, (50, 44, 80))
