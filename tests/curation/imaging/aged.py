"""What age, ink, stamps, scanners and compression do to a print, by a seed."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image


def aged(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """An RGB picture as an old print: yellowed in clouds, half of them in sepia, some foxed or stamped."""
    light = np.asarray(image, np.float32) / 255
    blue = rng.uniform(0.6, 0.98)
    paper = np.array([1, 1 - (1 - blue) * rng.uniform(0.3, 0.6), blue])
    light = light * (1 - (1 - paper) * (_clouds(image.size, rng) * rng.uniform(0.3, 1))[..., None])
    if rng.uniform() < 0.5:
        ink = rng.uniform(0.1, 0.3) * np.array([1, rng.uniform(0.5, 0.75), rng.uniform(0.2, 0.5)])
        light = ink + (1 - ink) * light
    if rng.uniform() < 0.4:
        light = _foxed(light, rng)
    light *= (1 + rng.normal(0, 0.02, 3)) * rng.uniform(0.85, 1.02)  # a scanner's white balance and exposure
    if rng.uniform() < 0.3:
        _stamp(light, rng, 0.003)
    out = io.BytesIO()
    picture = Image.fromarray((np.clip(light, 0, 1) * 255).astype(np.uint8))
    picture.save(out, "JPEG", quality=int(rng.integers(60, 95)))
    return Image.open(out).convert("RGB")


def _clouds(size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    cells = int(rng.integers(2, 6))
    coarse = rng.standard_normal((cells * 3 // 2, cells)).astype(np.float32)
    return np.clip(
        0.75 + 0.25 * np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)), 0, 1.4
    )


def _foxed(light: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    height, width, _ = light.shape
    rows, columns = np.mgrid[:height, :width]
    for _ in range(int(rng.integers(3, 25))):
        y, x = rng.uniform(0, 1, 2) * (height, width)
        radius = rng.uniform(0.004, 0.02) * width
        spot = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * radius**2)) * rng.uniform(0.1, 0.4)
        light = light * (1 - spot[..., None] * np.array([0.2, 0.45, 0.75]))
    return light


def _stamp(light: np.ndarray, rng: np.random.Generator, share: float) -> None:
    height, width, _ = light.shape
    side = (width * height * share) ** 0.5
    wide, tall = int(side * 1.5), max(2, int(side / 1.5))
    x, y = int(rng.uniform(0.05, 0.8) * width), int(rng.uniform(0.05, 0.9) * height)
    light[y : y + tall, x : x + wide] *= np.array([0.5, 0.55, 0.95])
