"""What figures of features have in common: drawn by matplotlib, as SVG and PNG, the same bytes each time.

Figures are objects of their own; nothing of a process is shared or changed beyond the moment of writing.
"""

from __future__ import annotations

import io
import textwrap
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from inference.files import whole_file
from training.reports import write_text

# Okabe and Ito's colours without black, and one more; apart for colour-blind eyes.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9", "#e69f00", "#7f5fc0")
# Lines and marks are told apart without colours, too.
DASHES = ("-", "--", ":", "-.")
MARKS = ("o", "s", "^", "D", "v", "P", "X", "*")
SUFFIXES = (".svg", ".png")
DPI = 144
# Text stays text, for searching and for screen readers; ids in the file follow from the salt.
_LOOK: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "vasculum",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
}


def new_figure(title: str, width: float, height: float) -> Figure:
    """A white figure, sides in inches, with that title."""
    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    figure.suptitle("\n".join(textwrap.wrap(plain(title), max(20, round(width * 11)))), fontsize=12)
    return figure


def plain(words: str) -> str:
    """Words as they are: without the signs that XML cannot hold, and with none taken for mathematics."""
    return "".join(one if one.isprintable() else " " for one in words).replace("$", r"\$")


def short(name: str) -> str:
    return name if len(name) <= 32 else name[:31] + "…"


def share_axes(axes: Axes, x: str, y: str) -> None:
    """Both axes from 0 to 1, with a grid below what is drawn."""
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xlabel=x, ylabel=y, aspect="equal")
    axes.grid(color="#d1d9e0", linewidth=0.8)
    axes.set_axisbelow(True)


def svg(figure: Figure, title: str, description: str = "") -> str:
    """A standalone file. title, description: what a screen reader says."""
    made = io.StringIO()
    about = {"Title": title, "Description": description or None, "Date": None, "Creator": None}
    with matplotlib.rc_context(_LOOK):
        figure.savefig(made, format="svg", metadata=about)
    return made.getvalue()


def png(figure: Figure, title: str) -> bytes:
    made = io.BytesIO()
    with matplotlib.rc_context(_LOOK):
        figure.savefig(made, format="png", dpi=DPI, metadata={"Title": title, "Software": None})
    return made.getvalue()


def write_figure(path: Path, figure: Figure, title: str, description: str = "") -> None:
    """Write path.svg and path.png, each whole. path: without a suffix."""
    write_text(path.with_name(f"{path.name}.svg"), svg(figure, title, description))
    with whole_file(path.with_name(f"{path.name}.png")) as temporary:
        temporary.write_bytes(png(figure, title))
