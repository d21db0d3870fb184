"""The plots of an evaluation of sheets, as SVG that stands alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from training.reports.svg import drawing, path, rect, text

WIDE, HIGH = 420.0, 84.0
LEFT, TOP, GAP = 64.0, 64.0, 44.0


def distributions(
    title: str, x_name: str, found: Mapping[str, Any], *, at: float | None = None, unit: str = "sheets"
) -> str:
    """A row of bars for each class over one axis, each as high as its share of the class.

    found: edges and counts, see training.condition.figures.histogram. at: where a dashed line stands. A bar
    says its numbers where the pointer rests.
    """
    edges, rows = found["edges"], found["counts"]
    low, high = _ends(edges, rows)

    def x(value: float) -> float:
        return LEFT + (value - low) / (high - low) * WIDE

    parts = [text(LEFT, 24, title, kind="head")]
    for number, (name, counts) in enumerate(rows.items()):
        top = TOP + number * (HIGH + GAP)
        total, most = sum(counts), max([*counts, 1])
        mean = found["means"].get(name)
        words = f"{name}: {total:,} {unit}" + ("" if mean is None else f", mean {mean:.2f}")
        parts.append(text(LEFT, top - 6, words))
        for place, n in enumerate(counts):
            start, end = edges[place], edges[place + 1]
            if not n or end <= low or start >= high:
                continue
            tall = max(1.5, n / most * HIGH)
            said = f"{name}, {start:g} to {end:g}: {n:,} of {total:,} {unit} ({n / total:.1%})"
            parts.append(rect(x(start) + 0.5, top + HIGH - tall, x(end) - x(start) - 1, tall, said=said))
        parts.append(path([(LEFT, top + HIGH), (LEFT + WIDE, top + HIGH)], "grid"))
        parts.append(
            text(LEFT - 8, top + 10, f"{most / total:.0%}" if total else "", kind="soft", anchor="end")
        )
    bottom = TOP + len(rows) * (HIGH + GAP) - GAP
    if at is not None:
        parts.append(path([(x(at), TOP), (x(at), bottom)], "other"))
    for step in range(6):
        value = low + (high - low) * step / 5
        parts.append(text(x(value), bottom + 18, f"{round(value, 3):g}", kind="soft", anchor="middle"))
    parts.append(text(LEFT + WIDE / 2, bottom + 40, x_name, anchor="middle"))
    words = f"{x_name}: one row of bars for each of {', '.join(rows)}, as shares of the class."
    if at is not None:
        words += " The dashed line is the threshold."
    return drawing(LEFT + WIDE + 32, bottom + 60, title, words, parts)


def tile_picture(
    title: str,
    jpeg: str,
    size: tuple[float, float],
    boxes: Sequence[Sequence[float]],
    conditions: Sequence[float],
    regions: Sequence[Sequence[float]] = (),
) -> str:
    """A sheet with its tiles, each the darker the likelier its condition, and the probability in it.

    jpeg: a data URI. size: width and height of the drawing. boxes: left, top, right, bottom in the drawing.
    regions: the same of what people marked, drawn dashed.
    """
    wide, high = size
    top = 44.0
    parts = [
        text(12, 26, title, kind="head"),
        f'<image x="0" y="{top:.1f}" width="{wide:.1f}" height="{high:.1f}" href="{jpeg}"/>',
    ]
    for (left, upper, right, lower), value in zip(boxes, conditions, strict=True):
        said = f"P(condition) {value:.3f}"
        x, y, across, down = left, top + upper, right - left, lower - upper
        parts.append(rect(x, y, across - 1, down - 1, opacity=0.05 + 0.6 * value, said=said))
        if across >= 30:
            # A box of paper behind it: the number must be readable on every sheet.
            parts.append(
                f'<rect class="paper" x="{x + 2:.1f}" y="{y + 2:.1f}" width="26" height="14" '
                'fill-opacity="0.8"/>'
            )
            parts.append(text(x + 15, y + 13, f"{value:.2f}", kind="small", anchor="middle"))
    for left, upper, right, lower in regions:
        corners = [(left, upper), (right, upper), (right, lower), (left, lower), (left, upper)]
        parts.append(path([(x, top + y) for x, y in corners], "other"))
    words = "Each tile is the darker the likelier the condition; dashed lines are what people have marked."
    return drawing(max(wide, 24 + 9 * len(title)), top + high, title, words, parts)


def _ends(edges: Sequence[float], rows: Mapping[str, Sequence[int]]) -> tuple[float, float]:
    """Shares are shown from 0 to 1; of other figures the stretch that has values."""
    if edges[0] == 0 and edges[-1] == 1:
        return 0.0, 1.0
    there = [place for counts in rows.values() for place, n in enumerate(counts) if n]
    if not there:
        return edges[0], edges[-1]
    return edges[max(0, min(there) - 1)], edges[min(len(edges) - 1, max(there) + 2)]
