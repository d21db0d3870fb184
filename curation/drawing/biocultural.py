"""Things made of plants: baskets, cloth, rope, tools, jars of seeds and powders."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from curation.drawing.backdrop import furnish, studio, tag
from curation.drawing.canvas import Canvas, Colour, Points
from curation.drawing.geometry import arc, blob, rotate, spline
from curation.drawing.inks import mix, pick, vary
from curation.drawing.job import Job
from curation.drawing.vessels import jar

_STRAW: tuple[Colour, ...] = ((206, 172, 112), (176, 134, 78), (140, 98, 56), (222, 200, 150), (120, 84, 52))
_DYES: tuple[Colour, ...] = (
    (150, 40, 40),
    (40, 60, 110),
    (60, 50, 40),
    (196, 140, 40),
    (70, 100, 70),
    (230, 220, 196),
)
_WOODS: tuple[Colour, ...] = ((130, 88, 52), (96, 60, 36), (168, 122, 76), (70, 46, 32))


def _weave(
    rng: np.random.Generator, pixels: tuple[int, int], cells: int, straw: Colour, dye: Colour
) -> Image.Image:
    """Over-and-under bands with a dyed pattern, (width, height) pixels."""
    width, height = pixels
    rows = max(2, round(cells * height / width))
    i, j = np.mgrid[0:rows, 0:cells]
    kind = int(rng.integers(4))
    period = int(rng.integers(4, 9))
    dyed = (
        (i // 2 % period < 2),
        ((i + j) % period < 2),
        (abs(j % (2 * period) - period) == i % period),
        (i % period == j % period),
    )[kind]
    over = (i + j) % 2 == 0
    base = np.where(dyed[..., None], np.array(dye), np.array(straw)) * rng.uniform(
        0.86, 1.1, (rows, cells, 1)
    )
    base = base * np.where(over, 1.08, 0.82)[..., None]
    cell = 6  # pixels a band before it is enlarged; rounded across the thread
    edge = np.sin(np.linspace(0.35, np.pi - 0.35, cell))
    across = np.where(
        np.kron(over, np.ones((cell, cell))) > 0,
        np.tile(edge[:, None], (rows, cell * cells)),
        np.tile(edge, (rows * cell, cells)),
    )
    grown = np.kron(base, np.ones((cell, cell, 1))) * (0.45 + 0.6 * across)[..., None]
    return Image.fromarray(np.clip(grown, 0, 255).astype(np.uint8)).resize(
        (width, height), Image.Resampling.BILINEAR
    )


def _cut(picture: Image.Image, outline: Points) -> Image.Image:
    """The picture inside an outline given in fractions of its size."""
    mask = Image.new("L", picture.size)
    ImageDraw.Draw(mask).polygon((outline * picture.size).ravel().tolist(), fill=255)
    picture = picture.convert("RGBA")
    picture.putalpha(mask)
    return picture


def basket(c: Canvas, job: Job, size: float) -> None:
    rng = job.rng
    straw, dye = pick(rng, _STRAW), pick(rng, _DYES)
    wide, tall = size * rng.uniform(1.6, 2.1), size * rng.uniform(0.9, 1.6)
    taper = rng.uniform(-0.12, 0.22)
    pixels = (max(30, round(wide * c.scale)), max(30, round(tall * c.scale)))
    woven = _weave(rng, pixels, int(rng.integers(14, 34)), straw, dye)
    light = np.sin(np.linspace(0.25, np.pi - 0.25, pixels[0]))[None, :, None] ** 0.8
    woven = Image.fromarray((np.asarray(woven) * (0.35 + 0.65 * light)).astype(np.uint8))
    t = np.linspace(0, 1, 20)
    left = np.stack([np.maximum(0, taper) * t**1.5 + 0.05 * np.sin(t * 3.14) * -1 + 0.05, 0.06 + t * 0.88], 1)
    bottom = np.array([[0.3, 1.0], [0.7, 1.0]])
    right = (left * (-1, 1) + (1, 0))[::-1]
    c.ellipse(0.03, tall * 0.5, wide * 0.5, tall * 0.1, (0, 0, 0, 80))
    if rng.uniform() < 0.5:
        handle = np.stack(
            [
                np.cos(np.linspace(np.pi, 2 * np.pi, 24)) * wide * 0.4,
                np.sin(np.linspace(np.pi, 2 * np.pi, 24)) * tall * 0.6 - tall * 0.42,
            ],
            1,
        )
        c.line(handle, size * 0.1, mix(straw, (50, 34, 20), 0.5))
        c.line(handle, size * 0.06, straw)
    c.ellipse(0, -tall * 0.42, wide * 0.45, tall * 0.12, mix(straw, (40, 26, 16), 0.6))
    c.paste(_cut(woven, np.concatenate([left, bottom, right])), 0, 0, wide)
    rim = np.stack(
        [
            np.cos(np.linspace(0, np.pi, 24)) * wide * 0.45,
            np.sin(np.linspace(0, np.pi, 24)) * tall * 0.12 - tall * 0.42,
        ],
        1,
    )
    c.line(rim, size * 0.1, mix(straw, (60, 40, 24), 0.4))
    c.line(rim, size * 0.06, mix(straw, (255, 240, 200), 0.2))


def cloth(c: Canvas, job: Job, size: float) -> None:
    """A mat or a piece of cloth with a fringe."""
    rng = job.rng
    wide, tall = size * rng.uniform(1.7, 2.3), size * rng.uniform(1.2, 1.7)
    pixels = (max(40, round(wide * c.scale)), max(40, round(tall * c.scale)))
    with c.at(0, 0, rng.normal(0, 0.06)):
        c.shadow(-wide / 2, -tall / 2, wide, tall, 0.03)
        if rng.uniform() < 0.5:
            picture = _weave(rng, pixels, int(rng.integers(24, 60)), pick(rng, _STRAW), pick(rng, _DYES))
        else:
            picture = _plaid(rng, pixels)
        for side in (-1, 1):
            for y in np.linspace(-tall / 2, tall / 2, 46):
                end = np.array([side * (wide / 2 + size * 0.14), y + rng.normal(0, 0.012)])
                c.line(np.array([[side * wide / 2, y], end]), 0.006, pick(rng, _STRAW))
        c.paste(picture, 0, 0, wide)


def _plaid(rng: np.random.Generator, pixels: tuple[int, int]) -> Image.Image:
    """Stripes of warp and weft over each other."""
    threads = 120
    colours = np.array([pick(rng, _DYES) for _ in range(4)], float)
    bands = np.repeat(rng.integers(0, 4, 24), rng.integers(2, 10, 24))
    warp = colours[np.resize(bands, threads)]
    weft = warp if rng.uniform() < 0.5 else colours[np.resize(rng.permutation(bands), threads)]
    i, j = np.mgrid[0:threads, 0:threads]
    plain = np.where(((i + j) % 4 < 2)[..., None], warp[None], weft[:, None]) * rng.uniform(
        0.88, 1.08, (threads, threads, 1)
    )
    return Image.fromarray(np.clip(plain, 0, 255).astype(np.uint8)).resize(pixels, Image.Resampling.BILINEAR)


def rope(c: Canvas, job: Job, size: float) -> None:
    """A coil of cord, each turn twisted."""
    rng = job.rng
    straw, thick = pick(rng, _STRAW), size * rng.uniform(0.09, 0.16)
    turns = np.linspace(0, 2 * np.pi * rng.uniform(3, 5), 260)
    reach = size * (0.25 + 0.7 * turns / turns[-1])
    coil = np.stack([np.cos(turns) * reach, np.sin(turns) * reach * rng.uniform(0.6, 1)], 1)
    tail = rotate(arc(size * 0.8, rng.normal(0, 1), 40), rng.uniform(0, 6.28)) + coil[-1]
    for line in (coil, tail):
        c.line(line + 0.02, thick, (0, 0, 0, 60))
        c.line(line, thick, mix(straw, (40, 26, 14), 0.55))
        c.line(line, thick * 0.8, straw)
        step = max(1, len(line) // 130)
        for k in range(1, len(line) - 1, step):
            way = line[k + 1] - line[k - 1]
            way = way / (np.hypot(*way) + 1e-9) * thick
            across = np.array([-way[1], way[0]])
            c.line(
                np.array([line[k] - across * 0.38 - way * 0.2, line[k] + across * 0.38 + way * 0.2]),
                thick * 0.1,
                mix(straw, (60, 40, 24), 0.6),
            )


def tool(c: Canvas, job: Job, size: float) -> None:
    """A spoon, paddle, mallet or comb of wood."""
    rng = job.rng
    wood = pick(rng, _WOODS)
    dark = mix(wood, (30, 18, 10), 0.45)
    kind = int(rng.integers(4))
    with c.at(0, 0, rng.choice([0.0, 0.6, -0.6, 1.57]) + rng.normal(0, 0.1), size):
        handle = np.array([[-1.0, 0.0], [-0.3, rng.normal(0, 0.03)], [0.4, 0.0]])
        c.stroke(spline(handle) + 0.04, 0.15, 0.13, (0, 0, 0, 70))
        head = {
            0: blob(rng, 0.42, 0.3, 0.05),
            1: blob(rng, 0.55, 0.24, 0.04),
            2: np.array([[-0.2, -0.45], [0.25, -0.45], [0.25, 0.45], [-0.2, 0.45]]),
        }.get(kind)
        c.stroke(spline(handle), 0.13, 0.1, wood)
        if head is not None:
            c.poly(head + (0.72, 0.04), (0, 0, 0, 70))
            c.poly(head + (0.68, 0), wood)
            if kind == 0:
                c.poly(head * 0.78 + (0.7, 0), dark)
            elif kind == 2:
                c.line(np.array([[0.5, -0.45], [0.5, 0.45]]), 0.03, dark)
        else:  # comb
            c.box(0.2, -0.32, 0.3, 0.64, wood)
            for y in np.linspace(-0.3, 0.3, 13):
                c.stroke(np.array([[0.45, y], [0.8, y], [1.1, y * 1.05]]), 0.03, 0.012, wood)
        for _ in range(9):
            y = rng.uniform(-0.05, 0.05)
            c.line(np.array([[-0.95, y], [0.3, y + rng.normal(0, 0.01)]]), 0.006, (*dark, 150))
        if rng.uniform() < 0.5:
            for x in np.linspace(-0.75, -0.35, 7):
                c.line(np.array([[x, -0.07], [x + 0.03, 0.07]]), 0.02, pick(rng, _DYES))


def stored(c: Canvas, job: Job, size: float) -> None:
    """One or two jars of seeds, bark or powder."""
    rng = job.rng
    count = int(rng.choice([1, 1, 2]))
    for k in range(count):
        seed, grain = pick(rng, (*_STRAW, (60, 40, 30), (150, 60, 40))), rng.uniform(0.015, 0.07)
        half, tall = 0.52 * rng.uniform(0.9, 1.15), 0.95 * rng.uniform(0.8, 1.0)
        level = rng.uniform(-0.6, 0.1) * tall
        powder = rng.uniform() < 0.3

        def fill(
            half: float = half,
            tall: float = tall,
            level: float = level,
            seed: Colour = seed,
            grain: float = grain,
            powder: bool = powder,
        ) -> None:
            c.box(-half * 0.95, level, half * 1.9, tall * 0.96 - level, mix(seed, (40, 28, 18), 0.3))
            dots = rng.uniform(
                (-half * 0.9, level),
                (half * 0.9, tall * 0.92),
                (60 if powder else min(260, int(0.5 / grain**1.5)), 2),
            )
            for x, y in dots[np.argsort(dots[:, 1])]:
                tone = vary(rng, seed, 14)
                c.ellipse(x, y, grain, grain * 0.7, (*tone, 120 if powder else 255), rng.uniform(0, 3))

        with c.at((k - (count - 1) / 2) * size * 1.3, 0, 0, size * (1.0 if count == 1 else 0.8)):
            jar(c, rng, half, tall, (222, 230, 228), job.number, fill)


_KINDS = (basket, basket, cloth, rope, tool, stored, stored)


def biocultural(job: Job) -> Image.Image:
    rng = job.rng
    kind = _KINDS[int(rng.integers(len(_KINDS)))]
    c = studio(job, 1.1, 1.5, 0.6 if kind is stored else 0.25)
    furnish(job, c)
    x, y = c.width * (0.5 + rng.normal(0, 0.03)), c.height * (0.53 + rng.normal(0, 0.02))
    with c.at(x, y):
        kind(c, job, rng.uniform(0.3, 0.4))
    if rng.uniform() < 0.35:
        tag(c, rng, x + 0.15, y + 0.1, job.number, 0.22)
    return job.photo(c, mottle=0.012, vignette=0.12)
