"""Surfaces and light as arrays of pixels (height, width), and the finish of a photograph."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

Field = npt.NDArray[np.float32]


def enlarge(field: Field, size: tuple[int, int], smooth: bool = True) -> Field:
    """Resize a field to (width, height)."""
    how = Image.Resampling.BICUBIC if smooth else Image.Resampling.BILINEAR
    return np.array(Image.fromarray(field).resize(size, how), dtype=np.float32)


def fractal(grain: np.random.Generator, size: tuple[int, int], cells: int = 4, octaves: int = 4) -> Field:
    """Cloudy noise of about unit deviation, (height, width).

    The random numbers asked for do not depend on the size, so a picture keeps its clouds when drawn larger.
    """
    width, height = size
    small = (
        (max(8, width // 2), max(8, height // 2))
        if octaves > 4
        else (max(8, width // 4), max(8, height // 4))
    )
    total = np.zeros((small[1], small[0]), dtype=np.float32)
    for octave in range(octaves):
        n = cells * 2**octave
        shape = (n * 3 // 2, n) if height > width else (n, n * 3 // 2)
        total += enlarge(grain.standard_normal(shape, dtype=np.float32), small) * 0.6**octave
    total /= float(total.std()) + 1e-6
    return enlarge(total, size, smooth=False)


def grid(size: tuple[int, int]) -> tuple[Field, Field]:
    """x and y of every pixel's middle in units of the short side."""
    width, height = size
    short = min(width, height)
    x = (np.arange(width, dtype=np.float32) + 0.5) / short
    y = (np.arange(height, dtype=np.float32) + 0.5) / short
    return np.broadcast_to(x, (height, width)), np.broadcast_to(y[:, None], (height, width))


def to_image(field: npt.NDArray[np.floating]) -> Image.Image:
    """(height, width) or (height, width, 3) in 0-255 -> RGB picture."""
    return Image.fromarray(np.clip(field, 0, 255).astype(np.uint8)).convert("RGB")


def relight(height_field: Field, strength: float, angle: float = 2.4) -> Field:
    """How bright a relief is under a lamp that shines from `angle`; about 0 where it is flat."""
    dy, dx = np.gradient(height_field)
    slope = (dx * np.cos(angle) + dy * np.sin(angle)) * strength * min(height_field.shape) / 256
    lit: Field = np.tanh(slope).astype(np.float32)
    return lit


def photograph(
    image: Image.Image,
    rng: np.random.Generator,
    grain: np.random.Generator,
    *,
    mottle: float = 0.018,
    speckle: float = 2.5,
    vignette: float = 0.0,
    exposure: float = 0.07,
    cast: float = 0.015,
    tilt: float = 0.03,
) -> Image.Image:
    """Give a drawing uneven paper, light that falls off, an exposure, a colour cast and sensor noise."""
    width, height = image.size
    light = 1 + mottle * fractal(grain, image.size, cells=6, octaves=4)
    x, y = grid(image.size)
    slope = rng.normal(0, tilt, 2)
    light += np.float32(slope[0]) * (x - x.mean()) + np.float32(slope[1]) * (y - y.mean())
    if vignette:
        u, v = rng.normal(0.5, 0.12, 2)
        light -= (
            np.float32(vignette)
            * ((x / x.max() - np.float32(u)) ** 2 + (y / y.max() - np.float32(v)) ** 2)
            * 2
        )
    light *= np.float32(0.97 + rng.normal(0, exposure))
    pixels = np.asarray(image, dtype=np.float32) * light[..., None]
    pixels *= (1 + rng.normal(0, cast, 3)).astype(np.float32)
    pixels += np.float32(speckle) * grain.standard_normal((height, width, 1), dtype=np.float32)
    return to_image(pixels)
