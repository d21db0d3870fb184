"""The figures of a comparison: dots with their spread, and curves of found mislabels."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from training.representation.figures import COLOURS, DASHES, MARKS, new_figure, plain, share_axes, short

ROW = 0.28  # inches
WIDTH = 7.0
RATES = ("false_positive_rate", "true_positive_rate")


def figures_of(document: Mapping[str, Any]) -> dict[str, tuple[str, Figure]]:
    """What it shows, and the figure, by file name without a suffix; nothing for tasks without a figure."""
    figures: dict[str, tuple[str, Figure]] = {}
    for level in document["config"]["levels"]:
        rows = [row for row in document["identification"] if row["level"] == level and "mean" in row]
        if rows:
            title = f"Identification at {level}: macro F1"
            groups = [(name, _of(rows, "set", name)) for name in dict.fromkeys(row["set"] for row in rows)]
            figures[f"identification-{level}"] = (title, dots(title, groups))
    rows = [row for row in document["discrimination"] if "mean" in row]
    if rows:
        pairs = dict.fromkeys(tuple(row["pair"]) for row in rows)
        groups = [(" / ".join(pair), _of(rows, "pair", list(pair))) for pair in pairs]
        title = "Discrimination: F1 of the genus named first"
        figures["discrimination"] = (title, dots(title, groups))
    of: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in document["mislabels"]:
        if row.get("curve"):
            name = " / ".join(row["pair"]) if row["pair"] else row["level"]
            of.setdefault((name, row["set"]), []).append(row)
    for number, ((name, where), some) in enumerate(of.items(), 1):
        title = f"Mislabels, {name}, {where}"
        slug = re.sub(r"[^a-z0-9]+", "-", f"{name} {where}".lower()).strip("-")
        figures[f"mislabels-{number}-{slug}"] = (title, curves(title, some))
    return figures


def _of(rows: Sequence[Mapping[str, Any]], key: str, value: Any) -> list[Mapping[str, Any]]:
    return [row for row in rows if row[key] == value]


def dots(title: str, groups: Sequence[tuple[str, Sequence[Mapping[str, Any]]]]) -> Figure:
    """F1 of each encoder in each group from 0 to 1, with one standard deviation to both sides."""
    encoders = list(dict.fromkeys(row["encoder"] for _, rows in groups for row in rows))
    count = sum(len(rows) + 1 for _, rows in groups)
    figure = new_figure(title, WIDTH, 1.2 + ROW * count)
    axes = figure.subplots()
    ticks: list[tuple[float, str]] = []
    y = 0.0
    for name, rows in groups:
        axes.text(0.0, y, plain(name), fontweight="bold", va="center", fontsize=9)
        y += 1
        for row in rows:
            mean, spread = row["mean"]["f1"], row["sd"]["f1"]
            number = encoders.index(row["encoder"])
            axes.errorbar(
                mean,
                y,
                xerr=[[min(spread, mean)], [min(spread, 1 - mean)]],
                marker=MARKS[number % len(MARKS)],
                color=COLOURS[number % len(COLOURS)],
                capsize=3,
            )
            axes.annotate(
                f"{mean:.3f}", (1.0, y), (6, 0), textcoords="offset points", va="center", fontsize=8
            )
            ticks.append((y, plain(short(row["encoder"]))))
            y += 1
    axes.set(xlim=(-0.02, 1.02), ylim=(y - 0.4, -0.6))
    axes.set_xlabel("F1: mean over the folds, with one standard deviation to both sides", fontsize=9)
    axes.set_yticks([place for place, _ in ticks], [name for _, name in ticks])
    axes.grid(axis="x", color="#d1d9e0", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    return figure


def curves(title: str, rows: Sequence[Mapping[str, Any]]) -> Figure:
    """True against false positive rate over all cuts, a line an encoder; the mark is what was flagged."""
    figure = new_figure(title, 5.4, 5.6 + ROW * len(rows))
    axes = figure.subplots()
    share_axes(axes, "false positive rate", "true positive rate")
    for number, row in enumerate(rows):
        points = [(0.0, 0.0), *((point[RATES[0]], point[RATES[1]]) for point in row["curve"])]
        colour = COLOURS[number % len(COLOURS)]
        axes.plot(
            *zip(*points, strict=True),
            linestyle=DASHES[number % len(DASHES)],
            color=colour,
            label=plain(f"{short(row['encoder'])}: area {row['area_under_rates']:.4f}"),
        )
        marker = MARKS[number % len(MARKS)]
        axes.plot(row[RATES[0]], row[RATES[1]], marker=marker, color=colour, linestyle="none", markersize=7)
    axes.axvline(0.05, color="#59636e", linewidth=0.8, linestyle=(0, (1, 3)))
    figure.legend(loc="outside lower center", title="Marks: what was taken for mislabelled", fontsize=9)
    return figure
