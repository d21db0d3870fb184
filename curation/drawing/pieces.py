"""Sheets with little or nothing to see of the plant: fragments, closed containers, reproductions."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageOps

from curation.drawing import paper
from curation.drawing.canvas import Canvas, Colour
from curation.drawing.inks import dried, penned, pick, vary
from curation.drawing.job import Job
from curation.drawing.leaves import draw_leaf, make_leaf
from curation.drawing.plants import flower, plant
from curation.drawing.sheets import Sheet, fill, lay
from curation.drawing.writing import HEADS, barcode, written

_KRAFT: tuple[Colour, ...] = (
    (188, 152, 106), (214, 188, 146), (238, 232, 216), (206, 210, 214), (150, 170, 150), (226, 214, 184),
    (176, 120, 84),
)  # fmt: skip


def _small_print(job: Job, grey: bool) -> Image.Image:
    """A small drawing or photographic print to be mounted beside the fragments."""
    rng = job.rng
    c = Canvas(1, rng.uniform(1.1, 1.5), max(48, round(job.short_side * 0.4)), (236, 234, 226))
    if grey:
        c.box(0.05, 0.05, 0.9, c.height - 0.1, vary(rng, (170, 168, 162), 14))
    g = job.other_genus()
    with c.at(0.5, c.height * 0.88, rng.normal(0, 0.1)):
        plant(c, g, dried(g, rng) if grey else penned(g, rng, (240, 238, 228)), rng, c.height * 0.72)
    image = c.finish()
    return image.convert("L").convert("RGB") if grey else image


def _crumbs(job: Job, sheet: Sheet) -> None:
    """Loose leaves, flowers or one organ, and a few crumbs."""
    rng, g, c = job.rng, job.genus, sheet.canvas
    ink, leaf = (
        dried(g, rng),
        make_leaf(g.leaf if g.leaf != "linear" else "lanceolate", max(g.ratio, 0.15), rng),
    )
    centre = np.array([rng.uniform(0.25, 0.75), rng.uniform(0.25, 0.6)])
    for _ in range(int(rng.integers(1, 6))):
        u, v = np.clip(centre + rng.normal(0, 0.1, 2), 0.1, 0.85)
        x, y = sheet.place(u, v)
        if rng.uniform() < 0.7:
            draw_leaf(c, leaf, ink, rng, x, y, rng.uniform(0, 6.28), rng.uniform(0.06, 0.17))
        else:
            flower(c, g, ink, rng, x, y, rng.uniform(0.02, 0.045))
    for _ in range(int(rng.integers(0, 25))):
        x, y = sheet.place(*np.clip(centre + rng.normal(0, 0.12, 2), 0.05, 0.95))
        c.ellipse(x, y, 0.004, rng.uniform(0.002, 0.008), ink.leaf, rng.uniform(0, 3))


def fragmentary(job: Job) -> Image.Image:
    rng = job.rng
    sheet = lay(job)
    c = sheet.canvas
    _crumbs(job, sheet)
    if rng.uniform() < 0.6:
        with c.at(*sheet.place(rng.uniform(0.25, 0.75), rng.uniform(0.5, 0.75)), rng.normal(0, 0.03)):
            c.paste(_small_print(job, bool(rng.uniform() < 0.5)), 0, 0, rng.uniform(0.22, 0.4))
    else:
        x, y = sheet.place(0.3, rng.uniform(0.55, 0.7))
        paper.letter(
            c, rng, min(max(x - 0.25, 0.03), 0.4), y, rng.uniform(0.4, 0.55), int(rng.integers(4, 9))
        )
    if rng.uniform() < 0.5:
        x, y = sheet.place(rng.uniform(0.15, 0.3), rng.uniform(0.2, 0.9))
        paper.packet(c, rng, x, y, 0.18, 0.12, (238, 230, 206))
    wide = rng.uniform(0.28, 0.4)
    x, y = sheet.place(0.82, rng.uniform(0.82, 0.86))
    x = min(max(x - wide / 2, sheet.x), sheet.x + sheet.width - wide)
    paper.label(c, rng, x, y, wide, job.scientific_name, job.number)
    return job.photo(c)


def _on_sheet(job: Job) -> Canvas:
    """One large or several smaller closed packets on a sheet."""
    rng = job.rng
    sheet = lay(job)
    kraft = pick(rng, _KRAFT)
    rows, columns = ((1, 1), (2, 1), (2, 2), (3, 2), (1, 1))[int(rng.integers(5))]
    for row in range(rows):
        for column in range(columns):
            x, y = sheet.place((column + 0.5) / columns, 0.12 + 0.72 * (row + 0.5) / rows)
            wide = min(0.72, 0.85 / columns) * sheet.width * rng.uniform(0.85, 1)
            high = min(wide * rng.uniform(0.6, 1.2), 0.66 * sheet.height / rows)
            paper.packet(sheet.canvas, rng, x, y, wide, high, vary(rng, kraft, 5), job.scientific_name)
    paper.label(sheet.canvas, rng, *_low(sheet, rng), 0.34, job.scientific_name, job.number)
    return sheet.canvas


def _low(sheet: Sheet, rng: np.random.Generator) -> tuple[float, float]:
    x, y = sheet.place(0.78, rng.uniform(0.85, 0.9))
    return min(max(x - 0.17, sheet.x), sheet.x + sheet.width - 0.34), y


def _folder(job: Job) -> Canvas:
    """A closed folder or envelope that fills the picture."""
    rng = job.rng
    c = job.portrait(1.25, 1.55, pick(rng, paper.TABLES))
    kraft = pick(rng, _KRAFT)
    left, top = rng.uniform(0.04, 0.14, 2)
    wide, high = 1 - left - rng.uniform(0.04, 0.1), c.height - top - rng.uniform(0.05, 0.15)
    if rng.uniform() < 0.5:
        paper.packet(c, rng, left + wide / 2, top + high / 2, wide, high, kraft, job.scientific_name)
    else:
        c.shadow(left, top, wide, high, 0.03)
        tab = rng.uniform(0.1, 0.6)
        c.box(left + wide * tab, top - 0.03, wide * 0.3, 0.06, kraft)
        c.box(left, top, wide, high, kraft)
        c.box(left, top, wide * 0.035, high, (0, 0, 0, 30))
        for step in (0.006, 0.012):
            c.line(
                np.array([[left + step, top + high + step], [left + wide + step, top + high + step]]),
                0.003,
                (90, 76, 56),
            )
    paper.label(
        c,
        rng,
        left + wide * rng.uniform(0.1, 0.5),
        top + high * rng.uniform(0.1, 0.7),
        0.4,
        job.scientific_name,
        job.number,
    )
    barcode(
        c, rng, left + wide * rng.uniform(0.1, 0.6), top + high * rng.uniform(0.02, 0.06), 0.22, job.number
    )
    if rng.uniform() < 0.6:
        paper.colour_bar(c, left - 0.005, top + high * 0.3, 0.4, math.pi / 2)
    return c


def _redirect(job: Job) -> Canvas:
    """A sheet that only says where the specimen is kept."""
    rng = job.rng
    sheet = lay(job)
    c = sheet.canvas
    wide = rng.uniform(0.5, 0.75)
    x, y = sheet.x + (sheet.width - wide) / 2, sheet.y + sheet.height * rng.uniform(0.15, 0.5)
    c.shadow(x, y, wide, wide * 0.5, 0.01)
    c.box(x, y, wide, wide * 0.5, vary(rng, (246, 240, 220), 8))
    c.frame(x + 0.01, y + 0.01, wide - 0.02, wide * 0.5 - 0.02, 0.003, (60, 50, 44))
    head, box = HEADS[int(rng.integers(len(HEADS)))], int(rng.integers(2, 400))
    words = (head, "SPECIMEN STORED SEPARATELY", f"see box {box}", job.scientific_name)
    for k, line in enumerate(words):
        c.text(x + wide / 2, y + wide * (0.06 + 0.1 * k), line, wide * 0.055, (40, 34, 34), middle=True)
    written(c, rng, x + wide * 0.2, y + wide * 0.47, wide * 0.6, wide * 0.05, (50, 44, 90))
    if rng.uniform() < 0.4:
        paper.letter(c, rng, sheet.x + 0.1, sheet.y + sheet.height * 0.7, 0.35, 3)
    return c


def occluded(job: Job) -> Image.Image:
    way = (_on_sheet, _folder, _redirect, _folder, _on_sheet)[int(job.rng.integers(5))]
    return job.photo(way(job), mottle=0.025)


def reproduction(job: Job) -> Image.Image:
    """A black-and-white print of a sheet, alone or mounted on another sheet."""
    rng = job.rng
    inner = lay(job, furnished=0.2)
    fill(job, inner)
    small = inner.canvas.finish()
    contrast = ImageOps.autocontrast(small.convert("L"), cutoff=2)
    tone = rng.uniform(0.75, 1.2)
    table = [int(255 * (v / 255) ** tone * 0.88 + 14) for v in range(256)]
    warm = ((255, 250, 240), (255, 255, 255), (250, 240, 220))[int(rng.integers(3))]
    grey = ImageOps.colorize(contrast.point(table), (22, 20, 18), warm)
    border = round(grey.width * rng.uniform(0.02, 0.05))
    grey = ImageOps.expand(grey, border, (246, 244, 238))
    alone = rng.uniform() < 0.3
    if alone:
        c = job.portrait(1.3, 1.5, pick(rng, paper.TABLES))
        x, y, wide = 0.5 + rng.normal(0, 0.02), c.height / 2, rng.uniform(0.78, 0.9)
    else:
        sheet = lay(job)
        c, wide = sheet.canvas, sheet.width * rng.uniform(0.55, 0.88)
        x, y = sheet.place(0.5 + rng.normal(0, 0.04), rng.uniform(0.42, 0.5))
    high = wide * grey.height / grey.width
    if high > c.height * 0.84:
        wide, high = wide * c.height * 0.84 / high, c.height * 0.84
    with c.at(x, y, rng.normal(0, 0.02)):
        c.shadow(-wide / 2, -high / 2, wide, high, 0.015)
        c.paste(grey, 0, 0, wide)
    if not alone:
        paper.label(c, rng, *_low(sheet, rng), 0.34, job.scientific_name, job.number)
    elif rng.uniform() < 0.6:
        paper.ruler(c, 0.05, c.height - 0.09, 0.6, 0, (240, 240, 236))
    return job.photo(c)
