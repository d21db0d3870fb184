"""Dark, diffuse stains around a specimen, as mercury salts leave them, and the rectangles that hold them.

Darkness is an optical depth: light times exp(-depth) comes back. It is worked out on a small grid of the same
fineness at every size of picture, because a stain has no fine outline, and enlarged when it is laid on.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops

from curation.drawing.texture import Field, fractal

GRID = 160
"""Cells across the picture's short side."""
Rectangle = tuple[float, float, float, float]
"""Left, top, width and height as parts of the picture's width and height."""
Box = tuple[int, int, int, int]  # top, bottom, left, right in cells of the outline
_HELD = 0.985
"""Part of the darkening, squared, that the rectangles hold at least."""
_SEEN = 12.0
"""Grey levels by which paper is plainly darker; such places are held however dark others are."""
_CELL = 4  # grid cells across one cell of the rectangles' outline
_SPARE = 0.01  # part of it that may be left out with slivers
_MOST = 10  # rectangles: nobody marks more on one sheet


def blurred(field: Field, sigma: float) -> Field:
    """Gaussian blur; sigma in cells of the grid. Beyond the edges there is nothing."""
    pad = int(3 * sigma) + 1
    wide = np.pad(field, pad)
    y, x = np.fft.fftfreq(wide.shape[0])[:, None], np.fft.rfftfreq(wide.shape[1])[None]
    kernel = np.exp(-2 * (np.pi * sigma) ** 2 * (x**2 + y**2))
    smooth = np.fft.irfft2(np.fft.rfft2(wide) * kernel, s=wide.shape)
    return smooth[pad:-pad, pad:-pad].astype(np.float32)


def _step(field: Field, low: float, high: float) -> Field:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((field - low) / (high - low), 0, 1)
    rise: Field = t * t * (3 - 2 * t)
    return rise


def _halo(rng: np.random.Generator, plants: Field, clouds: Field) -> Field:
    """Darkness that follows the plants, ragged and uneven, sometimes with a darker rim."""
    near = blurred(plants, GRID * rng.uniform(0.012, 0.035))
    near *= 1 + 0.35 * clouds
    inner, outer = rng.uniform(0.22, 0.4), rng.uniform(0.03, 0.08)
    halo = 0.75 * _step(near, outer, inner) + 0.25 * _step(near, outer, 0.8)
    if rng.uniform() < 0.5:
        rim = np.exp(-(((near - outer * 2.2) / (outer * 1.1)) ** 2))
        halo = halo + rng.uniform(0.1, 0.35) * rim.astype(np.float32)
    return halo


def _blotches(rng: np.random.Generator, plants: Field, clouds: Field) -> Field:
    """Darker places on or beside the plants, where the liquid gathered."""
    height, width = plants.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    rows, columns = np.nonzero(plants > 0.3)
    total = np.zeros_like(plants)
    for _ in range(int(rng.integers(2, 8))):
        k = int(rng.integers(max(1, len(rows))))
        at = (rows[k], columns[k]) if len(rows) else (height / 2, width / 2)
        dy, dx = y - at[0] - rng.normal(0, GRID * 0.02), x - at[1] - rng.normal(0, GRID * 0.02)
        long, across = GRID * rng.uniform(0.025, 0.1), GRID * rng.uniform(0.02, 0.05)
        turn = rng.uniform(0, np.pi)
        u, v = dx * np.cos(turn) + dy * np.sin(turn), dy * np.cos(turn) - dx * np.sin(turn)
        spot = np.exp(-((u / long) ** 2) - (v / across) ** 2)
        total += (rng.uniform(0.4, 1.0) * _step(spot * (1 + 0.3 * clouds), 0.12, 0.8)).astype(np.float32)
    return np.minimum(total, 1.2)


def _ghost(rng: np.random.Generator, plants: Field) -> Field:
    """The plants' print from a folded or neighbouring sheet: mirrored and shifted, or only shifted."""
    print_ = plants[:, ::-1] if rng.uniform() < 0.6 else plants
    shift = tuple(int(v) for v in rng.normal(0, GRID * 0.07, 2))
    moved = np.roll(print_, shift, (0, 1))
    return _step(blurred(moved, GRID * rng.uniform(0.006, 0.014)), 0.1, 0.75)


def darkness(rng: np.random.Generator, plants: Field, paper: Field, strength: float) -> Field:
    """Optical depth (height, width) of the stains; plants, paper: the part of each cell they cover."""
    clouds = np.clip(fractal(rng, plants.shape[::-1], cells=5, octaves=4), -2, 2)
    fine = np.clip(fractal(rng, plants.shape[::-1], cells=14, octaves=3), -2, 2)
    depth = _halo(rng, plants, clouds)
    depth = depth + rng.uniform(0.3, 0.9) * _blotches(rng, plants, clouds)
    if rng.uniform() < 0.45:
        depth = depth + rng.uniform(0.25, 0.55) * _ghost(rng, plants)
    depth = depth * (1 + 0.12 * clouds + 0.08 * fine) * paper
    return np.clip(strength * depth, 0, 1.9).astype(np.float32)


def lay_on(image: Image.Image, depth: Field, tint: npt.NDArray[np.float64]) -> Image.Image:
    """The picture seen through a stain of this depth; tint (3,): how much more each colour is held back."""
    light = np.exp(-depth[..., None] * tint) * 255
    small = Image.fromarray(np.clip(np.round(light), 0, 255).astype(np.uint8))
    return ImageChops.multiply(image, small.resize(image.size, Image.Resampling.BICUBIC))


def _tight(cells: npt.NDArray[np.bool_], box: Box) -> Box | None:
    top, bottom, left, right = box
    part = cells[top:bottom, left:right]
    rows, columns = np.flatnonzero(part.any(1)), np.flatnonzero(part.any(0))
    if not len(rows):
        return None
    return top + int(rows[0]), top + int(rows[-1]) + 1, left + int(columns[0]), left + int(columns[-1]) + 1


def _area(box: Box) -> int:
    return (box[1] - box[0]) * (box[3] - box[2])


def _halves(cells: npt.NDArray[np.bool_], box: Box) -> tuple[int, list[Box]]:
    """The cut that leaves the least area, as (area saved, the tight boxes on both sides)."""
    top, bottom, left, right = box
    cuts = [((top, k, left, right), (k, bottom, left, right)) for k in range(top + 1, bottom)]
    cuts += [((top, bottom, left, k), (top, bottom, k, right)) for k in range(left + 1, right)]
    best: tuple[int, list[Box]] = (0, [box])
    for pair in cuts:
        kept = [tight for half in pair if (tight := _tight(cells, half))]
        saved = _area(box) - sum(_area(part) for part in kept)
        if saved > best[0]:
            best = (saved, kept)
    return best


def _cut(cells: npt.NDArray[np.bool_]) -> list[Box]:
    """Boxes that hold all the cells, cut from one as long as a cut frees ground worth it."""
    whole = _tight(cells, (0, cells.shape[0], 0, cells.shape[1]))
    assert whole is not None  # the caller has cells
    open_: list[tuple[int, list[Box], Box]] = [(*_halves(cells, whole), whole)]
    done: list[Box] = []
    worth = max(2, _area(whole) // 100)
    while open_ and len(open_) + len(done) < _MOST:
        saved, parts, box = open_.pop(max(range(len(open_)), key=lambda k: open_[k][0]))
        if saved <= worth:
            done.append(box)
        else:
            open_ += [(*_halves(cells, part), part) for part in parts]
    return done + [box for _, _, box in open_]


def _dropped(boxes: list[Box], energy: npt.NDArray[np.float64]) -> list[Box]:
    """Without slivers that hold next to nothing."""
    held = {box: energy[box[0] : box[1], box[2] : box[3]].sum() for box in boxes}
    spare = energy.sum() * _SPARE
    for box in sorted(boxes, key=lambda box: (held[box], box)):
        if held[box] > spare:
            break
        spare -= held.pop(box)
    return sorted(held)


def rectangles(visible: Field) -> list[Rectangle]:
    """Few rectangles that together hold almost all of the darkening; none where there is none.

    visible: by how many grey levels each cell of the grid is darker. The darkest are taken until they hold
    almost all of its square, and all that are plain to see; a box around them is cut where that frees the
    most empty ground.
    """
    height, width = visible.shape
    rows, columns = -(-height // _CELL), -(-width // _CELL)
    padded = np.zeros((rows * _CELL, columns * _CELL))
    padded[:height, :width] = visible.astype(np.float64) ** 2
    energy = padded.reshape(rows, _CELL, columns, _CELL).sum((1, 3))
    if energy.sum() <= 0:
        return []
    order = np.argsort(-energy, axis=None, kind="stable")
    share = np.cumsum(energy.ravel()[order]) / energy.sum()
    cells = np.zeros(energy.size, bool)
    cells[order[: int(np.searchsorted(share, _HELD)) + 1]] = True
    cells = cells.reshape(energy.shape) | (energy > (_SEEN * _CELL) ** 2)
    boxes = _dropped(_cut(cells), energy)
    return [
        (
            left * _CELL / width,
            top * _CELL / height,
            (min(right * _CELL, width) - left * _CELL) / width,
            (min(bottom * _CELL, height) - top * _CELL) / height,
        )
        for top, bottom, left, right in boxes
    ]
