"""Pieces of standalone SVG: no fonts, scripts or files from elsewhere; light or dark as the reader has it."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

STYLE = """
:root { --ink: #1f2328; --soft: #59636e; --grid: #d1d9e0; --paper: #ffffff; --mark: #14506a;
  --other: #9a5b13 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --soft: #9aa4ae; --grid: #3d444d; --paper: #0d1117; --mark: #8ecae3;
    --other: #e0a458 }
}
text { font: 12px system-ui, sans-serif; fill: var(--ink) }
.soft { fill: var(--soft) }
.head { font-size: 14px; font-weight: 600 }
.small { font-size: 10px }
.over { fill: var(--paper); font-weight: 600 }
.paper { fill: var(--paper) }
.mark { fill: var(--mark) }
.grid { stroke: var(--grid); stroke-width: 1; fill: none }
.line { stroke: var(--mark); stroke-width: 2; fill: none }
.other { stroke: var(--other); stroke-width: 1.5; fill: none; stroke-dasharray: 5 4 }
"""
SIDE = 320.0
LEFT, TOP = 64.0, 48.0


def drawing(width: float, height: float, title: str, description: str, parts: Sequence[str]) -> str:
    """A whole file. title and description are what a screen reader says."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img" aria-labelledby="title desc">\n'
        f'<title id="title">{escape(title)}</title>\n<desc id="desc">{escape(description)}</desc>\n'
        f"<style>{STYLE}</style>\n"
        f'<rect class="paper" width="{width:.0f}" height="{height:.0f}"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def text(
    x: float, y: float, words: str, *, kind: str = "", anchor: str = "start", turned: float = 0.0
) -> str:
    turn = f' transform="rotate({turned:g} {x:.1f} {y:.1f})"' if turned else ""
    named = f" class={quoteattr(kind)}" if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{named}{turn}>{escape(clean(words))}</text>'


def rect(x: float, y: float, width: float, height: float, *, opacity: float = 1.0, said: str = "") -> str:
    """A mark; ``said`` is shown where the pointer rests on it."""
    words = f"<title>{escape(clean(said))}</title>" if said else ""
    return (
        f'<rect class="mark" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'fill-opacity="{opacity:.3f}">{words}</rect>'
    )


def path(points: Sequence[tuple[float, float]], kind: str) -> str:
    steps = " ".join(f"{'ML'[place > 0]}{x:.1f} {y:.1f}" for place, (x, y) in enumerate(points))
    return f'<path class="{kind}" d="{steps}"/>'


def clean(words: str) -> str:
    """Without the control characters that XML cannot hold."""
    return "".join(one if one.isprintable() else " " for one in words)


def axes(x_name: str, y_name: str, x_ends: tuple[float, float], y_ends: tuple[float, float]) -> list[str]:
    """A square with five marks a side, and what they are."""
    parts = []
    for step in range(6):
        share = step / 5
        x, y = LEFT + share * SIDE, TOP + SIDE - share * SIDE
        parts += [
            path([(x, TOP), (x, TOP + SIDE)], "grid"),
            path([(LEFT, y), (LEFT + SIDE, y)], "grid"),
            text(x, TOP + SIDE + 18, f"{_at(x_ends, share):g}", kind="soft", anchor="middle"),
            text(LEFT - 8, y + 4, f"{_at(y_ends, share):g}", kind="soft", anchor="end"),
        ]
    parts += [
        text(LEFT + SIDE / 2, TOP + SIDE + 40, x_name, anchor="middle"),
        text(18, TOP + SIDE / 2, y_name, anchor="middle", turned=-90),
    ]
    return parts


def _at(ends: tuple[float, float], share: float) -> float:
    return round(ends[0] + share * (ends[1] - ends[0]), 4)
