"""Microscope slides photographed as objects."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from curation.drawing import paper
from curation.drawing.canvas import Canvas, Colour
from curation.drawing.geometry import blob, xy
from curation.drawing.inks import dried, mix, pick, vary
from curation.drawing.job import Job
from curation.drawing.leaves import draw_leaf, make_leaf
from curation.drawing.sheets import lay
from curation.drawing.writing import HEADS, barcode, written

_TABLES: tuple[Colour, ...] = (
    (244, 244, 242),
    (226, 228, 230),
    (186, 190, 194),
    (34, 34, 38),
    (236, 226, 204),
    (98, 120, 140),
)
_MOUNTS: tuple[Colour, ...] = (
    (214, 90, 120),
    (96, 150, 120),
    (130, 90, 60),
    (110, 110, 170),
    (190, 150, 70),
    (120, 60, 60),
)


def _mount(c: Canvas, job: Job, size: float, table: Colour) -> None:
    """Cover slip with its ring of resin and what lies under it, about the origin."""
    rng = job.rng
    round_slip = rng.uniform() < 0.4
    wide = size * rng.uniform(1.0, 1.7)
    resin = pick(rng, ((196, 158, 80), (226, 216, 180), (60, 50, 40)))
    stain = pick(rng, _MOUNTS)
    if round_slip:
        c.ellipse(0, 0, size * 0.53, size * 0.53, (*resin, 120))
        c.ellipse(0, 0, size * 0.48, size * 0.48, (*mix(table, (255, 252, 240), 0.5), 215))
    else:
        c.box(-wide / 2 - 0.012, -size / 2 - 0.012, wide + 0.024, size + 0.024, (*resin, 110))
        c.box(-wide / 2, -size / 2, wide, size, (*mix(table, (255, 252, 240), 0.5), 215))
        c.frame(-wide / 2, -size / 2, wide, size, 0.003, (255, 255, 255, 200))
    way, reach = int(rng.integers(4)), size * 0.36
    if way == 0:  # a row of sections
        for k in np.linspace(-0.8, 0.8, int(rng.integers(3, 8))):
            c.poly(
                blob(rng, reach * 0.16, reach * 0.3, 0.2) + (k * (reach if round_slip else wide * 0.4), 0),
                (*stain, 210),
            )
    elif way == 1:  # one section with darker tissue in it
        c.poly(blob(rng, reach * 0.8, reach * 0.7, 0.2), (*stain, 170))
        c.poly(blob(rng, reach * 0.45, reach * 0.4, 0.25), (*mix(stain, (50, 20, 40), 0.4), 190))
    elif way == 2:  # dissected fragments
        leaf, ink = make_leaf("lanceolate", 0.4, rng), dried(job.genus, rng)
        for _ in range(int(rng.integers(1, 6))):
            draw_leaf(
                c,
                leaf,
                ink,
                rng,
                *xy(rng.normal(0, reach * 0.4, 2)),
                rng.uniform(0, 6.28),
                reach * rng.uniform(0.5, 0.9),
            )
    else:  # strewn material
        for x, y in rng.normal(0, reach * 0.42, (90, 2)):
            c.ellipse(x, y, reach * 0.035, reach * 0.025, (*stain, 190))


def _slide(c: Canvas, job: Job, long: float, table: Colour) -> None:
    """One slide about the origin along x: 76 x 26 mm of glass, a mount, a label at one or both ends."""
    rng = job.rng
    high = long * 26 / 76
    glass = mix(table, (214, 232, 226), 0.5 if sum(table) > 300 else 0.22)
    c.shadow(-long / 2, -high / 2, long, high, 0.025)
    c.box(-long / 2, -high / 2, long, high, glass)
    c.frame(-long / 2, -high / 2, long, high, 0.006, mix(glass, (110, 160, 150), 0.6))
    c.line(
        np.array([[-long / 2, -high / 2 + 0.008], [long / 2, -high / 2 + 0.008]]), 0.004, (255, 255, 255, 190)
    )
    ends = int(rng.choice([1, 1, 2]))
    side = rng.choice([-1, 1])
    middle = 0.0 if ends == 2 else -side * long * rng.uniform(0.05, 0.16)
    with c.at(middle, 0, rng.normal(0, 0.03)):
        _mount(c, job, high * rng.uniform(0.6, 0.86), table)
    for k in range(ends):
        wide = high * rng.uniform(0.78, 0.95)
        x = side * (1 if k == 0 else -1) * (long / 2 - wide / 2 - 0.006)
        with c.at(x, 0, rng.normal(0, 0.015)):
            c.box(
                -wide / 2,
                -high * 0.46,
                wide,
                high * 0.92,
                pick(rng, ((250, 248, 240), (232, 218, 184), (214, 226, 236))),
            )
            c.frame(-wide * 0.46, -high * 0.42, wide * 0.92, high * 0.84, 0.003, (60, 50, 70))
            c.text(
                0,
                -high * 0.36,
                HEADS[int(rng.integers(len(HEADS)))].split()[-1],
                high * 0.12,
                (30, 28, 40),
                middle=True,
            )
            c.text(0, -high * 0.2, job.scientific_name.split()[0], high * 0.12, (30, 28, 40), middle=True)
            for line in range(3):
                written(
                    c, rng, -wide * 0.4, high * (0.08 + 0.14 * line), wide * 0.75, high * 0.12, (46, 40, 80)
                )
    if rng.uniform() < 0.4:
        for _ in range(3):
            glint = rng.uniform(-long / 2, long / 2)
            c.poly(
                np.array(
                    [
                        [glint, -high / 2],
                        [glint + 0.05, -high / 2],
                        [glint + 0.02, high / 2],
                        [glint - 0.03, high / 2],
                    ]
                ),
                (255, 255, 255, 26),
            )


def _on_table(job: Job) -> Canvas:
    rng = job.rng
    table = pick(rng, _TABLES)
    upright = rng.uniform() < 0.25
    c = job.portrait(1.2, 1.7, table) if upright else job.landscape(1.3, 2.1, table)
    count = int(rng.choice([1, 1, 1, 2, 3]))
    along = c.height if upright else c.width
    long = along * (rng.uniform(0.72, 0.93) if count == 1 else rng.uniform(0.66, 0.86))
    long = min(long, 0.86 / count * 76 / 26)
    for k in range(count):
        across = (k + 0.5) / count
        spot = (
            (across, c.height / 2)
            if upright
            else (c.width / 2, across * 0.9 + (0.0 if count > 1 else rng.uniform(0.0, 0.1)))
        )
        with c.at(*spot, (math.pi / 2 if upright else 0) + rng.normal(0, 0.025)):
            _slide(c, job, long * rng.uniform(0.97, 1.0), table)
    if not upright and count == 1:
        if rng.uniform() < 0.6:
            paper.ruler(c, c.width * rng.uniform(0.05, 0.3), c.height - 0.1, 0.6, 0, (242, 242, 240))
        if rng.uniform() < 0.5:
            paper.colour_bar(c, c.width * rng.uniform(0.1, 0.4), 0.03, 0.6, 0)
        elif rng.uniform() < 0.6:
            barcode(c, rng, c.width * rng.uniform(0.05, 0.6), 0.02, 0.3, job.number)
    return c


def _on_sheet(job: Job) -> Canvas:
    """Slides fixed to a herbarium sheet or held by a card."""
    rng = job.rng
    sheet = lay(job)
    count = int(rng.integers(1, 5))
    for k in range(count):
        x, y = sheet.place(0.5 + rng.normal(0, 0.03), 0.22 + 0.5 * (k + 0.5) / count)
        with sheet.canvas.at(x, y, rng.normal(0, 0.02)):
            long = sheet.width * (0.8 if count < 3 else 0.64)
            card = vary(rng, (206, 190, 156), 10)
            sheet.canvas.box(-long * 0.54, -long * 0.21, long * 1.08, long * 0.42, card)
            _slide(sheet.canvas, job, long, card)
    paper.label(
        sheet.canvas,
        rng,
        sheet.x + sheet.width * 0.5,
        sheet.y + sheet.height * 0.82,
        0.38,
        job.scientific_name,
        job.number,
    )
    return sheet.canvas


def slide(job: Job) -> Image.Image:
    c = _on_sheet(job) if job.rng.uniform() < 0.16 else _on_table(job)
    return job.photo(c, mottle=0.012)
