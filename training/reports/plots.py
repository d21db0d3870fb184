"""The plots of an evaluation: confusion, reliability, accuracy against coverage."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from training.reports.svg import LEFT, SIDE, TOP, axes, drawing, path, rect, text

MOST_CLASSES = 60  # from which on a confusion matrix cannot be read as a picture; the table has it
CELL = 34.0


def plots_of(report: Mapping[str, Any]) -> dict[str, str]:
    """SVG by file name."""
    found = report["evaluators"]
    plots = {
        "reliability.svg": reliability(found["calibration"]),
        "coverage.svg": coverage(found["coverage"]),
    }
    names = [one["class"] for one in found["classification"]["per_class"]]
    if len(names) <= MOST_CLASSES:
        plots["confusion.svg"] = confusion(names, found["classification"]["confusion"])
    return plots


def confusion(names: Sequence[str], counts: Sequence[Sequence[int]]) -> str:
    """Rows are true classes; a cell is as dark as the root of its share of its row, so that errors show."""
    longest = max(len(name) for name in names)
    room = min(260.0, 16.0 + 6.6 * longest)
    side = CELL * len(names)
    left, top = room + 24, TOP
    parts = [text(left, 24, "Confusion: rows true, columns predicted", kind="head")]
    for row, (name, cells) in enumerate(zip(names, counts, strict=True)):
        total = sum(cells)
        y = top + row * CELL
        parts.append(text(left - 8, y + CELL / 2 + 4, _short(name), anchor="end"))
        for column, n in enumerate(cells):
            share = n / total if total else 0.0
            x = left + column * CELL
            said = f"{name} taken for {names[column]}: {n} of {total} ({share:.1%})"
            dark = max(math.sqrt(share), 0.04)
            parts.append(rect(x, y, CELL - 1, CELL - 1, opacity=dark, said=said))
            if n:
                kind = "small over" if dark > 0.68 else "small"
                parts.append(
                    text(x + CELL / 2 - 0.5, y + CELL / 2 + 3.5, _count(n), kind=kind, anchor="middle")
                )
    for column, name in enumerate(names):
        x = left + column * CELL + CELL / 2 + 4
        parts.append(text(x, top + side + 12, _short(name), anchor="end", turned=-60))
    height = top + side + 32 + 0.8 * room
    return drawing(
        left + max(side + 24, 330),  # the heading is wider than a matrix of few classes
        height,
        "Confusion matrix",
        "Rows are true classes, columns predicted ones; numbers are pictures.",
        parts,
    )


def reliability(found: Mapping[str, Any]) -> str:
    """Accuracy of each bin of confidence beside the diagonal of a model that is as sure as it is right."""
    parts = [
        text(LEFT, 24, f"Reliability: ECE {found['ece']:.3f}, {found['bins']} bins", kind="head"),
        *axes("confidence", "accuracy", (0.0, 1.0), (0.0, 1.0)),
    ]
    largest = max(row["pictures"] for row in found["reliability"])
    for row in found["reliability"]:
        width = max(2.0, (row["high"] - row["low"]) * SIDE - 2)
        height = row["accuracy"] * SIDE
        said = (
            f"confidence {row['low']:.3f} to {row['high']:.3f}: {row['pictures']} pictures, "
            f"mean confidence {row['confidence']:.3f}, accuracy {row['accuracy']:.3f}"
        )
        # A bin of few pictures says little, and is drawn so.
        opacity = 0.3 + 0.7 * math.sqrt(row["pictures"] / largest)
        x = LEFT + row["low"] * SIDE + 1
        parts.append(rect(x, TOP + SIDE - height, width, height, opacity=opacity, said=said))
    parts.append(path([(LEFT, TOP + SIDE), (LEFT + SIDE, TOP)], "other"))
    words = (
        "Bars: share of right predictions in each bin of confidence. Dashes: confidence equal to accuracy."
    )
    return drawing(LEFT + SIDE + 32, TOP + SIDE + 60, "Reliability", words, parts)


def coverage(found: Mapping[str, Any]) -> str:
    """Accuracy and macro F1 of the surest pictures against how many they are."""
    curve = sorted(found["curve"], key=lambda point: point["coverage"])
    lowest = min([one["accuracy"] for one in curve] + [one["macro_f1"] for one in curve] + [found["target"]])
    # The end of the axis is a round number below everything drawn.
    bottom = math.floor(lowest * 10 - 1e-9) / 10 if lowest < 0.9 else math.floor(lowest * 50 - 1e-9) / 50
    bottom = max(0.0, bottom)

    def at(x: float, y: float) -> tuple[float, float]:
        return LEFT + x * SIDE, TOP + SIDE - (y - bottom) / (1 - bottom) * SIDE

    said = "on none"
    if found["at_target"]:
        said = f"on the surest {found['at_target']['coverage']:.1%}"
    parts = [
        text(LEFT, 24, f"Accuracy of {found['target']:.1%} {said}", kind="head"),
        *axes(
            "share of pictures kept, the surest first",
            "accuracy (line), macro F1 (squares)",
            (0.0, 1.0),
            (bottom, 1.0),
        ),
        path([at(0, found["target"]), at(1, found["target"])], "other"),
        path([at(one["coverage"], one["accuracy"]) for one in curve], "line"),
    ]
    for one in curve:
        x, y = at(one["coverage"], one["macro_f1"])
        words = (
            f"{one['pictures']} pictures ({one['coverage']:.1%}): accuracy {one['accuracy']:.4f}, "
            f"macro F1 {one['macro_f1']:.4f}, confidence from {one['confidence']:.3f}"
        )
        parts.append(rect(x - 3, y - 3, 6, 6, said=words))
    words = "Line: accuracy of the surest pictures against their share. Dashes: the accuracy aimed at."
    return drawing(LEFT + SIDE + 32, TOP + SIDE + 60, "Accuracy against coverage", words, parts)


def _short(name: str) -> str:
    return name if len(name) <= 36 else name[:35] + "…"


def _count(n: int) -> str:
    return str(n) if n < 10_000 else f"{n / 1000:.0f}k"
