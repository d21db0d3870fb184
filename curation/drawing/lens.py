"""What microscopes add to a picture: scale bars, data strips, round fields, shallow focus."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from curation.drawing.canvas import Canvas, Colour
from curation.drawing.texture import grid, to_image

Rng = np.random.Generator


def scale_bar(c: Canvas, rng: Rng, ink: Colour, unit: str = "um") -> None:
    """A bar with its length, at the lower edge where the mark is not.

    The unit is "um" because Pillow's font lacks the Greek letter.
    """
    length = rng.uniform(0.14, 0.3)
    x, y = rng.choice([0.05, 0.35]), c.height - rng.uniform(0.06, 0.1)
    c.box(x, y, length, 0.012, ink)
    number = int(rng.choice([5, 10, 20, 50, 100, 200])) if unit == "um" else int(rng.choice([1, 2, 5]))
    c.text(x + length / 2, y - 0.052, f"{number} {unit}", 0.042, ink, middle=True)


def data_strip(c: Canvas, rng: Rng, number: str) -> None:
    """The black strip under an electron micrograph."""
    high = rng.uniform(0.05, 0.08)
    top = c.height - high
    c.box(0, top, c.width, high, (8, 8, 8))
    words = f"{int(rng.choice([5, 10, 15]))}.0 kV  x{int(rng.integers(3, 90)) * 100}  SE  {number[-5:]}"
    c.text(0.02, top + high * 0.2, words, high * 0.55, (235, 235, 235))
    length = rng.uniform(0.1, 0.2)
    c.box(0.58, top + high * 0.45, length, high * 0.1, (240, 240, 240))


def round_field(image: Image.Image, rng: Rng) -> Image.Image:
    """The eyepiece's circle on black."""
    x, y = grid(image.size)
    radius = rng.uniform(0.44, 0.62)
    distance = np.hypot(x - x.max() * rng.normal(0.5, 0.05), y - y.max() * rng.normal(0.5, 0.05))
    inside = np.clip((radius - distance) * 60, 0, 1)[..., None]
    return to_image(np.asarray(image, np.float32) * inside + 6)


def shallow(image: Image.Image, rng: Rng, centre: tuple[float, float], reach: float) -> Image.Image:
    """Sharp near `centre` (fractions of width and height), soft away from it."""
    soft = image.filter(ImageFilter.BoxBlur(min(image.size) * 0.014))
    x, y = grid(image.size)
    distance = np.hypot(x / x.max() - centre[0], y / y.max() - centre[1])
    share = np.clip((distance - reach) * 3, 0, 1)
    return Image.composite(soft, image, Image.fromarray((share * 255).astype(np.uint8)))
