"""Dried plant parts that were never pressed: cones, wood, bark, fruits, pods, seeds."""

from __future__ import annotations

import numpy as np
from PIL import Image

from curation.drawing import paper
from curation.drawing.backdrop import furnish, studio
from curation.drawing.canvas import Canvas, Colour
from curation.drawing.geometry import arc, blob, rotate, scatter, spline, xy
from curation.drawing.inks import mix, pick, vary
from curation.drawing.job import Job
from curation.drawing.relief import ball

_BROWNS: tuple[Colour, ...] = ((132, 88, 50), (96, 62, 38), (160, 116, 70), (74, 52, 40), (178, 140, 96))


def cone(c: Canvas, job: Job, size: float) -> None:
    """Scales along the golden spiral, from the base up."""
    rng = job.rng
    brown = pick(rng, _BROWNS)
    long, broad, count = rng.uniform(0.75, 1.15), rng.uniform(0.35, 0.6), int(rng.integers(50, 110))
    opened = rng.uniform(0.8, 1.5)
    with c.at(0, 0, rng.uniform(-0.5, 0.5) + rng.choice([0, 1.57, 3.14]), size):
        c.ellipse(0.06, 0.08, broad * 1.1, long, (0, 0, 0, 70))
        c.poly(blob(rng, broad * 0.8, long * 0.9, 0.03), mix(brown, (20, 12, 8), 0.6))
        for k in range(count):
            place = k / count
            y = long * (0.92 - 1.84 * place)
            girth = broad * np.sin(np.pi * (0.12 + 0.82 * place)) ** 0.7
            turn = k * 2.39996
            if np.cos(turn) < -0.25:
                continue
            x = girth * np.sin(turn)
            scale = broad * 0.34 * opened * (0.5 + 0.6 * np.sin(np.pi * (0.1 + 0.85 * place)))
            shade = 0.62 + 0.4 * np.cos(turn) - 0.15 * np.sin(turn)
            tone = vary(rng, tuple(int(part * shade) for part in brown), 6)
            with c.at(x, y, np.sin(turn) * 0.9):
                tip = (
                    np.array([[-0.75, -0.2], [-0.6, 0.45], [0, 0.75], [0.6, 0.45], [0.75, -0.2], [0, -0.8]])
                    * scale
                )
                c.poly(tip + (0.01, 0.03), (20, 12, 8, 190))
                c.poly(tip, tone)
                c.line(tip[1:4], scale * 0.12, mix(tone, (240, 210, 160), 0.4))
                c.ellipse(0, scale * 0.3, scale * 0.2, scale * 0.13, mix(tone, (30, 20, 12), 0.5))


def wood(c: Canvas, job: Job, size: float) -> None:
    """A slice of a stem with rings, rays, a crack and bark."""
    rng = job.rng
    pale = pick(rng, ((214, 178, 126), (190, 140, 88), (226, 204, 164), (168, 110, 70)))
    bark = pick(rng, ((70, 52, 40), (104, 84, 66), (50, 38, 32)))
    with c.at(0, 0, rng.uniform(0, 6.28), size):
        outline = blob(rng, rng.uniform(0.85, 1.05), rng.uniform(0.75, 1.0), 0.08, 90)
        c.poly(outline * 1.04 + 0.05, (0, 0, 0, 80))
        c.poly(outline * (1.07 + 0.02 * rng.normal(size=(90, 1))), bark)
        c.poly(outline, mix(pale, bark, 0.15))
        heart = rng.uniform(0.3, 0.65)
        shift = rng.normal(0, 0.08, 2)
        ring = 0.97
        while ring > 0.04:
            wobble = 1 + 0.006 * rng.normal(size=(90, 1))
            tone = mix(pale, (110, 60, 30), (0.28 if ring < heart else 0.0) + rng.uniform(0, 0.12))
            shape = outline * ring * wobble + shift * (1 - ring)
            c.poly(shape, tone)
            c.line(
                np.concatenate([shape, shape[:1]]), rng.uniform(0.005, 0.014), mix(tone, (80, 46, 24), 0.5)
            )
            ring -= rng.uniform(0.025, 0.075)
        for angle in rng.uniform(0, 6.28, 14):
            c.line(
                np.array([shift, outline[int(angle / 6.29 * 90)] * 0.95]),
                0.004,
                (*mix(pale, (90, 50, 30), 0.5), 110),
            )
        if rng.uniform() < 0.7:
            end = outline[int(rng.integers(90))]
            c.stroke(np.array([end * 1.08, (end + shift) / 2, shift]), 0.09, 0.004, (36, 24, 18))


def bark(c: Canvas, job: Job, size: float) -> None:
    """A furrowed piece of bark or a cut block of wood."""
    rng = job.rng
    tone = pick(rng, ((96, 80, 66), (120, 90, 64), (84, 64, 50), (140, 130, 118)))
    wide, tall = size * rng.uniform(0.5, 0.9), size * rng.uniform(0.9, 1.25)
    with c.at(0, 0, rng.choice([0.0, 1.57]) + rng.normal(0, 0.15)):
        outline = np.array([[-wide, -tall], [wide, -tall], [wide, tall], [-wide, tall]])
        outline = spline(np.concatenate([outline, outline[:1]]), 9) * (0.8, 0.9) + rng.normal(
            0, size * 0.03, (37, 2)
        )
        c.poly(outline + 0.03, (0, 0, 0, 80))
        c.poly(outline, tone)
        inner = (wide * 0.82, tall * 0.86)
        for x, y in rng.uniform((-1, -1), (1, 1), (150, 2)) * inner:
            line = rotate(
                arc(tall * rng.uniform(0.1, 0.34), rng.normal(0, 0.5), 5), 1.57 + rng.normal(0, 0.18)
            ) + (x, y)
            line = np.clip(line, (-inner[0], -tall * 0.9), (inner[0], tall * 0.9))
            if rng.uniform() < 0.55:
                c.stroke(line, size * 0.06, size * 0.01, mix(tone, (24, 16, 12), rng.uniform(0.4, 0.8)))
            else:
                c.stroke(line, size * 0.05, size * 0.01, mix(tone, (220, 200, 170), rng.uniform(0.1, 0.45)))


def fruit(c: Canvas, job: Job, size: float) -> None:
    """Dry fruits, nuts or capsules."""
    rng = job.rng
    brown = pick(rng, (*_BROWNS, (110, 60, 40), (150, 140, 90)))
    count = int(rng.choice([1, 2, 3, 5]))
    pattern = str(rng.choice(["smooth", "ridges", "warts", "net", "ridges"]))
    squash = rng.uniform(0.62, 1.25)
    radius = size * {1: 0.95, 2: 0.58, 3: 0.5}.get(count, 0.42)
    spots = (
        np.zeros((1, 2))
        if count == 1
        else scatter(rng, count, size * 2.4, size * 2, radius * 1.7) - (size * 1.2, size)
    )
    for x, y in spots:
        tone = vary(rng, brown, 7)
        with c.at(x, y, rng.normal(0, 0.6)):
            c.ellipse(
                radius * 0.1, radius * squash * 0.2, radius * 1.04, radius * squash * 1.0, (0, 0, 0, 80)
            )
            c.stroke(
                np.array(
                    [
                        [0, -radius * squash * 0.9],
                        [radius * 0.1, -radius * squash * 1.2],
                        [radius * 0.05, -radius * squash * 1.45],
                    ]
                ),
                radius * 0.14,
                radius * 0.09,
                mix(tone, (60, 44, 28), 0.5),
            )
            c.paste(
                ball(
                    rng,
                    round(radius * 2 * c.scale),
                    tone,
                    squash=squash,
                    pattern=pattern,
                    depth=0.15,
                    gloss=rng.uniform(0, 0.4),
                    blotch=0.16,
                ),
                0,
                0,
                radius * 2,
            )
            if rng.uniform() < 0.5:  # a cap, as on an acorn
                cap = np.stack(
                    [
                        np.cos(np.linspace(np.pi, 2 * np.pi, 16)),
                        np.sin(np.linspace(np.pi, 2 * np.pi, 16)) * 0.62,
                    ],
                    1,
                )
                c.poly(
                    cap * (radius * 1.02, radius * squash * 1.5) - (0, radius * squash * 0.35),
                    mix(tone, (50, 36, 24), 0.45),
                )


def pods(c: Canvas, job: Job, size: float) -> None:
    rng = job.rng
    brown, bend = pick(rng, _BROWNS), rng.normal(0, 1.2)
    for _ in range(int(rng.integers(1, 6))):
        pod = rotate(arc(size * rng.uniform(1.2, 1.9), bend + rng.normal(0, 0.3), 24), rng.uniform(0, 6.28))
        pod = pod - pod[12] + rng.normal(0, size * 0.35, 2)
        wide = size * rng.uniform(0.14, 0.24)
        girth = np.sin(np.linspace(0.15, np.pi - 0.1, 24))[:, None]
        across = np.stack([-np.gradient(pod[:, 1]), np.gradient(pod[:, 0])], 1)
        across = across / np.hypot(across[:, 0], across[:, 1])[:, None] * wide * girth
        shape = np.concatenate([pod + across, (pod - across)[::-1]])
        tone = vary(rng, brown, 8)
        c.poly(shape + 0.02, (0, 0, 0, 80))
        c.poly(shape, tone)
        c.line(pod + across * 0.85, wide * 0.12, mix(tone, (30, 20, 12), 0.5))
        for k in range(3, 22, 3):
            c.ellipse(
                *xy(pod[k]),
                wide * 0.55 * girth[k, 0],
                wide * 0.6 * girth[k, 0],
                mix(tone, (235, 205, 150), 0.25),
            )
            c.ellipse(*xy(pod[k] + wide * 0.08), wide * 0.5 * girth[k, 0], wide * 0.55 * girth[k, 0], tone)


def heap(c: Canvas, job: Job, size: float) -> None:
    """A heap of seeds, sometimes in a dish."""
    rng = job.rng
    tone = pick(rng, (*_BROWNS, (40, 30, 28), (206, 180, 130), (150, 50, 40)))
    grain, squash = size * rng.uniform(0.09, 0.22), rng.uniform(0.5, 1)
    if rng.uniform() < 0.5:
        c.ellipse(0.02, 0.03, size * 1.22, size * 1.22, (0, 0, 0, 70))
        c.ellipse(0, 0, size * 1.2, size * 1.2, (228, 232, 232))
        c.ellipse(0, 0, size * 1.1, size * 1.1, (246, 248, 248))
    patches = [
        ball(rng, round(grain * 2 * c.scale), vary(rng, tone, 10), squash=squash, gloss=0.5, blotch=0.1)
        for _ in range(4)
    ]
    count = int(min(150, 1.6 * (size / grain) ** 2))
    for x, y in rng.normal(0, size * 0.42, (count, 2)).clip(-size * 0.95, size * 0.95):
        with c.at(x, y, rng.uniform(-1.5, 1.5)):
            c.ellipse(grain * 0.15, grain * 0.2, grain, grain * squash, (0, 0, 0, 80))
            c.paste(patches[int(rng.integers(4))], 0, 0, grain * 2)


_KINDS = (cone, cone, wood, bark, fruit, fruit, pods, heap)


def unpressed(job: Job) -> Image.Image:
    rng = job.rng
    kind = _KINDS[int(rng.integers(len(_KINDS)))]
    c = studio(job, 1.05, 1.5, 0.4)
    furnish(job, c)
    x, y = c.width * (0.52 + rng.normal(0, 0.03)), c.height * (0.53 + rng.normal(0, 0.03))
    with c.at(x, y):
        kind(c, job, rng.uniform(0.26, 0.38))
    if rng.uniform() < 0.3:
        paper.label(c, rng, c.width - 0.33, c.height - 0.3, 0.28, job.scientific_name, job.number)
    return job.photo(c, mottle=0.012, vignette=0.12)
