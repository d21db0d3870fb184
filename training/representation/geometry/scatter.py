"""A map of pictures: one panel a set, coloured by taxon."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from training.representation.figures import COLOURS, MARKS, new_figure, plain, short, svg, write_figure
from training.representation.rows import Rows

MOST = 10_000  # points of a panel
MOST_SHAPES = 2_000  # of all panels; more are pixels within the SVG, which a program opens gladly
PANEL = 4.2  # inches
OTHERS = "#b4bcc4"


def scatter(
    points: Mapping[str, Rows],
    labels: Mapping[str, Sequence[str]],
    level: str,
    *,
    seed: int = 89,
    most: int = MOST,
) -> str:
    """The map as a standalone SVG; see :func:`scatter_figure`."""
    figure = scatter_figure(points, labels, level, seed=seed, most=most)
    return svg(figure, _title(level), _description(points))


def save_scatter(
    path: Path, points: Mapping[str, Rows], labels: Mapping[str, Sequence[str]], level: str, *, seed: int = 89
) -> None:
    """Write the map as path.svg and path.png. path: without a suffix."""
    write_figure(path, scatter_figure(points, labels, level, seed=seed), _title(level), _description(points))


def scatter_figure(
    points: Mapping[str, Rows],
    labels: Mapping[str, Sequence[str]],
    level: str,
    *,
    seed: int = 89,
    most: int = MOST,
) -> Figure:
    """points: set -> (N, 2). labels: set -> one a row, "" where not known; the most frequent have a colour
    and a mark, each of the others none of its own. Panels share their scale. Beyond `most` points of a set as
    many are drawn with the seed, and the panel says so.
    """
    counts = Counter(name for names in labels.values() for name in names if name)
    shown = [name for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[: len(COLOURS)]]
    random = np.random.default_rng(seed)
    columns = min(2, len(points))
    rows = -(-len(points) // columns)
    legend = _legend(shown, counts)
    lines = -(-len(legend) // 2)
    figure = new_figure(_title(level), columns * PANEL, rows * (PANEL + 0.15) + 0.6 + 0.2 * lines)
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    ends = _ends(np.concatenate([one for one in points.values() if len(one)]))
    flat = sum(min(len(one), most) for one in points.values()) > MOST_SHAPES
    for panel, (name, values) in zip(panels, points.items(), strict=False):
        places = np.arange(len(values))
        told = f"{name}: {len(values):,} pictures"
        if len(values) > most:
            places = np.sort(random.choice(len(values), most, replace=False))
            told += f", {most:,} of them drawn"
        panel.set_title(plain(told), fontsize=9)
        panel.set(xticks=[], yticks=[], aspect="equal", xlim=ends[0], ylim=ends[1])
        names = np.array([labels[name][each] for each in places.tolist()], dtype=np.str_)
        # Those of no colour first, below the others.
        some = values[places][~np.isin(names, shown)]
        if len(some):
            panel.scatter(*some.T, s=5, color=OTHERS, linewidths=0, rasterized=flat, gid="points-others")
        for number, taxon in enumerate(shown):
            some = values[places][names == taxon]
            if len(some):
                panel.scatter(
                    *some.T,
                    s=11,
                    color=COLOURS[number],
                    marker=MARKS[number],
                    alpha=0.75,
                    linewidths=0,
                    rasterized=flat,
                    gid=f"points-{number}",
                )
    for panel in panels[len(points) :]:
        panel.set_visible(False)
    if legend:
        figure.legend(handles=legend, loc="outside lower center", fontsize=8, ncols=2)
    return figure


def _ends(every: Rows) -> list[tuple[float, float]]:
    """A square around all points: lowest and highest of both axes."""
    low, high = every.min(axis=0), every.max(axis=0)
    half = max(float((high - low).max()), 1e-9) * 0.52
    return [(float(middle) - half, float(middle) + half) for middle in (low + high) / 2]


def _title(level: str) -> str:
    return f"UMAP, coloured by {level}"


def _description(points: Mapping[str, Rows]) -> str:
    return f"A point is a picture, near to those it resembles. Sets: {', '.join(points)}."


def _legend(shown: Sequence[str], counts: Mapping[str, int]) -> list[Line2D]:
    entries = [
        (f"{short(name)}: {counts[name]:,} pictures", COLOURS[number], MARKS[number])
        for number, name in enumerate(shown)
    ]
    if rest := len(counts) - len(shown):
        more = sum(counts.values()) - sum(counts[name] for name in shown)
        entries.append((f"{rest:,} others: {more:,} pictures", OTHERS, "o"))
    return [
        Line2D([], [], color=colour, marker=mark, linestyle="none", label=plain(words))
        for words, colour, mark in entries
    ]
