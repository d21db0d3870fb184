"""Preserved animals: pinned insects, shells, a starfish, a bird's skin, a jar."""

from __future__ import annotations

import numpy as np
from PIL import Image

from curation.drawing.backdrop import furnish, studio
from curation.drawing.canvas import Canvas
from curation.drawing.geometry import arc, blob, rotate, spline, xy
from curation.drawing.inks import mix, pick, vary
from curation.drawing.insects import beetle, butterfly, dragonfly
from curation.drawing.job import Job
from curation.drawing.relief import ball
from curation.drawing.vessels import jar


def shell(c: Canvas, job: Job, size: float) -> None:
    """A snail's shell: balls along a logarithmic spiral."""
    rng = job.rng
    tone, band = (
        pick(rng, ((222, 196, 156), (178, 130, 86), (236, 226, 210), (150, 120, 104))),
        rng.uniform(0, 0.3),
    )
    tall = rng.uniform() < 0.5
    with c.at(0, 0, rng.uniform(0, 6.28), size):
        c.ellipse(0.08, 0.1, *((0.5, 0.95) if tall else (0.85, 0.78)), (0, 0, 0, 60))
        if tall:  # a spire
            radius, y = 0.46, 0.55
            whorls = []
            while radius > 0.04:
                whorls.append((y, radius))
                y, radius = y - radius * 0.72, radius * 0.76
            for y, radius in reversed(whorls):
                shade = ball(
                    rng,
                    round(radius * 2 * c.scale),
                    vary(rng, tone, 6),
                    squash=0.72,
                    gloss=0.4,
                    pattern="smooth",
                    blotch=0.05 + band * 0.3,
                )
                with c.at(0, y, -0.16):
                    c.paste(shade, 0, 0, radius * 2)
            c.ellipse(0.16, 0.66, 0.2, 0.27, mix(tone, (60, 30, 20), 0.55), -0.3)
        else:  # a flat coil
            for turn in np.linspace(0, 5.6 * np.pi, 44)[::-1]:
                reach = 0.62 * np.exp(-0.13 * (5.6 * np.pi - turn))
                x, y = np.cos(turn) * reach, np.sin(turn) * reach
                radius = 0.36 * reach / 0.62 + 0.02
                c.ellipse(x + 0.012, y + 0.012, radius, radius, mix(tone, (40, 26, 18), 0.55))
                c.ellipse(x, y, radius * 0.97, radius * 0.97, vary(rng, tone, 7))
                c.ellipse(
                    x - radius * 0.25, y - radius * 0.3, radius * 0.45, radius * 0.4, (255, 255, 250, 60)
                )


def starfish(c: Canvas, job: Job, size: float) -> None:
    rng = job.rng
    tone = pick(rng, ((190, 110, 60), (214, 180, 130), (150, 70, 60), (120, 100, 110)))
    arms, thick = int(rng.choice([5, 5, 5, 6, 9])), rng.uniform(0.2, 0.36)
    with c.at(0, 0, rng.uniform(0, 6), size):
        for pass_, colour in enumerate(((0, 0, 0, 70), tone)):
            shift = 0.04 * (1 - pass_)
            for k in range(arms):
                arm = rotate(arc(0.95, rng.normal(0, 0.2) * pass_, 8), k * 2 * np.pi / arms) + shift
                c.stroke(arm, thick, thick * 0.18, colour)
                if pass_:
                    c.line(arm, 0.02, mix(tone, (60, 30, 20), 0.4))
                    for x, y in (
                        arm[np.repeat(np.arange(8), 5)]
                        + rng.normal(0, thick * 0.2, (40, 2)) * np.linspace(1, 0.2, 40)[:, None]
                    ):
                        c.ellipse(x, y, 0.016, 0.016, mix(tone, (255, 240, 210), 0.5))
        c.ellipse(0, 0, thick * 0.6, thick * 0.6, tone)


def skin(c: Canvas, job: Job, size: float) -> None:
    """A bird's study skin on its back, with crossed legs and a tag."""
    rng = job.rng
    back, belly = (
        pick(rng, ((92, 74, 58), (70, 84, 104), (110, 100, 50), (40, 40, 44))),
        pick(rng, ((220, 206, 180), (206, 120, 60), (230, 200, 70))),
    )
    with c.at(0, 0, rng.choice([0.0, 3.14]) + rng.normal(0, 0.08), size):
        c.ellipse(0.03, 0.06, 0.95, 0.3, (0, 0, 0, 60))
        c.poly(
            np.array([[0.45, -0.13], [1.15, -0.12], [1.2, 0.1], [0.45, 0.13]]), mix(back, (20, 20, 20), 0.3)
        )
        c.paste(ball(rng, round(1.5 * c.scale), belly, squash=0.36, gloss=0.0, blotch=0.12), 0, 0, 1.5)
        for side in (-1, 1):
            wing = spline(
                np.array([[-0.45, side * 0.18], [0.1, side * 0.27], [0.75, side * 0.14], [0.2, side * 0.12]])
            )
            c.poly(wing, back)
            for k in np.linspace(0, 0.5, 6):
                c.line(
                    np.array([[k - 0.3, side * 0.2], [k + 0.15, side * 0.15]]),
                    0.012,
                    mix(back, (20, 16, 12), 0.5),
                )
        c.paste(ball(rng, round(0.42 * c.scale), back, squash=0.85, gloss=0.0, blotch=0.15), -0.78, 0, 0.42)
        c.poly(np.array([[-0.95, -0.06], [-1.28, 0.0], [-0.95, 0.06]]), (60, 50, 40))
        c.ellipse(-0.84, -0.03, 0.035, 0.035, (245, 245, 240))
        for side in (-1, 1):
            c.line(
                np.array([[0.4, side * 0.05], [0.78, -side * 0.1], [0.86, -side * 0.16]]),
                0.026,
                (120, 90, 50),
            )
        c.box(0.72, 0.12, 0.42, 0.13, (240, 230, 204))
        c.text(0.75, 0.15, job.number[-6:], 0.07, (40, 34, 30))


def fish(c: Canvas, rng: np.random.Generator, size: float) -> None:
    tone = pick(rng, ((170, 160, 130), (140, 120, 90), (120, 126, 120)))
    with c.at(0, 0, -1.57 + rng.normal(0, 0.08), size):
        c.poly(np.array([[0.6, 0], [1.0, -0.26], [0.93, 0.0], [1.0, 0.26]]), mix(tone, (60, 50, 40), 0.3))
        c.poly(np.array([[-0.3, -0.22], [0.1, -0.44], [0.4, -0.15]]), mix(tone, (60, 50, 40), 0.25))
        c.paste(
            ball(rng, round(1.5 * c.scale), tone, squash=0.36, gloss=0.25, pattern="warts", depth=0.04),
            0,
            0,
            1.5,
        )
        c.ellipse(-0.56, -0.05, 0.07, 0.07, (236, 234, 220))
        c.ellipse(-0.56, -0.05, 0.035, 0.035, (30, 26, 24))
        c.line(arc(0.2, 1.2) * (0.6, 1) + (-0.42, -0.12), 0.02, mix(tone, (50, 40, 30), 0.5))


def in_jar(c: Canvas, job: Job, size: float) -> None:
    rng = job.rng
    with c.at(0, 0, 0, size):
        jar(c, rng, 0.52, 0.95, (226, 206, 140), job.number, lambda: fish(c, rng, rng.uniform(0.5, 0.64)))


def skeleton(c: Canvas, job: Job, size: float) -> None:
    """A brittle skeleton laid out: skull, spine and ribs."""
    rng = job.rng
    bone = vary(rng, (232, 220, 190), 8)
    dark = mix(bone, (90, 70, 44), 0.6)
    spine = spline(np.stack([np.linspace(-0.75, 1.1, 6), rng.normal(0, 0.06, 6)], 1), 9)
    with c.at(0, 0, rng.choice([0.0, 3.14]) + rng.normal(0, 0.15), size):
        c.stroke(spine + 0.02, 0.07, 0.02, (0, 0, 0, 70))
        c.stroke(spine, 0.06, 0.014, bone)
        for k in range(2, len(spine) - 2):
            c.ellipse(*xy(spine[k]), 0.03, 0.045 * (1.15 - k / len(spine)), dark)
            c.ellipse(*xy(spine[k]), 0.022, 0.036 * (1.15 - k / len(spine)), bone)
            if 5 < k < 20:
                for side in (-1, 1):
                    c.line(
                        rotate(arc(0.36 * np.sin((k - 4) / 5.4), -side * 1.0), side * 1.25) + spine[k],
                        0.018,
                        bone,
                    )
        for x in (-0.4, 0.5):
            for side in (-1, 1):
                c.line(
                    np.array(
                        [[x, 0], [x + 0.12, side * 0.33], [x - 0.08, side * 0.52], [x - 0.16, side * 0.55]]
                    ),
                    0.032,
                    bone,
                )
        c.poly(blob(rng, 0.26, 0.15, 0.1) + (-0.92, spine[0][1]), bone)
        c.ellipse(-0.9, spine[0][1] - 0.05, 0.055, 0.045, (50, 40, 30))


_KINDS = (butterfly, butterfly, beetle, beetle, dragonfly, shell, starfish, skin, in_jar, skeleton)


def animal(job: Job) -> Image.Image:
    rng = job.rng
    kind = _KINDS[int(rng.integers(len(_KINDS)))]
    c = studio(job, 1.1, 1.5, 0.75 if kind in (in_jar, beetle) else 0.25)
    furnish(job, c)
    many = kind in (butterfly, beetle, shell) and rng.uniform() < 0.25
    spots = [(0.3, 0.4), (0.72, 0.62)] if many else [(0.5 + rng.normal(0, 0.04), 0.52 + rng.normal(0, 0.03))]
    for u, v in spots:
        size = (0.22 if many else 0.38) * rng.uniform(0.85, 1.15)
        with c.at(u * c.width, v * c.height, rng.normal(0, 0.08)):
            kind(c, job, size)
    return job.photo(c, mottle=0.012, vignette=0.12)
