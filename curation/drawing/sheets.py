"""Herbarium sheets: ordinary, fragmentary, mixed, occluded, and photographs of photographs of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from curation.drawing import paper
from curation.drawing.canvas import Canvas, Colour
from curation.drawing.inks import dried, pick
from curation.drawing.job import Job
from curation.drawing.plants import plant
from curation.drawing.taxa import Genus
from curation.drawing.writing import barcode


@dataclass(frozen=True)
class Sheet:
    """A canvas with the sheet's rectangle on it, in the canvas's units."""

    canvas: Canvas
    x: float
    y: float
    width: float
    height: float
    right_handed: bool

    def place(self, u: float, v: float) -> tuple[float, float]:
        """Position on the sheet, 0-1 across and down, mirrored where the sheet is."""
        return self.x + self.width * (u if self.right_handed else 1 - u), self.y + self.height * v


def lay(job: Job, *, furnished: float = 0.75, ground: Colour | None = None) -> Sheet:
    """A photographed empty sheet: table, paper, colour chart, ruler, stamp, barcode, stains.

    ground: the paper's colour, where it is known.
    """
    rng = job.rng
    c = job.portrait(1.3, 1.6, pick(rng, paper.TABLES))
    beside = rng.uniform() < furnished  # the chart lies beside the sheet, else on it
    edge = rng.uniform(0.0, 0.05, 4)
    chart_side = int(rng.integers(3))
    if beside:
        edge[chart_side] += 0.1
    left, top, right, bottom = (float(v) for v in edge)
    width, height = 1 - left - right, c.height - top - bottom
    c.shadow(left, top, width, height, 0.015)
    any_paper = pick(rng, paper.PAPERS)  # taken also where it is known: what follows stays the same
    sheet_paper = any_paper if ground is None else ground
    with c.at(left, top, rng.normal(0, 0.008)):
        c.box(0, 0, width, height, sheet_paper)
    sheet = Sheet(c, left, top, width, height, bool(rng.uniform() < 0.6))
    if beside:
        _tools(job, c, chart_side, left, top, right)
    elif rng.uniform() < 0.6:
        x, y = sheet.place(0.02, rng.uniform(0.02, 0.1))
        paper.colour_bar(c, min(x, 0.7), y, 0.27, 0.0, int(rng.integers(1, 3)))
    for _ in range(int(rng.integers(0, 4))):
        paper.stain(c, rng, *sheet.place(rng.uniform(), rng.uniform()), rng.uniform(0.03, 0.15))
    if rng.uniform() < 0.6:
        x, y = sheet.place(rng.uniform(0.15, 0.85), rng.uniform(0.04, 0.12))
        barcode(c, rng, min(max(x - 0.1, 0.01), 0.76), y, 0.22, job.number)
    if rng.uniform() < 0.6:
        paper.stamp(c, rng, *sheet.place(rng.uniform(0.08, 0.92), rng.uniform(0.1, 0.3)), 0.05)
    return sheet


def _tools(job: Job, c: Canvas, side: int, left: float, top: float, right: float) -> None:
    rng = job.rng
    white = (240, 240, 236) if rng.uniform() < 0.6 else (30, 30, 32)
    if side == 1:  # above
        paper.ruler(c, rng.uniform(0.03, 0.1), top - 0.085, 0.5, 0, white)
        paper.colour_bar(c, 0.63, top - 0.075, 0.33, 0, 2)
        return
    x = left - 0.025 if side == 0 else 1 - right + 0.095
    low = rng.uniform(0.05, 0.25)
    paper.colour_bar(c, x, low, 0.42, math.pi / 2, 1 if rng.uniform() < 0.6 else 2)
    paper.ruler(c, x, low + 0.5, 0.5, math.pi / 2, white)


def press(
    job: Job, sheet: Sheet, g: Genus, u: float, v: float, height: float, tilt: float, width: float = 0.94
) -> None:
    """One dried plant with its foot at (u, v) of the sheet, at most `width` of it wide, held by straps."""
    rng, c = job.rng, sheet.canvas
    x, y = sheet.place(u, v)
    ink = dried(g, rng)
    flip = bool(rng.uniform() < 0.5)
    wide = width * sheet.width
    left = min(max(x - wide / 2, sheet.x + 0.03), sheet.x + sheet.width - 0.03 - wide)
    top = max(sheet.y + 0.04, y - height * 1.12)
    with c.fitted(left, top, wide, y + height * 0.1 - top), c.at(x, y, tilt, flip=flip):
        plant(c, g, ink, rng, height)
        for share in rng.uniform(0.06, 0.5, int(rng.integers(1, 4))):
            paper.strap(c, rng, 0, -height * share, 0.06, rng.normal(0, 0.3))


def grow(job: Job, sheet: Sheet) -> None:
    """The plants of an ordinary sheet."""
    rng, g = job.rng, job.genus
    count = int(rng.choice([1, 2, 3], p=[0.62, 0.26, 0.12]))
    for k in range(count):
        u = 0.5 if count == 1 else 0.22 + 0.56 * k / (count - 1)
        tall = sheet.height * (rng.uniform(0.68, 0.86) if count == 1 else rng.uniform(0.42, 0.72))
        v = rng.uniform(0.78, 0.9)
        press(
            job,
            sheet,
            g,
            u + rng.normal(0, 0.05),
            v,
            tall,
            rng.normal(0, 0.13),
            0.94 if count == 1 else 1.1 / count,
        )


def tag(job: Job, sheet: Sheet, year: int | None = None) -> None:
    """The label of an ordinary sheet, and what else is glued on after the plants."""
    rng = job.rng
    wide = rng.uniform(0.3, 0.42)
    x, y = sheet.place(rng.uniform(0.8, 0.86), rng.uniform(0.8, 0.84))
    x = min(max(x - wide / 2, sheet.x), sheet.x + sheet.width - wide)
    paper.label(sheet.canvas, rng, x, y, wide, job.scientific_name, job.number, year=year)
    if rng.uniform() < 0.4:
        x, y = sheet.place(0.15, rng.uniform(0.86, 0.92))
        paper.slip(sheet.canvas, rng, min(max(x - 0.11, sheet.x), 0.75), y, 0.24, job.scientific_name)
    if rng.uniform() < 0.22:
        x, y = sheet.place(0.86, rng.uniform(0.15, 0.55))
        paper.packet(sheet.canvas, rng, x, y, 0.2, 0.14, (236, 226, 200))


def fill(job: Job, sheet: Sheet) -> None:
    """The plants and the label of an ordinary sheet."""
    grow(job, sheet)
    tag(job, sheet)


def ordinary(job: Job) -> Image.Image:
    sheet = lay(job)
    fill(job, sheet)
    return job.photo(sheet.canvas)


def mixed(job: Job) -> Image.Image:
    """Two to six gatherings on one sheet, each with a label of its own."""
    rng = job.rng
    sheet = lay(job, furnished=0.5)
    c = sheet.canvas
    rows, columns = ((2, 2), (2, 1), (3, 2), (1, 3), (1, 2), (3, 1))[int(rng.integers(6))]
    cell_w, cell_h = 1 / columns, 0.92 / rows
    for index in range(rows * columns):
        row, column = divmod(index, columns)
        u, v = cell_w * (column + 0.5), 0.06 + cell_h * (row + 1)
        g = job.genus if index == 0 else job.other_genus()
        tall = cell_h * sheet.height * rng.uniform(0.5, 0.62)
        tall = min(tall, 1.5 * cell_w)
        press(
            job,
            sheet,
            g,
            u + rng.normal(0, 0.03),
            v - cell_h * 0.32,
            tall,
            rng.normal(0, 0.16),
            0.92 * cell_w,
        )
        wide = min(0.34, cell_w * 0.72)
        x, y = sheet.place(u + rng.normal(0, 0.04), v - cell_h * 0.27)
        x = min(max(x - wide / 2, sheet.x), sheet.x + sheet.width - wide)
        paper.label(c, rng, x, y, wide, g.name + " " + "picta", job.number, aged=rng.uniform())
        if rng.uniform() < 0.7:
            mark_x, mark_y = sheet.place(u - cell_w * 0.4, v - cell_h * 0.85)
            c.text(mark_x, mark_y, "ABCDEF"[index] + ".", 0.045, (60, 40, 40))
    if columns > 1 and rng.uniform() < 0.4:
        top, bottom = sheet.place(0.5, 0.1), sheet.place(0.5, 0.95)
        c.line(np.array([top, bottom]), 0.003, (90, 80, 70))
    return job.photo(c)
