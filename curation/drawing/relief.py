"""Rounded and patterned surfaces, lit: what the micrographs, fruits and shells are made of."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image

from curation.drawing.canvas import Colour, Points
from curation.drawing.texture import Field, enlarge, fractal

PATTERNS = ("smooth", "net", "warts", "ridges", "pits")


@lru_cache(maxsize=8)
def sphere_points(count: int) -> Points:
    """`count` nearly even directions, (count, 3): the golden spiral."""
    k = np.arange(count) + 0.5
    polar, around = np.arccos(1 - 2 * k / count), np.pi * (1 + 5**0.5) * k
    return np.stack([np.cos(around) * np.sin(polar), np.sin(around) * np.sin(polar), np.cos(polar)], axis=1)


def turned(points: Points, rng: np.random.Generator) -> Points:
    """Directions under a random rotation."""
    q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    out: Points = points @ q
    return out


def voronoi(
    grain: np.random.Generator, size: tuple[int, int], cells: float, stretch: float = 1.0
) -> tuple[Field, Field, Field]:
    """Jittered cells: distance to the nearest seed, to the edge between two cells, and a random value a cell.

    `cells` counts them along the short side; arrays are (height, width), distances in cells.
    """
    width, height = size
    shrink = max(1.0, min(size) / 400)
    w, h = round(width / shrink), round(height / shrink)
    unit = min(w, h) / cells
    x = np.broadcast_to((np.arange(w, dtype=np.float32) / unit / stretch), (h, w))
    y = np.broadcast_to((np.arange(h, dtype=np.float32) / unit)[:, None], (h, w))
    table = grain.uniform(0, 1, (3, 97, 89)).astype(np.float32)
    column, row = np.floor(x).astype(np.int32), np.floor(y).astype(np.int32)
    first = np.full((h, w), 9.0, np.float32)
    second, value = first.copy(), np.zeros((h, w), np.float32)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            j, i = (row + dy) % 97, (column + dx) % 89
            sx, sy = column + dx + table[0, j, i], row + dy + table[1, j, i]
            distance = np.hypot(sx - x, sy - y)
            nearer = distance < first
            second = np.where(nearer, first, np.minimum(second, distance))
            value = np.where(nearer, table[2, j, i], value)
            first = np.where(nearer, distance, first)
    fields = (first, second - first, value)
    if shrink == 1:
        return fields
    return enlarge(first, size, False), enlarge(second - first, size, False), enlarge(value, size, False)


def bumps(direction: npt.NDArray[np.float32], pattern: str, rng: np.random.Generator) -> Field:
    """Height of a pattern at unit directions (..., 3); about 0-1."""
    if pattern == "smooth":
        return np.zeros(direction.shape[:-1], np.float32)
    if pattern == "ridges":
        turn = np.arctan2(direction[..., 1], direction[..., 0])
        ridged: Field = (0.5 + 0.5 * np.cos(turn * int(rng.integers(6, 14)))).astype(np.float32)
        return ridged
    seeds = turned(sphere_points(int(rng.choice([40, 70, 110]))), rng).astype(np.float32)
    cosine = (direction.reshape(-1, 3) @ seeds.T).astype(np.float32)
    rows = np.arange(len(cosine))
    best = cosine.argmax(axis=1)
    shape = direction.shape[:-1]
    first = np.arccos(np.clip(cosine[rows, best], -1, 1)).reshape(shape)
    cosine[rows, best] = -1
    second = np.arccos(np.clip(cosine.max(axis=1), -1, 1)).reshape(shape)
    size = 2.2 / len(seeds) ** 0.5
    if pattern == "net":
        walls: Field = np.exp(-(((second - first) / (0.3 * size)) ** 2)).astype(np.float32)
        return walls
    rounded: Field = np.clip(1 - (first / (0.75 * size)) ** 2, 0, 1).astype(np.float32)
    return rounded if pattern == "warts" else np.float32(1) - rounded


def ball(
    rng: np.random.Generator,
    pixels: int,
    colour: Colour,
    *,
    squash: float = 1.0,
    pattern: str = "smooth",
    depth: float = 0.12,
    gloss: float = 0.5,
    edge: float = 0.0,
    blotch: float = 0.0,
) -> Image.Image:
    """A lit ellipsoid as an RGBA picture, `pixels` wide. `edge` brightens the rim, as electrons do."""
    n = int(np.clip(pixels // 2, 12, 200))  # half: the canvas is reduced in the end
    axis = np.linspace(-1.02, 1.02, n, dtype=np.float32)
    x, y = np.meshgrid(axis, axis)
    radius2 = x * x + y * y
    z = np.sqrt(np.clip(1 - radius2, 0, 1))
    relief = bumps(np.stack([x, y, z], axis=-1), pattern, rng)
    dy, dx = np.gradient(relief * depth * n / 2)
    normal = np.stack([x - dx, y - dy, z + 0.05], axis=-1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    light = np.array([-0.5, -0.6, 0.62], np.float32)
    lit = np.clip(normal @ light, 0, 1)
    shade = 0.32 + 0.75 * lit + edge * (1 - np.clip(normal[..., 2], 0, 1)) ** 1.6
    if blotch:
        shade *= 1 + blotch * fractal(rng, (n, n), 3, 3)
    half = normal @ (light + (0, 0, 1)).astype(np.float32) / np.linalg.norm(light + (0, 0, 1))
    shine = gloss * np.clip(half, 0, 1) ** 26 * 255
    pixels3 = np.asarray(colour[:3], np.float32) * shade[..., None] + shine[..., None]
    alpha = np.clip((1.0 - np.sqrt(radius2)) * n / 2.2, 0, 1) * 255
    rgba = np.dstack([np.clip(pixels3, 0, 255), alpha]).astype(np.uint8)
    return Image.fromarray(rgba).resize(
        (max(2, pixels), max(2, round(pixels * squash))), Image.Resampling.BILINEAR
    )
