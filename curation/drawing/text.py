"""Pictures of writing: a label close to the lens, a page, an index card."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from curation.drawing import paper
from curation.drawing.canvas import Canvas, Colour
from curation.drawing.inks import dried, pick, vary
from curation.drawing.job import Job
from curation.drawing.plants import plant
from curation.drawing.writing import HEADS, NOTES, barcode, label_lines, written

_INKS: tuple[Colour, ...] = ((26, 24, 24), (36, 30, 66), (74, 50, 30), (20, 40, 44))


def _label(job: Job) -> Canvas:
    """One label fills the picture; a blurred edge of the plant may show."""
    rng = job.rng
    c = job.landscape(1.25, 1.9, pick(rng, paper.PAPERS))
    if rng.uniform() < 0.5:
        g = job.genus
        with c.at(rng.uniform(0, c.width), rng.choice([0.1, c.height]), rng.normal(0, 0.5)):
            plant(c, g, dried(g, rng), rng, 0.5)
        c.replace(c.image.filter(ImageFilter.BoxBlur(c.unit * 0.006)))
    margin = rng.uniform(0.02, 0.1)
    sheet, ink = vary(rng, (250, 246, 236), 10), _INKS[int(rng.integers(4))]
    with c.at(margin, margin, rng.normal(0, 0.03)):
        wide, high = c.width - 2 * margin, 1 - 2 * margin
        c.shadow(0, 0, wide, high, 0.02)
        c.box(0, 0, wide, high, sheet)
        if rng.uniform() < 0.5:
            c.frame(0.03, 0.03, wide - 0.06, high - 0.06, 0.006, ink)
        lines = [job.scientific_name, *label_lines(rng), *rng.permutation(NOTES)[:3]]
        _lines(c, rng, lines, wide, high, ink)
        if rng.uniform() < 0.3:
            barcode(c, rng, wide * 0.6, high * 0.68, 0.34, job.number)
    return c


def _lines(
    c: Canvas, rng: np.random.Generator, lines: list[str], wide: float, high: float, ink: Colour
) -> None:
    step = high * 0.82 / (len(lines) + 1)
    size = min(step * 0.62, 0.1)
    by_hand = rng.uniform() < 0.45
    c.text(wide / 2, high * 0.07, HEADS[int(rng.integers(len(HEADS)))], size * 1.1, ink, middle=True)
    for k, line in enumerate(lines):
        y = high * 0.09 + step * (k + 1)
        if by_hand:
            written(c, rng, 0.06, y + size, wide * rng.uniform(0.5, 0.86), size * 1.2, ink)
        else:
            c.text(0.07, y, str(line), size, ink)


def _page(job: Job) -> Canvas:
    """A page of a book or a list in columns."""
    rng = job.rng
    c = job.portrait(1.15, 1.55, vary(rng, (242, 236, 220), 10))
    ink = _INKS[int(rng.integers(4))]
    columns = int(rng.choice([1, 1, 2]))
    count = int(rng.integers(16, 34))
    margin = rng.uniform(0.05, 0.13)
    wide = (1 - 2 * margin - 0.05 * (columns - 1)) / columns
    step = (c.height - 2.2 * margin - 0.1) / count
    by_hand = rng.uniform() < 0.3
    with c.at(0, 0, rng.normal(0, 0.012)):
        c.text(0.5, margin * 0.8, HEADS[int(rng.integers(len(HEADS)))], 0.045, ink, middle=True)
        for column in range(columns):
            x = margin + column * (wide + 0.05)
            for k in range(count):
                y = margin + 0.1 + k * step
                if rng.uniform() < 0.1:
                    continue
                if by_hand:
                    written(c, rng, x, y + step * 0.7, wide * rng.uniform(0.6, 1), step * 0.8, ink)
                    continue
                line, size = "", step * 0.62
                while c.text_width(line, size) < wide * 0.8:
                    line += " " + NOTES[int(rng.integers(len(NOTES)))]
                while c.text_width(line, size) > wide * (1 if rng.uniform() < 0.85 else 0.6):
                    line = line[: int(len(line) * 0.94)]
                c.text(x, y, line.strip(), size, ink)
    c.box(0, 0, rng.uniform(0.0, 0.05), c.height, (0, 0, 0, 50))
    return c


def _card(job: Job) -> Canvas:
    """A ruled index card on a table."""
    rng = job.rng
    c = job.landscape(1.3, 1.75, pick(rng, paper.TABLES))
    ink = _INKS[int(rng.integers(4))]
    x, y = rng.uniform(0.02, 0.09, 2)
    with c.at(x, y, rng.normal(0, 0.02)):
        wide, high = c.width - 2 * x, 1 - 2 * y
        c.shadow(0, 0, wide, high, 0.02)
        c.box(
            0, 0, wide, high, pick(rng, ((250, 248, 240), (236, 224, 190), (214, 226, 230), (240, 214, 206)))
        )
        rows = int(rng.integers(6, 11))
        step = high * 0.86 / rows
        for k in range(rows):
            foot = high * 0.1 + step * (k + 1)
            c.line(np.array([[0, foot], [wide, foot]]), 0.002, (120, 150, 190) if k else (200, 90, 90))
            if k == 0:
                c.text(0.06, foot - step * 0.75, job.scientific_name, step * 0.6, ink)
            elif rng.uniform() < 0.85:
                written(c, rng, 0.06, foot - step * 0.12, wide * rng.uniform(0.3, 0.9), step * 0.75, ink)
        if rng.uniform() < 0.5:
            c.ellipse(wide / 2, high * 0.94, 0.025, 0.025, (60, 60, 60))
    return c


def text(job: Job) -> Image.Image:
    return job.photo((_label, _label, _page, _card)[int(job.rng.integers(4))](job), mottle=0.025)
