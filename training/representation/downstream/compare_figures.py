"""The figures of a comparison: dots with their spread, and curves of found mislabels."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from training.reports.svg import LEFT, SIDE, TOP, axes, drawing, path, rect, text

ROW = 22.0
DASHES = ("", "7 4", "2 3", "10 3 2 3")  # lines are told apart without colour


def figures_of(document: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """What it shows, and the SVG, by file name; nothing for tasks without a single figure."""
    figures: dict[str, tuple[str, str]] = {}
    for level in document["config"]["levels"]:
        rows = [row for row in document["identification"] if row["level"] == level and "mean" in row]
        if rows:
            title = f"Identification at {level}: macro F1"
            groups = [(name, _of(rows, "set", name)) for name in dict.fromkeys(row["set"] for row in rows)]
            figures[f"identification-{level}.svg"] = (title, dots(title, groups))
    rows = [row for row in document["discrimination"] if "mean" in row]
    if rows:
        pairs = dict.fromkeys(tuple(row["pair"]) for row in rows)
        groups = [(" / ".join(pair), _of(rows, "pair", list(pair))) for pair in pairs]
        title = "Discrimination: F1 of the genus named first"
        figures["discrimination.svg"] = (title, dots(title, groups))
    of: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in document["mislabels"]:
        if row.get("curve"):
            name = " / ".join(row["pair"]) if row["pair"] else row["level"]
            of.setdefault((name, row["set"]), []).append(row)
    for number, ((name, where), some) in enumerate(of.items(), 1):
        title = f"Mislabels, {name}, {where}"
        slug = re.sub(r"[^a-z0-9]+", "-", f"{name} {where}".lower()).strip("-")
        figures[f"mislabels-{number}-{slug}.svg"] = (title, curves(title, some))
    return figures


def _of(rows: Sequence[Mapping[str, Any]], key: str, value: Any) -> list[Mapping[str, Any]]:
    return [row for row in rows if row[key] == value]


def dots(title: str, groups: Sequence[tuple[str, Sequence[Mapping[str, Any]]]]) -> str:
    """F1 of each encoder in each group from 0 to 1, with one standard deviation to both sides."""
    longest = max(len(row["encoder"]) for _, rows in groups for row in rows)
    left = min(260.0, 40.0 + 7 * longest)
    parts, y = [text(24, 24, title, kind="head")], TOP
    for name, rows in groups:
        parts.append(text(24, y + 12, name))
        y += ROW
        for row in rows:
            mean, spread = row["mean"]["f1"], row["sd"]["f1"]
            x, low, high = (
                left + SIDE * min(1.0, max(0.0, at)) for at in (mean, mean - spread, mean + spread)
            )
            said = f"{row['encoder']}, {name}: {mean:.4f} ± {spread:.4f}, {row['pictures']:,} pictures"
            parts += [
                text(left - 8, y + 12, _short(row["encoder"]), kind="soft", anchor="end"),
                path([(left, y + 8), (left + SIDE, y + 8)], "grid"),
                path([(low, y + 8), (high, y + 8)], "line"),
                rect(x - 4, y + 4, 8, 8, said=said),
                text(left + SIDE + 8, y + 12, f"{mean:.3f}", kind="small"),
            ]
            y += ROW
        y += ROW / 2
    for step in range(6):
        parts.append(text(left + SIDE * step / 5, y + 8, f"{step / 5:g}", kind="soft small", anchor="middle"))
    words = "Squares: mean over the folds. Lines: one standard deviation to both sides."
    return drawing(left + SIDE + 64, y + 24, title, words, parts)


def curves(title: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """True against false positive rate over all cuts, a line an encoder; the square is what was flagged."""
    parts = [
        text(24, 24, title, kind="head"),
        *axes("false positive rate", "true positive rate", (0.0, 1.0), (0.0, 1.0)),
    ]

    def at(x: float, y: float) -> tuple[float, float]:
        return LEFT + x * SIDE, TOP + SIDE - y * SIDE

    names = ("false_positive_rate", "true_positive_rate")
    for number, row in enumerate(rows):
        points = [(0.0, 0.0), *((point[names[0]], point[names[1]]) for point in row["curve"])]
        dash = DASHES[number % len(DASHES)]
        parts.append(_dashed(path([at(*point) for point in points], "line"), dash))
        said = f"{row['encoder']}: {row[names[1]]:.4f} of the flipped and {row[names[0]]:.4f} of the others"
        x, y = at(row[names[0]], row[names[1]])
        parts.append(rect(x - 4, y - 4, 8, 8, said=said))
        y = TOP + SIDE + 64 + number * ROW
        parts.append(_dashed(path([(LEFT, y), (LEFT + 36, y)], "line"), dash))
        parts.append(text(LEFT + 44, y + 4, f"{_short(row['encoder'])}: area {row['area_under_rates']:.4f}"))
    height = TOP + SIDE + 64 + len(rows) * ROW
    return drawing(LEFT + SIDE + 32, height, title, "Squares: what was taken for mislabelled.", parts)


def _dashed(line: str, dash: str) -> str:
    return line.replace("<path ", f'<path stroke-dasharray="{dash}" ') if dash else line


def _short(name: str) -> str:
    return name if len(name) <= 32 else name[:31] + "…"
